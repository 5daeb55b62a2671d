"""The store: every way in which the rest of the program touches the database.

Law: each method is one transaction. Trouble of the database is `StoreUnavailable`, and then nothing was written.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.channels.protocol import Arrival
from bot.core.conversation import Conversation
from bot.core.messages import InboundMessage
from bot.core.playbook import Mode
from bot.core.sweeping import Watched
from bot.core.tickets import State
from bot.core.turn import Decision, Held
from bot.keys import Keys
from bot.store import (
    acts,
    audit,
    conversations,
    forgetting,
    holdings,
    intake,
    library,
    outbox,
    queries,
    requests,
    resealing,
    sweeping,
    undoing,
)
from bot.store.acts import Act, ByHand
from bot.store.backup import RESTORED
from bot.store.chats import ChatRecords
from bot.store.database import Database
from bot.store.dispatch import Dispatch
from bot.store.events import Events
from bot.store.evidence import Evidence
from bot.store.joining import Joining
from bot.store.leases import Leases
from bot.store.letters import Letter, Posted
from bot.store.mailing import MailRecords
from bot.store.packages import Packages
from bot.store.proposals import Proposals
from bot.store.reckoning import Reckoning
from bot.store.retention import Retention
from bot.store.rows import Handled, Overview, RequestDetail, RequestRow, StaffRow
from bot.store.saved import Decided, Saving
from bot.store.saving import save_all
from bot.store.schema import Milestone
from bot.store.schema.sealed import seal_with
from bot.store.suppression import Entry, SuppressionList
from bot.store.sweeping import Telling
from bot.store.tries import Tries
from bot.store.turns import Turns
from bot.store.values import (
    EVERY,
    Accepted,
    CitedLines,
    Claim,
    Cursor,
    HeldLease,
    New,
    Queued,
    Shunted,
    SilentTopic,
    StoredPolicy,
    Which,
)

#: Not looked up yet.
_UNKNOWN = datetime.max.replace(tzinfo=UTC)
#: Seconds that a writer waits for another program's lock.
_PATIENCE = 5.0


def utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """One database, shared by everybody who works on it."""

    def __init__(self, database: Database, keys: Keys, *, host: str, clock: Callable[[], datetime]) -> None:
        self.database = database
        self._keys = keys
        self._host = host
        self._clock = clock
        self.evidence = Evidence(database, keys, clock)
        seal_with(database.engine.sync_engine.dialect, keys)
        self.events = Events(database, clock)
        self.packages = Packages(database, keys, host, clock)
        self.proposals = Proposals(database, keys, clock)
        self.joining = Joining(database, keys, host, clock)
        self.retention = Retention(database, keys, clock)
        self.suppression = SuppressionList(database, keys, clock)
        self.mail = MailRecords(database, keys, clock)
        self.chats = ChatRecords(database, keys, host, clock)
        self.tries = Tries(database, keys)
        self.leases = Leases(database, clock)
        self.turns = Turns(database, clock)
        self.reckoning = Reckoning(database, keys, clock)
        self._restored: datetime | None = _UNKNOWN
        # Something was erased and may still stand in SQLite's log, be it since a former life.
        self._untidy = True

    @classmethod
    def open(
        cls,
        url: str,
        keys: Keys,
        *,
        host: str = "privacy-desk.invalid",
        clock: Callable[[], datetime] = utc_now,
        patience: float = _PATIENCE,
        dispatch: Dispatch | None = None,
        seal_addresses: bool = True,
    ) -> "Store":
        """No I/O yet. `host` ends our Message-IDs; raises `BadSetting` for a URL that cannot be used.

        `dispatch` is told of work; None where one process does everything and looks for itself.
        """
        database = Database(url, patience=patience, dispatch=dispatch)
        store = cls(database, keys, host=host, clock=clock)
        seal_with(database.engine.sync_engine.dialect, keys, addresses=seal_addresses)
        return store

    async def close(self) -> None:
        await self.database.close()

    async def reseal(self) -> int:
        """Seal anew what an old key has sealed; how many rows."""
        return await resealing.reseal(self.database, self._keys)

    # The inbox.

    async def accept(self, arrival: Arrival, *, key: str, conversation: str, message_id: str = "") -> Accepted:
        """Store a message once, by its `key`; on the disk when this returns."""
        new = New(arrival=arrival, key=key, conversation=conversation, message_id=message_id)
        return (await self.accept_all([new]))[0]

    async def accept_all(self, new: Sequence[New]) -> list[Accepted]:
        """The same of several, in their order: all of them or none."""
        try:
            async with self.database.writing() as connection:
                return await intake.accept(connection, self._keys, new, now=self._clock())
        except IntegrityError:
            # On PostgreSQL another process has stored the same message between our look and our insert; now it is seen.
            async with self.database.writing() as connection:
                return await intake.accept(connection, self._keys, new, now=self._clock())

    async def claim(self, owner: str, *, now: datetime, lease: timedelta, beside: str = "") -> Claim | None:
        """The oldest message that is free and first in its conversation; `beside` one, in that one's alone."""
        return next(iter(await self.claim_all(owner, now=now, lease=lease, most=1, beside=beside)), None)

    async def claim_all(
        self, owner: str, *, now: datetime, lease: timedelta, most: int, beside: str = ""
    ) -> list[Claim]:
        """The `most` oldest, at most, no two of one conversation."""
        async with self.database.writing() as connection:
            found = await intake.claim(connection, owner, now=now, lease=lease, most=most, beside=beside)
        if not found and self._untidy:
            self._untidy = not await self.database.tidy()
        return found

    async def release(self, owner: str) -> int:
        """At start-up: free what a former life of `owner` had claimed."""
        async with self.database.writing() as connection:
            return await intake.release(connection, owner)

    async def release_beside(self, inbox_id: str) -> int:
        """Whoever handled the conversation of that message is dead."""
        async with self.database.writing() as connection:
            return await intake.release_beside(connection, inbox_id)

    async def shunt(self, claim: Claim, *, reason: str) -> None:
        """Put the message aside, raw, for a person; `reason` is a clause without text of the message."""
        async with self.database.writing() as connection:
            await intake.shunt(connection, claim, reason=reason, now=self._clock())

    async def fail(self, claim: Claim, *, reason: str, now: datetime) -> None:
        """Give the message back to be tried again; the third failure shunts it."""
        async with self.database.writing() as connection:
            await intake.fail(connection, claim, reason=reason, now=now)

    async def shunted(self) -> list[Shunted]:
        """What was put aside, oldest first."""
        async with self.database.reading() as connection:
            return await intake.shunted(connection)

    async def retry(self, inbox_id: str) -> int:
        """Put one shunted message, or "all", back in its place; how many there were."""
        async with self.database.writing() as connection:
            return await intake.retry(connection, inbox_id)

    async def retry_shunted_for(self, reason: str) -> int:
        """Put back what was put aside for that reason, which may be over; how many there were."""
        async with self.database.writing() as connection:
            return await intake.retry(connection, "all", reason=reason)

    # Conversations.

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation with its requests and their deadlines."""
        async with self.database.reading() as connection:
            return await conversations.load(connection, conversation_id)

    async def waiting_conversations(self, brand: str, channel: str, address: str) -> tuple[tuple[str, str], ...]:
        """Those that wait for a good code sent to exactly `address`, each with its digest; the newest first."""
        async with self.database.reading() as connection:
            return await conversations.waiting(connection, brand, channel, address, now=self._clock())

    async def codes_sent(self, address: str, since: datetime) -> int:
        """Codes made for `address` since then, those still under way included."""
        async with self.database.reading() as connection:
            return await conversations.codes_made(connection, address, since)

    async def named_in_code(self, outbox_id: str) -> tuple[str, ...]:
        """The requests that a code mail of ours named; none where `outbox_id` is no code mail that was sent."""
        async with self.database.reading() as connection:
            return await queries.named_in_code(connection, outbox_id)

    async def heard_before(self, conversation_id: str, inbox_id: str) -> Arrival | None:
        """The message of the talk before this one, as it came in."""
        async with self.database.reading() as connection:
            return await queries.heard_before(connection, conversation_id, inbox_id)

    async def code_mail(self, outbox_id: str) -> queries.CodeMail | None:
        """One mail with a code that has left."""
        async with self.database.reading() as connection:
            return await queries.code_mail(connection, outbox_id)

    async def kinds_since(self, brand: str, address: str, since: datetime) -> frozenset[str]:
        """Kinds of the requests that `address` has made since then."""
        async with self.database.reading() as connection:
            return await queries.kinds_since(connection, brand, address, since)

    async def held_about(self, brand: str, address: str) -> dict[str, Any]:
        """What this desk holds about a person, as JSON values."""
        async with self.database.reading() as connection:
            return await holdings.about(connection, self._keys, brand, address)

    async def held(self, conversation_id: str) -> Held:
        """How much of a chat is kept."""
        async with self.database.reading() as connection:
            return await forgetting.held(connection, conversation_id)

    async def mails_sent(self, address: str, since: datetime) -> int:
        """Mails that reached, or may have reached, `address` since then."""
        async with self.database.reading() as connection:
            return await conversations.mails_gone(connection, address, since)

    async def save(
        self, claim: Claim, decision: Decision, *, message: InboundMessage, mode: Mode, now: datetime
    ) -> None:
        """Everything that follows from a message; raises `ClaimLost` where another worker has it by now."""
        await self.save_all([Decided(claim=claim, decision=decision, message=message, mode=mode, now=now)])

    async def save_all(self, decided: Sequence[Decided]) -> None:
        """The same of several messages, of as many conversations: all of it or nothing."""
        async with self.database.writing() as connection:
            savings = [Saving.of(one, connection, self._keys, self._host) for one in decided]
            forgot = await save_all(savings)
        self._untidy |= forgot

    async def change_request(
        self, reference: str, to: State, *, by: str, reason_code: str = "", words: str = "", now: datetime
    ) -> None:
        """A step that `by` of the staff takes; raises `NotAllowed` where the states do not permit it."""
        async with self.database.writing() as connection:
            await requests.change(
                connection, self._keys, reference, to, by=by, reason_code=reason_code, words=words, now=now
            )

    async def act(self, reference: str, act: Act, *, now: datetime) -> Posted | None:
        """What a clerk decided, with the letter to the person; raises `NotAllowed`."""
        async with self.database.writing() as connection:
            return await acts.carry_out(connection, self._keys, self._host, reference, act, now=now)

    async def add_by_hand(self, made: ByHand, *, now: datetime) -> None:
        """A request that a clerk took down."""
        async with self.database.writing() as connection:
            await acts.add(connection, self._keys, self._host, made, now=now)

    async def watched(
        self, *, received_before: datetime, due_before: datetime, after: str, limit: int
    ) -> list[Watched]:
        """A page of the requests under way that the sweeps must look at, by reference."""
        async with self.database.reading() as connection:
            return await sweeping.watched(
                connection, received_before=received_before, due_before=due_before, after=after, limit=limit
            )

    async def tell_once(self, telling: Telling, *, now: datetime) -> bool:
        """What time has made due; False where it was told before or the requests have moved on."""
        async with self.database.writing() as connection:
            return await sweeping.tell_once(connection, self._keys, self._host, telling, now=now)

    async def close_item(self, item_id: str, *, by: str, now: datetime) -> None:
        """A clerk has seen to it; raises `NotAllowed` where it is not open."""
        async with self.database.writing() as connection:
            await acts.close_item(connection, self._keys, item_id, by=by, now=now)

    async def answer_item(self, item_id: str, letter: Letter, *, by: str, now: datetime) -> Posted:
        """A clerk answers what was handed over, and it is closed; raises `NotAllowed`."""
        async with self.database.writing() as connection:
            return await acts.answer_item(connection, self._keys, self._host, item_id, letter, by=by, now=now)

    async def undo(self, reference: str, *, by: str, now: datetime) -> str:
        """Take the last act of staff back; raises `NotAllowed` once something has left."""
        async with self.database.writing() as connection:
            return await undoing.undo(connection, self._keys, reference, by=by, now=now)

    async def last_act(self, reference: str) -> str:
        """The event that `undo` would take back now, "" where there is none."""
        async with self.database.reading() as connection:
            last = await undoing.last_act(connection, reference)
        return last[1] if last else ""

    async def stop_held(self, outbox_id: str, *, by: str) -> None:
        """Staff do not let a held message go; raises `NotAllowed` where it is not held."""
        async with self.database.writing() as connection:
            await outbox.refuse(connection, self._keys, outbox_id, by=by, now=self._clock())

    # What people ask.

    async def requests(
        self, *, state: str | None = None, brand: str | None = None, limit: int = 100
    ) -> list[RequestRow]:
        """The most urgent first."""
        async with self.database.reading() as connection:
            return await queries.requests(connection, state=state, brand=brand, limit=limit)

    async def request(self, reference: str) -> RequestDetail | None:
        """One request with its deadlines, proof, messages and audit."""
        async with self.database.reading() as connection:
            return await queries.request(connection, reference)

    async def handled(self, key: str) -> Handled | None:
        """What followed from the message that was accepted with `key`; None while it is not done."""
        async with self.database.reading() as connection:
            return await queries.handled(connection, self._keys, key)

    async def staff_items(self) -> list[StaffRow]:
        """What a person must look at, the urgent first."""
        async with self.database.reading() as connection:
            return await queries.staff_items(connection)

    async def overview(self) -> Overview:
        """Counts for the status page."""
        async with self.database.reading() as connection:
            return await queries.overview(connection)

    async def at_risk(self, now: datetime) -> dict[str, int]:
        """Requests under way whose answer is overdue, or due within a day or a week; each counts once."""
        async with self.database.reading() as connection:
            return await queries.at_risk(connection, now)

    async def restored_at(self) -> datetime | None:
        """When this database was last made from a backup; looked up once, since nobody works meanwhile."""
        if self._restored is _UNKNOWN:
            async with self.database.reading() as connection:
                self._restored = await connection.scalar(select(Milestone.at).where(Milestone.name == RESTORED))
        return self._restored

    @property
    def trouble(self) -> str:
        """Why the last write of this process failed, "" where all is well."""
        return self.database.trouble

    async def broken_chains(self) -> tuple[str, ...]:
        """The audit chains that somebody tampered with."""
        async with self.database.reading() as connection:
            return await audit.broken_chains(connection, self._keys)

    async def is_suppressed(self, brand: str, purpose: str, address: str) -> bool:
        """Whether `address` wants nothing more for `purpose`, "marketing" or "sale"."""
        return await self.suppression.has(Entry(brand=brand, purpose=purpose, address=address))

    # The outbox.

    async def claim_outgoing(
        self, owner: str, *, now: datetime, lease: timedelta, which: Which = EVERY
    ) -> Queued | None:
        """The oldest message that is due; what a vanished sender left behind becomes uncertain."""
        async with self.database.reading() as connection:
            if not await outbox.is_any_due(connection, now=now, which=which):
                return None
        async with self.database.writing() as connection:
            return await outbox.claim(connection, self._keys, owner, now=now, lease=lease, which=which)

    async def release_outgoing(self, owner: str) -> int:
        """At start-up: what a former life of `owner` was sending becomes uncertain."""
        async with self.database.writing() as connection:
            return await outbox.release(connection, self._keys, owner, now=self._clock())

    async def channel_of_outgoing(self, outbox_id: str) -> str:
        """The channel that a message of ours leaves by."""
        async with self.database.reading() as connection:
            return await outbox.channel_of(connection, outbox_id)

    async def abandon_outgoing(self, outbox_id: str) -> int:
        """Whoever was sending that message is dead: it becomes uncertain."""
        async with self.database.writing() as connection:
            return await outbox.abandon(connection, self._keys, outbox_id, now=self._clock())

    async def mark_sent(self, outbox_id: str, said: str, now: datetime) -> None:
        async with self.database.writing() as connection:
            await outbox.finish(connection, self._keys, outbox_id, "sent", said=said, now=now)

    async def mark_retry(self, outbox_id: str, at: datetime, reason: str) -> None:
        """It failed at `at`, provably undelivered: it waits 1, 5, 15, 60, 240 min ..., and fails after 48 hours."""
        async with self.database.writing() as connection:
            await outbox.put_off(connection, self._keys, outbox_id, at=at, reason=reason)

    async def mark_failed(self, outbox_id: str, reason: str) -> None:
        """Refused for good: staff are told."""
        await self._finish_outgoing(outbox_id, "failed", reason)

    async def mark_uncertain(self, outbox_id: str, reason: str) -> None:
        """It may have been delivered: never sent again by itself, and staff are told."""
        await self._finish_outgoing(outbox_id, "uncertain", reason)

    async def mark_stopped(self, outbox_id: str, reason: str) -> None:
        """A sending rule or the mode stopped it."""
        await self._finish_outgoing(outbox_id, "stopped", reason)

    async def _finish_outgoing(self, outbox_id: str, state: str, reason: str) -> None:
        async with self.database.writing() as connection:
            await outbox.finish(connection, self._keys, outbox_id, state, reason=reason, now=self._clock())

    async def approve_outgoing(self, outbox_id: str, *, by: str = "staff") -> None:
        """Let a held message go; raises `NotAllowed` where it is not held."""
        async with self.database.writing() as connection:
            await outbox.approve(connection, self._keys, outbox_id, by=by, now=self._clock())

    # Policies and mailboxes.

    async def import_policy_row(self, brand: str, sha256: str, name: str, raw: bytes, now: datetime) -> bool:
        """Put this version in force; True where it had not been imported before."""
        async with self.database.writing() as connection:
            return await library.import_policy(connection, brand=brand, sha256=sha256, name=name, raw=raw, now=now)

    async def policy_in_force(self, brand: str) -> StoredPolicy | None:
        async with self.database.reading() as connection:
            return await library.policy_in_force(connection, brand)

    async def policies(self) -> list[StoredPolicy]:
        """Every imported version of every brand, a brand's newest first."""
        async with self.database.reading() as connection:
            return await library.policies(connection)

    async def cited_lines(self, brand: str) -> list[CitedLines]:
        """The policy's lines that were quoted in the talks of the brand's open requests."""
        async with self.database.reading() as connection:
            return await library.cited_lines(connection, brand)

    async def silences(self, brand: str) -> list[SilentTopic]:
        """What the brand's policy was asked and did not say, the most frequent first."""
        async with self.database.reading() as connection:
            return await library.silences(connection, brand)

    async def cursor(self, account: str, folder: str) -> Cursor | None:
        async with self.database.reading() as connection:
            return await library.cursor(connection, account, folder)

    async def set_cursor(self, account: str, folder: str, cursor: Cursor, *, under: HeldLease | None = None) -> None:
        """Raises `LeaseLost` where another process follows that folder by now."""
        async with self.database.writing() as connection:
            await library.set_cursor(connection, account, folder, cursor, under=under)
