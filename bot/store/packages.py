"""Packages: what staff have put together for the owner of one request, fetched with a fresh code and never mailed.

Law: a package is offered only on a proved request, to the mailbox that was proved; codes, openings and downloads are on
the record of the request; the files are sealed on the disk and go when their time is over.
"""

import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.effects import Part
from bot.core.playbook import Mode
from bot.core.tickets import PROVED_STATES, State
from bot.keys import Keys
from bot.store import audit, conversations, erasing, proposals
from bot.store.database import Database
from bot.store.ids import new_id
from bot.store.letters import Letter, Posted, is_mailbox, post
from bot.store.schema import Conversation, Package, PackageItem, Request
from bot.store.values import NotAllowed

CODE_LIVES = timedelta(minutes=10)
#: RELIABILITY T02.
_TRIES, _CODES_IN_ALL = 5, 20
LARGEST_FILE = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One file of a package."""

    id: str
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRow:
    """A package with its files' names."""

    id: str
    reference: str
    brand: str
    language: str
    #: "draft", "offered", "withdrawn" or "expired".
    state: str
    made_by: str
    made_at: datetime
    expires_at: datetime | None
    opened: int
    downloads: int
    last_opened_at: datetime | None
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A package whose link is on its way."""

    token: str
    letter: Posted


class Packages:
    """The packages of one database; each method is one transaction."""

    def __init__(self, database: Database, keys: Keys, host: str, clock: Callable[[], datetime]) -> None:
        self._database, self._keys, self._host, self._clock = database, keys, host, clock

    async def fill(self, reference: str, name: str, media_type: str, content: bytes, *, by: str) -> str:
        """Put a file into the request's draft, which is made where there is none. Raises `NotAllowed`."""
        if len(content) > LARGEST_FILE:
            raise NotAllowed(
                "$name is larger than $megabytes MB; hand it over in another way.",
                name=name,
                megabytes=LARGEST_FILE // 1000000,
            )
        now = self._clock()
        async with self._database.writing() as connection:
            await _lock_proved(connection, reference)
            package = await connection.scalar(
                select(Package.id).where(Package.reference == reference, Package.state == "draft")
            )
            if package is None:
                package = await _make(connection, reference, by=by, now=now)
                await self._note(connection, reference, "package_made", package, by=by, now=now)
            values = {"name": name, "media_type": media_type, "size": len(content), "content": content}
            await connection.execute(insert(PackageItem).values(id=new_id(), package_id=package, **values))
            await self._note(connection, reference, "package_filled", package, by=by, now=now)
            return str(package)

    async def offer(
        self,
        reference: str,
        *,
        by: str,
        lives: timedelta,
        mode: Mode,
        letter: Callable[[str, datetime], Sequence[Part]],
        proposal: str = "",
    ) -> Offered:
        """Send the link of the draft to the proved mailbox; `letter` is given the link's word. Raises `NotAllowed`."""
        now, token = self._clock(), secrets.token_urlsafe(32)
        until = now + lives
        async with self._database.writing() as connection:
            subject = await _lock_proved(connection, reference)
            if proposal:
                await proposals.decide(connection, self._keys, proposal, "approved", by=by, now=now)
            package = await connection.scalar(
                select(Package.id).where(Package.reference == reference, Package.state == "draft")
            )
            if package is None:
                raise NotAllowed("Request $reference has no package to offer; add a file first.", reference=reference)
            if not is_mailbox(subject):
                raise NotAllowed("Nobody has proved a mailbox for this request; hand the package over in another way.")
            await connection.execute(
                update(Package)
                .where(Package.id == package)
                .values(state="offered", token_digest=self._token(token), expires_at=until)
            )
            told = Letter(parts=tuple(letter(token, until)), mode=mode, by=by, by_mail=True)
            posted = await post(connection, self._keys, self._host, reference, told, now=now)
            if posted is None or posted.channel != "email":
                raise NotAllowed("The person cannot be told by mail; hand the package over in another way.")
            await self._note(connection, reference, "package_offered", package, by=by, now=now)
            return Offered(token=token, letter=posted)

    async def withdraw(self, reference: str, *, by: str, event: str = "package_withdrawn") -> int:
        """The files of all its packages go at once; how many packages there were."""
        now = self._clock()
        async with self._database.writing() as connection:
            await _lock(connection, reference)
            live = Package.state.in_(("draft", "offered"))
            found = (await connection.scalars(select(Package.id).where(Package.reference == reference, live))).all()
            for package in found:
                await erasing.empty_packages(connection, Package.id == package)
                await connection.execute(update(Package).where(Package.id == package).values(state="withdrawn"))
                await self._note(connection, reference, event, package, by=by, now=now)
        await self._database.tidy()
        return len(found)

    async def of_request(self, reference: str) -> list[PackageRow]:
        """Oldest first."""
        async with self._database.reading() as connection:
            return [await _row(connection, row) for row in await _found(connection, Package.reference == reference)]

    async def by_token(self, token: str) -> PackageRow | None:
        """The package that a link names, while it is offered."""
        async with self._database.reading() as connection:
            rows = await _found(
                connection,
                Package.token_digest.in_(self._keys.digests("package link", token)),
                Package.state == "offered",
                Package.expires_at > self._clock(),
            )
            return await _row(connection, rows[0]) if rows else None

    async def send_code(self, package_id: str, *, mode: Mode, parts: Sequence[Part]) -> bool:
        """Mail a fresh code to the proved mailbox, which kills the one before; False where there were too many."""
        now, nonce = self._clock(), self._keys.nonce()
        async with self._database.writing() as connection:
            package = await _lock_package(connection, package_id)
            if package["codes_sent"] >= _CODES_IN_ALL:
                return False
            subject = await _lock_proved(connection, package["reference"])
            if await conversations.codes_made(connection, subject, now - timedelta(hours=1)) >= _TRIES:
                return False
            letter = Letter(parts=tuple(parts), mode=mode, by=package["made_by"], nonce=nonce)
            await post(connection, self._keys, self._host, package["reference"], letter, now=now)
            digest = self._keys.code_digest(f"package {package_id}", self._keys.code(nonce))
            await _change(
                connection,
                package_id,
                code_digest=digest,
                code_until=now + CODE_LIVES,
                code_tries=0,
                codes_sent=package["codes_sent"] + 1,
            )
            await self._note(connection, package["reference"], "package_code_sent", package_id, by="bot", now=now)
            return True

    async def open(self, package_id: str, digits: str) -> bool:
        """Whether `digits` are the code under way; a right one is used up, and five wrong ones too."""
        now = self._clock()
        async with self._database.writing() as connection:
            package = await _lock_package(connection, package_id)
            kept, until = package["code_digest"], package["code_until"]
            if kept is None or until is None or until <= now or package["code_tries"] >= _TRIES:
                return False
            typed = self._keys.typed_digest(f"package {package_id}", digits, kept)
            if not hmac.compare_digest(typed, kept):
                await _change(connection, package_id, code_tries=package["code_tries"] + 1)
                await self._note(
                    connection, package["reference"], "package_code_wrong", package_id, by="person", now=now
                )
                return False
            await _change(
                connection, package_id, code_digest=None, opened=package["opened"] + 1, last_opened_at=now, code_tries=0
            )
            await self._note(connection, package["reference"], "package_opened", package_id, by="person", now=now)
            return True

    async def file(self, package_id: str, item_id: str, *, by: str = "person") -> tuple[Item, bytes] | None:
        """One file of a package; that it was taken is counted and on record."""
        now = self._clock()
        async with self._database.writing() as connection:
            package = await _lock_package(connection, package_id)
            columns = (PackageItem.id, PackageItem.name, PackageItem.media_type, PackageItem.size, PackageItem.content)
            found = await connection.execute(
                select(*columns).where(PackageItem.id == item_id, PackageItem.package_id == package_id)
            )
            row = found.mappings().one_or_none()
            if row is None or row["content"] is None:
                return None
            await _change(connection, package_id, downloads=package["downloads"] + 1)
            event = "package_downloaded" if by == "person" else "package_handed"
            await self._note(connection, package["reference"], event, package_id, by=by, now=now, item=item_id)
            content = row["content"]
            return Item(**{name: row[name] for name in ("id", "name", "media_type", "size")}), content

    def _token(self, token: str) -> str:
        return self._keys.digest("package link", token)

    async def _note(
        self,
        connection: AsyncConnection,
        reference: str,
        event: str,
        package: str,
        *,
        by: str,
        now: datetime,
        **more: str,
    ) -> None:
        chain, details = audit.of_request(reference), {"package": package, **more}
        await audit.note(connection, self._keys, chain, event, at=now, actor=by, details=details)


