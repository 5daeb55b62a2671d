"""Reading with a time limit: a reader that hangs, or says nonsense, must not keep people waiting.

Law: without a reader nothing is decided. What has a sign of privacy about it goes to a person, and its writer is told;
what has none stays, put aside, and the sweeps try it again.
"""

import asyncio
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from bot.engine.measuring import READER_SECONDS, READER_TIMEOUTS
from bot.errors import OurFault
from intents.reading import Classifier, Doubt, Reading

_log = structlog.get_logger()
_T = TypeVar("_T")

#: Seconds for one message (RELIABILITY, faults), and for how long a reader that took longer is not asked.
LIMIT = 5.0
_NOT_ASKED_FOR = 20.0
#: Words that ordinary mail to a shop rarely has, in the languages that the bot speaks.
_SIGNS = re.compile(
    r"privacy|gdpr|dsgvo|rgpd|rodo\b|ccpa|cookie|newsletter|unsubscri|opt[ -]?out|personal (?:data|info)|my data"
    r"|(?:delete|remove|erase|close)\W+(?:\w+\W+){0,3}(?:data|account|info)|dates?nschutz|meine daten|personenbezogen"
    r"|abmeld|abbestell|lösch|widerruf|einwilligung|auskunft|données|désabonn|désinscri|supprim|effac|consentement"
    r"|persoonsgegevens|mijn gegevens|afmeld|uitschrij|verwijder|toestemming|datos personales|mis datos|darme de baja"
    r"|consentimiento|dati personali|miei dati|disiscri|cancell|consenso|dane osobowe|moich danych|danych osobowych"
    r"|wypis|usuń|usunięc|zgod[ęya]\b",
    re.IGNORECASE,
)


#: Why such a message was put aside.
NO_ANSWER = "the reader gave no answer in time; it is tried again by itself"


class ReaderDown(OurFault):
    """The reader gives no answer in time, and the message has no sign by which to go."""


@dataclass(slots=True)
class Patience:
    """What is known of a reader that hangs."""

    asked_again_at: float = 0.0


async def read_in_time(
    classifier: Classifier, patience: Patience, text: str, *, subject: str, channel: str, limit: float = LIMIT
) -> Reading:
    """What the reader says; by signs alone where it does not. Raises `ReaderDown`, and whatever the reader raises."""
    if time.monotonic() >= patience.asked_again_at:
        try:
            async with asyncio.timeout(limit):
                with READER_SECONDS.time():
                    said: object = await _in_a_thread(lambda: classifier.read(text, subject=subject, channel=channel))
        except TimeoutError:
            patience.asked_again_at = time.monotonic() + _NOT_ASKED_FOR
            READER_TIMEOUTS.inc()
            _log.error("reader takes too long", seconds=limit)
        else:
            if isinstance(said, Reading):
                return said
            _log.error("reader says nonsense", kind=type(said).__name__)
    if channel == "chat" or _SIGNS.search(f"{subject}\n{text}"):
        return Reading(doubt=Doubt.UNSURE)
    raise ReaderDown(NO_ANSWER)


async def _in_a_thread(work: Callable[[], _T]) -> _T:
    """In a thread of its own: one that never ends takes no place of others, nor keeps the program from ending."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_T] = loop.create_future()

    def settle(result: _T | None, fault: BaseException | None) -> None:
        if done.done():
            return
        if fault is not None:
            done.set_exception(fault)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, fault = None, None
        try:
            result = work()
        except BaseException as raised:
            fault = raised
        try:
            loop.call_soon_threadsafe(settle, result, fault)
        except RuntimeError:
            # The loop has ended meanwhile, and nobody waits.
            return

    threading.Thread(target=run, daemon=True, name="reader").start()
    return await done
