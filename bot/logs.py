"""Logs: one JSON object a line, with ids and events; never message text, addresses or codes."""

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import structlog

from bot.errors import BadSetting


def configure(stream: TextIO) -> None:
    """Write our own events to `stream`; of the libraries, only that something failed, and where."""
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
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_OfALibrary())
    logging.basicConfig(handlers=[handler], level=logging.ERROR, force=True)


class _OfALibrary(logging.Formatter):
    """A library's record without its words: they, and those of an exception, may be a message's."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, str | list[str]] = {"library": record.name, "level": record.levelname}
        fault = record.exc_info[1] if record.exc_info else None
        if fault is not None:
            told |= {"fault": type(fault).__name__, "where": where_raised(fault)}
        return json.dumps(told)


@contextmanager
def to_file(path: Path) -> Iterator[None]:
    """Write the log to `path` within the block. Raises `BadSetting` where it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a", encoding="utf-8")
    except OSError as error:
        raise BadSetting(f"{path} cannot be written ({error.strerror}); run it in a folder of yours") from error
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    with stream:
        configure(stream)
        try:
            yield
        finally:
            structlog.configure(**before)
            root.handlers[:], root.level = handlers, level


def where_raised(fault: BaseException) -> list[str]:
    """The places that an exception came through; its text and values may be a message's, and stay out of the log."""
    frames = traceback.extract_tb(fault.__traceback__)
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
