"""Logs: one JSON object a line, with ids and events; never message text, addresses or codes."""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import structlog

from bot.errors import BadSetting


def configure(stream: TextIO) -> None:
    """Write our own events to `stream`; of the libraries, only warnings, without their arguments' text."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        # Not kept: the stream may change while we run.
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        stream=stream, level=logging.ERROR, format='{"library": "%(name)s", "level": "%(levelname)s"}', force=True
    )


@contextmanager
def to_file(path: Path) -> Iterator[None]:
    """Write the log to `path` instead of the terminal. Raises `BadSetting` where it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a", encoding="utf-8")
    except OSError as error:
        raise BadSetting(f"{path} cannot be written ({error.strerror}); run it in a folder of yours") from error
    with stream:
        configure(stream)
        try:
            yield
        finally:
            configure(sys.stderr)


def where_raised(fault: BaseException) -> list[str]:
    """The places that an exception came through; its text and values may be a message's, and stay out of the log."""
    frames = traceback.extract_tb(fault.__traceback__)
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
