"""What all parts stand on: the folder, the keys, and the clock of a real desk."""

import os
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import BadSetting
from bot.keys import Keys, load_keys
from bot.settings import Settings


def utc_now() -> datetime:
    """The clock of a real desk."""
    return datetime.now(UTC)


def make_folder(settings: Settings) -> None:
    """The folder of the database and the keys. Raises `BadSetting` where it cannot be made."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(
            f"the folder {settings.data_dir} cannot be made ({error.strerror}); set data_dir to another one"
        ) from error


def make_keys(settings: Settings) -> Keys:
    """The installation's keys, made at the first start."""
    return load_keys(settings.keys_file, os.environ)


def bytes_of(file: Path) -> bytes:
    """What is in `file`. Raises `BadSetting`."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadSetting(f"{file} cannot be read: {error.strerror}") from error
