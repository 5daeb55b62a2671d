"""Decisions on several messages, written in one transaction.

Law: the same follows as one by one. Who decides on a message has seen whatever a message before it led to and matters
to it; and where one of them cannot be written, each of the others is.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from bot.channels.mail.addresses import without_tag
from bot.core.effects import Drop, LeaveUntouched
from bot.core.messages import InboundMessage
from bot.core.playbook import Mode
from bot.engine.desk import Desk
from bot.engine.measuring import HANDLED, HANDLED_SECONDS
from bot.engine.reading import ReaderDown
from bot.errors import BadMessage, StoreUnavailable
from bot.logs import where_raised
from bot.store import Claim, ClaimLost, Decided
from bot.store.verdict import is_quiet, outcome_of

_log = structlog.get_logger()


@asynccontextmanager
async def given_back(desk: Desk, claim: Claim) -> AsyncIterator[None]:
    """What is raised within leaves the message shunted, or to be tried again; where another worker has it, to that one.

    Raises only `StoreUnavailable`.
    """
    with suppress(ClaimLost):
        try:
            yield
        except BadMessage as fault:
            _log.warning("message shunted", inbox=claim.inbox_id, fault=type(fault).__name__)
            await desk.store.shunt(claim, reason=str(fault))
        except ReaderDown as fault:
            await desk.store.shunt(claim, reason=str(fault))
        except (StoreUnavailable, ClaimLost):
            raise
        except Exception as fault:
            kind = type(fault).__name__
            _log.error("message failed", inbox=claim.inbox_id, fault=kind, where=where_raised(fault))
            await desk.store.fail(claim, reason=f"{kind}: see the log for this message", now=desk.now())


class Together:
    """Collects decisions until they are saved."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        #: Each with the time at which its turn began.
        self._waiting: list[tuple[Decided, float]] = []
        #: Of those of whom something follows.
        self._mailboxes: set[str] = set()

    async def make_way(self, claim: Claim, message: InboundMessage) -> None:
        """Before a message is decided on, all that may matter to it is written."""
        if self._mailboxes and (_leans(claim, message) or without_tag(message.address) in self._mailboxes):
            await self.save()

    async def add(self, decided: Decided, *, since: float) -> None:
        """`since` is when its turn began, on the monotonic clock."""
        self._waiting.append((decided, since))
        if not is_quiet(decided.decision.effects):
            self._mailboxes.add(without_tag(decided.message.address))
        if _leans(decided.claim, decided.message):
            await self.save()

    async def save(self) -> None:
        """All in one transaction; where that fails, each in its own. Raises only `StoreUnavailable`."""
        waiting, self._waiting = self._waiting, []
        self._mailboxes.clear()
        if len(waiting) > 1:
            try:
                await self._desk.store.save_all([decided for decided, _ in waiting])
            except StoreUnavailable:
                raise
            except Exception as fault:
                _log.warning("saved one by one", fault=type(fault).__name__)
            else:
                for decided, since in waiting:
                    async with given_back(self._desk, decided.claim):
                        await self._tell(decided, since)
                return
        for decided, since in waiting:
            async with given_back(self._desk, decided.claim):
                await self._desk.store.save_all([decided])
                await self._tell(decided, since)

    async def _tell(self, decided: Decided, since: float) -> None:
        decision, arrival = decided.decision, decided.claim.arrival
        HANDLED_SECONDS.labels(arrival.channel).observe(time.monotonic() - since)
        for intent in decision.intents or ("none",):
            HANDLED.labels(intent, outcome_of(decision.effects) or "none").inc()
        inbox_id, intents = decided.claim.inbox_id, sorted(decision.intents)
        _log.info("message handled", inbox=inbox_id, rules=decision.rules, intents=intents)
        ours = not all(isinstance(effect, LeaveUntouched | Drop) for effect in decision.effects)
        if ours and decided.mode is not Mode.SHADOW:
            await self._desk.dealt_with(arrival)


def _leans(claim: Claim, message: InboundMessage) -> bool:
    """Anything that was said before may matter to it, and it to anything."""
    return bool(message.is_chat or claim.version or message.bounce or message.by_colleague)
