"""What the bot would have said, or was let say, beside what staff did: how far it may be trusted with more.

Law: only what was decided counts: a message that staff have not touched says nothing about the bot, and words of their
own where nothing could be sent are neither for nor against it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.figures import id_at
from bot.store.schema import Conversation, Correction, Inbox, Outbox, Request, StaffItem

#: Replies that are compared, the newest.
MOST_REPLIES = 20_000
#: What clerks took down themselves; the receipt of it is no word of the bot's.
_BY_HAND = ("phone", "letter", "shop")
#: Places in the outbox from here on are letters of staff, and of time.
_LETTERS = 1000


class Verdict(StrEnum):
    """What staff made of what the bot would have said."""

    #: Let go as it was, or answered with the same lines of the policy.
    SAME = "same"
    #: Read otherwise, kept back, or answered with other lines.
    DIFFERS = "differs"
    #: They answered in their own words, or saw to it: no word on what the bot would have said.
    OWN = "own"
    #: Nobody has decided.
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One message, what the bot had for it, and what staff did."""

    inbox_id: str
    outbox_id: str
    at: datetime
    brand: str
    intents: tuple[str, ...]
    verdict: Verdict
    #: Of a difference: "read_otherwise", "kept_back" or "other_lines".
    why: str = ""
    #: As staff say that it should have been read.
    should: tuple[str, ...] = ()
    #: First lines of the policy, the bot's and staff's.
    lines: tuple[int, ...] = ()
    other_lines: tuple[int, ...] = ()
    clerk: str = ""
    #: The newest request of its talk, "" for none.
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How often each verdict was given."""

    same: int = 0
    differs: int = 0
    own: int = 0
    open: int = 0

    @property
    def count(self) -> int:
        return self.same + self.differs + self.own + self.open

    @property
    def share(self) -> float | None:
        """Of what was decided, how much is the same; None where nothing was."""
        decided = self.same + self.differs
        return self.same / decided if decided else None


def tallies(rows: Iterable[Compared]) -> dict[tuple[str, str], Tally]:
    """By brand and intent, "" for a message with none; one with several intents counts for each."""
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        for intent in row.intents or ("",):
            found = counts.setdefault((row.brand, intent), dict.fromkeys(Verdict, 0))
            found[row.verdict] += 1
    return {place: Tally(**found) for place, found in counts.items()}


async def compared(connection: AsyncConnection, since: datetime, brands: tuple[str, ...] | None) -> list[Compared]:
    """Every reply of the bot's that was held back since then, by its mode, the newest first."""
    replies = await _replies(connection, since, brands)
    talks = {row.conversation_id for row in replies}
    corrections = {row.inbox_id: row for row in await _corrections(connection, since)}
    letters = await _letters(connection, since, talks)
    seen_to = await _seen_to(connection, since)
    taken_over = await _taken_over(connection, talks)
    references = await _references(connection, talks)
    made, next_reply = [], dict[str, datetime]()
    # The newest first: a letter belongs to the last reply before it.
    for row in replies:
        until = next_reply.get(row.conversation_id)
        after = [one for one in letters.get(row.conversation_id, ()) if one.created_at >= row.created_at]
        mine = [one for one in after if until is None or one.created_at < until]
        next_reply[row.conversation_id] = row.created_at
        over = taken_over.get(row.conversation_id)
        touched = row.inbox_id in seen_to or (over is not None and over >= row.created_at)
        judged = _judged(row, corrections.get(row.inbox_id), mine, touched=touched)
        made.append(
            Compared(
                inbox_id=row.inbox_id,
                outbox_id=row.id,
                at=row.created_at,
                brand=row.brand,
                intents=tuple(row.intents),
                reference=references.get(row.conversation_id, ""),
                **judged,
            )
        )
    return made


