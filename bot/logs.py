"""Logs: one JSON object a line, with ids and events; never message text, addresses or codes."""

import logging
import sys
from typing import TextIO

import structlog


def configure(stream: TextIO) -> None:
    """Write our own events to `stream`; of the libraries, only warnings, without their arguments' text."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_the_kind_of_error,
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=stream, level=logging.ERROR, format='{"library": "%(name)s", "level": "%(levelname)s"}', force=True)


def _only_the_kind_of_error(logger: object, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """An exception's text may quote a message: where it was raised is kept, what it said is not."""
    del logger, name
    if event.pop("exc_info", None):
        event["where"] = _where()
    return event


def _where() -> list[str]:
    trace = sys.exc_info()[2]
    places: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places
