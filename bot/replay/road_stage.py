"""The real road: the shipped reader, the policy, a database in a temporary folder, the channels' own bytes.

Only the clock is frozen and the codes are fixed, and what is sent is caught where it would leave the house.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from bot.channels import Arrival, Channel, Outgoing, Receipt, Rendered
from bot.core.messages import InboundMessage
from bot.core.playbook import Playbook
from bot.engine.desk import Desk
from bot.engine.intake import accept
from bot.engine.loop import EmbeddedLoop
from bot.engine.sweeps import sweep
from bot.keys import Keys
from bot.replay.scene import ForStaff, Scene, Spoken, Ticket, reading_of
from bot.replay.script import Given, StaffMove
from bot.replay.stage import HOST, KEYS, Answers, House, Props
from bot.replay.stored import StoredRow
from bot.store import Store
from bot.store.rows import RequestDetail
from bot.store.schema import Audit, Inbox, StaffItem, Suppression, Table
from bot.store.upgrade import upgrade
from intents.reading import Classifier, Reading
from policy_faq import Policy, PolicyAnswer


@asynccontextmanager
async def road_stage(house: House, props: Props) -> AsyncIterator["RoadStage"]:
    """A desk with a database of its own, thrown away at the end."""
    with TemporaryDirectory(prefix="privacy-desk-replay-") as folder:
        path = Path(folder) / "desk.sqlite3"
        path.write_bytes(_empty_database())
        store = Store.open(f"sqlite:///{path}", KEYS, host=HOST, clock=lambda: props.clock.now)
        try:
            yield RoadStage(house, props, store)
        finally:
            await store.close()


class RoadStage:
    """Protocol `Stage`."""

    def __init__(self, house: House, props: Props, store: Store) -> None:
        self._reader = _Overheard(house.classifier())
        self._taps = {name: _Tap(channel) for name, channel in props.channels.items()}
        self._store = store
        self._desk = Desk(
            store=store,
            classifier=self._reader,
            oracle=_OnePolicy(house.answerer(), props.policy),
            channels=dict(self._taps),
            playbooks={props.playbook.brand: props.playbook},
            keys=_FixedCodes(current=KEYS.current),
            now=lambda: props.clock.now,
            directories={props.playbook.brand: props.customers} if props.customers else {},
        )
        self._loop = EmbeddedLoop(self._desk)
        self._clock = props.clock
        self._noted: set[tuple[str, int]] = set()

    async def hear(self, arrival: Arrival, given: Given, *, as_given: bool = False) -> Scene:
        self._reader.heard = None
        self._reader.instead = given if as_given else None
        accepted = await accept(self._desk, arrival)
        if not accepted.fresh:
            return await self._scene(outcome="known already")
        await self._loop.handle_all()
        await self._loop.deliver_all()
        key = self._taps[arrival.channel].key(arrival)
        handled = await self._store.handled(key)
        forgotten = await self._is_forgotten(accepted.inbox_id)
        if handled is None:
            return await self._scene(outcome="shunted", forgotten=forgotten)
        message = handled.message
        return await self._scene(
            outcome=message.outcome,
            forgotten=forgotten,
            rules=message.rules,
            kept_back=tuple(row.kind for row in handled.outgoing if row.state in ("shadow", "held", "stopped")),
            staff=tuple(
                ForStaff(reason=item.reason, urgent=item.urgent, reference=item.reference)
                for item in handled.staff_items
            ),
        )

    async def move(self, reference: str, move: StaffMove) -> None:
        await self._store.change_request(
            reference, move.to, by="staff", reason_code=move.reason_code, words=move.words, now=self._clock.now
        )

    async def look(self) -> Scene:
        self._reader.heard = None
        await self._loop.deliver_all()
        return await self._scene(outcome="")

    async def wait(self) -> Scene:
        self._reader.heard = None
        before = await self._staff_items()
        await sweep(self._desk)
        await self._loop.deliver_all()
        fresh = [item for name, item in (await self._staff_items()).items() if name not in before]
        return await self._scene(outcome="", staff=tuple(fresh))

    async def _staff_items(self) -> dict[str, ForStaff]:
        async with self._store.database.reading() as connection:
            columns = (StaffItem.id, StaffItem.reason, StaffItem.urgent, StaffItem.reference)
            rows = await connection.execute(select(*columns).order_by(StaffItem.created_at))
            return {row.id: ForStaff(reason=row.reason, urgent=row.urgent, reference=row.reference) for row in rows}

    async def stored(self, tables: Collection[str]) -> Mapping[str, tuple[StoredRow, ...]]:
        async with self._store.database.reading() as connection:
            found = {name: await connection.execute(select(Table.metadata.tables[name])) for name in tables}
            return {name: tuple(map(dict, rows.mappings())) for name, rows in found.items()}

    async def _scene(
        self,
        *,
        outcome: str,
        forgotten: bool = False,
        rules: tuple[str, ...] = (),
        kept_back: tuple[str, ...] = (),
        staff: tuple[ForStaff, ...] = (),
    ) -> Scene:
        spoken = [one for tap in self._taps.values() for one in tap.take()]
        return Scene(
            reading=self._reader.heard,
            rules=rules,
            outcome=outcome,
            replies=tuple(one for one in spoken if one.outgoing.kind == "reply"),
            codes=tuple(one for one in spoken if one.outgoing.kind == "code"),
            kept_back=kept_back,
            staff=staff,
            tickets=await self._tickets(),
            suppressed=await self._suppressed(),
            audit=await self._audit(),
            forgotten=forgotten,
        )

    async def _tickets(self) -> tuple[Ticket, ...]:
        rows = sorted(await self._store.requests(), key=lambda row: (row.received_at, row.reference))
        details = [await self._store.request(row.reference) for row in rows]
        return tuple(_ticket(detail) for detail in details if detail is not None)

    async def _suppressed(self) -> tuple[tuple[str, str], ...]:
        async with self._store.database.reading() as connection:
            rows = await connection.execute(select(Suppression.purpose, Suppression.address))
            return tuple((row.purpose, row.address) for row in rows)

    async def _audit(self) -> tuple[str, ...]:
        """What was written into the record since the last look."""
        async with self._store.database.reading() as connection:
            rows = (await connection.execute(select(Audit.chain, Audit.number, Audit.event).order_by(Audit.at))).all()
        fresh = [row for row in rows if (row.chain, row.number) not in self._noted]
        self._noted |= {(row.chain, row.number) for row in fresh}
        return tuple(row.event for row in fresh)

    async def _is_forgotten(self, inbox_id: str) -> bool:
        async with self._store.database.reading() as connection:
            columns = (Inbox.raw, Inbox.external_id, Inbox.origin, Inbox.envelope, Inbox.conversation_id)
            row = (await connection.execute(select(*columns).where(Inbox.id == inbox_id))).one()
            return all(value is None for value in row)


def _ticket(detail: RequestDetail) -> Ticket:
    row = detail.request
    answers = [deadline.due_on for deadline in detail.deadlines if deadline.step == "answer"]
    return Ticket(
        reference=row.reference,
        right=row.right,
        state=row.state.value,
        level=row.level,
        kind=row.kind,
        due_on=min(answers, default=""),
        claimed=row.claimed_address,
        subject=row.subject,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _FixedCodes(Keys):
    """Keys whose codes are the same each time a talk is played."""

    given: dict[str, str] = field(default_factory=dict)

    def code(self, nonce: str) -> str:
        number = int(sha256(f"code {len(self.given)}".encode()).hexdigest(), 16)
        return self.given.setdefault(nonce, f"{number % 10**6:06}")


class _Overheard:
    """A reader that remembers what it read last."""

    def __init__(self, reader: Classifier) -> None:
        self._reader = reader
        self.heard: Reading | None = None
        #: What is taken to be read in the next messages; None: they are read.
        self.instead: Given | None = None

    def read(self, text: str, *, subject: str = "", channel: str = "email") -> Reading:
        if self.instead is not None:
            self.heard = reading_of(self.instead, text, "en")
            return self.heard
        self.heard = self._reader.read(text, subject=subject, channel=channel)
        return self.heard


class _OnePolicy:
    """Protocol `Oracle` for the one brand that is played."""

    def __init__(self, answers: Answers, policy: Policy | None) -> None:
        self._answers = answers
        self._policy = policy

    async def answer(self, brand: str, question: str, *, language: str, about: str = "") -> PolicyAnswer | None:
        if self._policy is None:
            return None
        return await asyncio.to_thread(self._answers.answer, question, self._policy, language=language, about=about)


class _Tap:
    """A channel whose door leads to us."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._rendered: Outgoing | None = None
        self._sent: list[Spoken] = []
        self.name = channel.name

    def key(self, arrival: Arrival) -> str:
        return self._channel.key(arrival)

    def parse(self, arrival: Arrival) -> InboundMessage:
        return self._channel.parse(arrival)

    def render(self, outgoing: Outgoing, playbook: Playbook) -> Rendered:
        self._rendered = outgoing
        return self._channel.render(outgoing, playbook)

    async def send(self, rendered: Rendered) -> Receipt:
        assert self._rendered is not None
        self._sent.append(Spoken(outgoing=self._rendered, payload=rendered.payload))
        return Receipt(said="250 OK")

    def take(self) -> list[Spoken]:
        """What was sent since the last look."""
        sent, self._sent = self._sent, []
        return sent


@cache
def _empty_database() -> bytes:
    """A database at the newest schema: copying it is quicker than to upgrade for each conversation."""
    with TemporaryDirectory(prefix="privacy-desk-replay-") as folder:
        path = Path(folder) / "empty.sqlite3"
        upgrade(f"sqlite:///{path}")
        return path.read_bytes()