def _judged(row: Any, correction: Any, letters: Sequence[Any], *, touched: bool) -> dict[str, Any]:
    if correction is not None and sorted(correction.intents) != sorted(correction.was):
        should = tuple(correction.intents)
        return {"verdict": Verdict.DIFFERS, "why": "read_otherwise", "should": should, "clerk": correction.clerk}
    if row.approved_by:
        kept_back = row.state == "stopped"
        verdict, why = (Verdict.DIFFERS, "kept_back") if kept_back else (Verdict.SAME, "")
        return {"verdict": verdict, "why": why, "clerk": row.approved_by}
    ours = _lines(row.parts)
    theirs = tuple(dict.fromkeys(line for letter in letters for line in _lines(letter.parts)))
    if ours and theirs:
        same = bool(set(ours) & set(theirs))
        found = {"verdict": Verdict.SAME if same else Verdict.DIFFERS, "why": "" if same else "other_lines"}
        return {**found, "lines": ours, "other_lines": theirs, "clerk": letters[-1].approved_by}
    if letters or touched:
        return {"verdict": Verdict.OWN, "clerk": letters[-1].approved_by if letters else ""}
    return {"verdict": Verdict.OPEN}


def _lines(parts: Sequence[dict[str, Any]]) -> tuple[int, ...]:
    """Every line of the policy that a message quotes."""
    quoted = [part["quotation"] for part in parts if "quotation" in part]
    return tuple(line for part in quoted for line in range(part["first_line"], part["last_line"] + 1))


async def _replies(connection: AsyncConnection, since: datetime, brands: tuple[str, ...] | None) -> Sequence[Any]:
    """What a mode kept back: it still rests, or somebody of the staff has decided on it."""
    among = [] if brands is None else [Outbox.brand.in_(brands)]
    columns = (Outbox.id, Outbox.inbox_id, Outbox.conversation_id, Outbox.brand, Outbox.created_at, Outbox.parts)
    held_back = Outbox.state.in_(("held", "shadow")) | (Outbox.approved_by != "")
    found = await connection.execute(
        select(*columns, Outbox.intents, Outbox.state, Outbox.approved_by)
        .join(Inbox, Inbox.id == Outbox.inbox_id)
        .where(Outbox.id >= id_at(since), Outbox.kind == "reply", Outbox.ordinal < _LETTERS, held_back, *among)
        .where(Inbox.channel.not_in(_BY_HAND))
        .order_by(Outbox.id.desc())
        .limit(MOST_REPLIES)
    )
    return found.all()


async def _corrections(connection: AsyncConnection, since: datetime) -> Sequence[Any]:
    """Oldest first: of two on one message the last counts."""
    found = await connection.execute(
        select(Correction.inbox_id, Correction.clerk, Correction.was, Correction.intents)
        .where(Correction.id >= id_at(since))
        .order_by(Correction.id)
    )
    return found.all()


async def _letters(connection: AsyncConnection, since: datetime, talks: set[str]) -> dict[str, list[Any]]:
    """What staff wrote, by talk, oldest first."""
    found = await connection.execute(
        select(Outbox.conversation_id, Outbox.created_at, Outbox.parts, Outbox.approved_by)
        .where(Outbox.id >= id_at(since), Outbox.ordinal >= _LETTERS, Outbox.approved_by != "")
        .order_by(Outbox.id)
        .limit(MOST_REPLIES)
    )
    letters: dict[str, list[Any]] = {}
    for row in found:
        if row.conversation_id in talks:
            letters.setdefault(row.conversation_id, []).append(row)
    return letters


async def _seen_to(connection: AsyncConnection, since: datetime) -> set[str]:
    """Messages that were handed over, and that somebody has seen to."""
    done = select(StaffItem.inbox_id).where(StaffItem.id >= id_at(since), StaffItem.state == "closed")
    return set(await connection.scalars(done))


async def _taken_over(connection: AsyncConnection, talks: set[str]) -> dict[str, datetime]:
    """Talks in which somebody has answered from their own mail program."""
    found = await connection.execute(
        select(Conversation.id, Conversation.taken_over_at).where(Conversation.taken_over_at.is_not(None))
    )
    return {row.id: row.taken_over_at for row in found if row.id in talks and row.taken_over_at}


async def _references(connection: AsyncConnection, talks: set[str]) -> dict[str, str]:
    wanted, found = sorted(talks), dict[str, str]()
    for start in range(0, len(wanted), 500):
        rows = await connection.execute(
            select(Request.conversation_id, Request.reference)
            .where(Request.conversation_id.in_(wanted[start : start + 500]))
            .order_by(Request.received_at)
        )
        found |= {row.conversation_id: row.reference for row in rows}
    return found
