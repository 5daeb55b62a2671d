"""One decision, before and while it is carried out: what every part of it needs, and its notes in the audit."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.messages import InboundMessage
from bot.core.playbook import Mode
from bot.core.turn import Decision
from bot.keys import Keys
from bot.store import audit
from bot.store.values import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was decided on a claimed message, before any of it is written."""

    claim: Claim
    decision: Decision
    message: InboundMessage
    mode: Mode
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """Everything that carrying out one decision needs."""

    connection: AsyncConnection
    keys: Keys
    host: str
    claim: Claim
    decision: Decision
    message: InboundMessage
    mode: Mode
    now: datetime

    @classmethod
    def of(cls, decided: Decided, connection: AsyncConnection, keys: Keys, host: str) -> "Saving":
        return cls(
            connection=connection,
            keys=keys,
            host=host,
            claim=decided.claim,
            decision=decided.decision,
            message=decided.message,
            mode=decided.mode,
            now=decided.now,
        )

    async def note(self, event: str, **details: str | list[str]) -> None:
        chain = audit.of_conversation(self.decision.conversation.id)
        await self._write_note(chain, event, **details)

    async def note_request(self, reference: str, event: str, **details: str | list[str]) -> None:
        await self._write_note(audit.of_request(reference), event, rules=list(self.decision.rules), **details)

    async def _write_note(self, chain: str, event: str, **details: str | list[str]) -> None:
        whole = {"inbox": self.claim.inbox_id, **details}
        await audit.note(self.connection, self.keys, chain, event, at=self.now, details=whole)