async def _make(connection: AsyncConnection, reference: str, *, by: str, now: datetime) -> str:
    package = new_id()
    counts = dict.fromkeys(("code_tries", "codes_sent", "opened", "downloads"), 0)
    await connection.execute(
        insert(Package).values(
            id=package, reference=reference, state="draft", token_digest="", made_by=by, made_at=now, **counts
        )
    )
    return package


async def _lock(connection: AsyncConnection, reference: str) -> RowMapping:
    columns = (Request.conversation_id, Request.state, Request.subject, Request.verification_level)
    found = await connection.execute(select(*columns).where(Request.reference == reference))
    row = found.mappings().one_or_none()
    if row is None:
        raise NotAllowed("There is no request $reference.", reference=reference)
    await conversations.lock(connection, row["conversation_id"])
    return row


async def _lock_proved(connection: AsyncConnection, reference: str) -> str:
    """The proved identity; raises `NotAllowed` where nothing was proved."""
    row = await _lock(connection, reference)
    if State(row["state"]) not in PROVED_STATES or not row["verification_level"] or not row["subject"]:
        raise NotAllowed(
            "Request $reference is $state, and nobody has proved that it is theirs.",
            reference=reference,
            state=row["state"],
        )
    return str(row["subject"])


async def _lock_package(connection: AsyncConnection, package_id: str) -> RowMapping:
    reference = await connection.scalar(select(Package.reference).where(Package.id == package_id))
    if reference is None:
        raise NotAllowed("There is no package $package_id.", package_id=package_id)
    await _lock(connection, reference)
    found = await connection.execute(select(*Package.__table__.columns).where(Package.id == package_id))
    return found.mappings().one()


async def _change(connection: AsyncConnection, package_id: str, **values: object) -> None:
    await connection.execute(update(Package).where(Package.id == package_id).values(**values))


async def _found(connection: AsyncConnection, *which: object) -> Sequence[RowMapping]:
    columns = (Package.id, Package.reference, Package.state, Package.made_by, Package.made_at, Package.expires_at)
    found = await connection.execute(
        select(
            *columns, Package.opened, Package.downloads, Package.last_opened_at, Request.brand, Conversation.language
        )
        .join(Request, Request.reference == Package.reference)
        .join(Conversation, Conversation.id == Request.conversation_id)
        .where(*which)  # type: ignore[arg-type]
        .order_by(Package.id)
    )
    return found.mappings().all()


async def _row(connection: AsyncConnection, row: RowMapping) -> PackageRow:
    items = await connection.execute(
        select(PackageItem.id, PackageItem.name, PackageItem.media_type, PackageItem.size)
        .where(PackageItem.package_id == row["id"])
        .order_by(PackageItem.id)
    )
    return PackageRow(**row, items=tuple(Item(**item) for item in items.mappings()))
