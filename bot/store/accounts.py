"""Who of the staff may come in: accounts, roles, sessions, failed sign-ins, keys of programs.

Law: what is kept cannot be used to come in; a changed password or a disabled account ends every session at once; who
let whom in, and with which role, is on record.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.keys import Keys
from bot.store import audit
from bot.store.database import Database
from bot.store.ids import new_id
from bot.store.schema import ApiKey, Clerk, ClerkRole, ClerkSession, SignInFailure
from bot.store.values import NotAllowed

#: Who acts where nobody has signed in.
COMMAND_LINE = "command line"
#: The brand of a role that holds for every brand.
EVERY_BRAND = "*"
#: A session that is in use is noted as such no more often than this.
_NOTED_EVERY = timedelta(minutes=1)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody of the staff."""

    name: str
    #: An argon2 hash.
    password: str
    must_change: bool
    totp_nonce: str
    totp_step: int
    disabled: bool
    language: str
    time_zone: str
    #: Brand, or "*", -> role.
    roles: Mapping[str, str]
    #: By which a provider of sign-in may know them, in lower case, "" for none.
    mailbox: str = ""
    #: Issuer and subject of the provider that they have come in by, "" for none.
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program of the shop's, by its key."""

    name: str
    brand: str
    scopes: frozenset[str]


class Accounts:
    """The accounts of one database; each method is one transaction."""

    def __init__(self, database: Database, keys: Keys, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock

    async def add(self, account: Account, *, now: datetime, by: str = COMMAND_LINE) -> None:
        """Raises `NotAllowed` where the name or the mailbox is taken."""
        async with self._database.writing() as connection:
            await _check_mailbox(connection, account.name, account.mailbox)
            if await connection.scalar(select(Clerk.name).where(Clerk.name == account.name)):
                raise NotAllowed("The name $name is taken; choose another one.", name=account.name)
            await connection.execute(
                insert(Clerk).values(
                    name=account.name,
                    password=account.password,
                    must_change=account.must_change,
                    totp_nonce=account.totp_nonce,
                    totp_step=account.totp_step,
                    disabled=account.disabled,
                    language=account.language,
                    time_zone=account.time_zone,
                    created_at=now,
                    mailbox=account.mailbox,
                    subject=account.subject,
                )
            )
            await _set_roles(connection, account.name, account.roles)
            await self._note(connection, account.name, "clerk_added", by, **_told(account.roles))

    async def find(self, name: str) -> Account | None:
        async with self._database.reading() as connection:
            found = await _accounts(connection, name)
        return found[0] if found else None

    async def all(self) -> list[Account]:
        """Everybody, by name."""
        async with self._database.reading() as connection:
            return await _accounts(connection)

    async def set_roles(self, name: str, roles: Mapping[str, str], *, by: str = COMMAND_LINE) -> None:
        async with self._database.writing() as connection:
            await connection.execute(delete(ClerkRole).where(ClerkRole.clerk == name))
            await _set_roles(connection, name, roles)
            await self._note(connection, name, "clerk_roles_set", by, **_told(roles))

    async def set_password(
        self, name: str, password: str, *, must_change: bool, totp_nonce: str = "", by: str = COMMAND_LINE
    ) -> None:
        """A new password, and with `totp_nonce` a new one-time password; every session ends. Raises `NotAllowed`."""
        values: dict[str, object] = {"password": password, "must_change": must_change}
        if totp_nonce:
            values |= {"totp_nonce": totp_nonce, "totp_step": 0}
        async with self._database.writing() as connection:
            await _change(connection, name, **values)
            await connection.execute(delete(ClerkSession).where(ClerkSession.clerk == name))
            await self._note(connection, name, "clerk_password_set", by)

    async def set_disabled(self, name: str, disabled: bool, *, by: str = COMMAND_LINE) -> None:
        """Raises `NotAllowed` for an unknown name."""
        async with self._database.writing() as connection:
            await _change(connection, name, disabled=disabled)
            await connection.execute(delete(ClerkSession).where(ClerkSession.clerk == name))
            await self._note(connection, name, "clerk_shut_out" if disabled else "clerk_let_in", by)

    async def set_preferences(self, name: str, *, language: str, time_zone: str) -> None:
        async with self._database.writing() as connection:
            await _change(connection, name, language=language, time_zone=time_zone)

    async def set_mailbox(self, name: str, mailbox: str, *, subject: str = "", by: str = COMMAND_LINE) -> None:
        """By which a provider of sign-in knows them, a mailbox or its own subject, or neither; every session ends.

        Raises `NotAllowed` for an unknown name, or a mailbox of somebody else.
        """
        async with self._database.writing() as connection:
            await _check_mailbox(connection, name, mailbox.lower())
            await _change(connection, name, mailbox=mailbox.lower(), subject=subject)
            await connection.execute(delete(ClerkSession).where(ClerkSession.clerk == name))
            await self._note(connection, name, "clerk_mailbox_set", by)

    async def known_by(self, subject: str, mailbox: str) -> Account | None:
        """Whose sign-in at a provider this is: whoever is bound to it, else whose mailbox it is."""
        async with self._database.reading() as connection:
            found = await _accounts(connection)
        bound = [account for account in found if subject and account.subject == subject]
        return next(iter([*bound, *(one for one in found if mailbox and one.mailbox == mailbox.lower())]), None)

    async def bind(self, name: str, subject: str) -> None:
        """From now on only this subject of the provider is let in for the mailbox.

        A password that was handed over and never changed is good no longer: somebody else knows it.
        """
        handed_over = (Clerk.name == name, Clerk.must_change.is_(True))
        async with self._database.writing() as connection:
            await _change(connection, name, subject=subject)
            await connection.execute(update(Clerk).where(*handed_over).values(password="", must_change=False))
            await self._note(connection, name, "clerk_bound", name)

    async def use_step(self, name: str, step: int) -> bool:
        """Use up the one-time password of a time step; False where it, or a later one, was used before."""
        async with self._database.writing() as connection:
            used = await connection.execute(
                update(Clerk).where(Clerk.name == name, Clerk.totp_step < step).values(totp_step=step)
            )
            return used.rowcount == 1

    async def _note(self, connection: AsyncConnection, name: str, event: str, by: str, **details: str) -> None:
        chain = f"clerk {name}"
        await audit.note(connection, self._keys, chain, event, at=self._clock(), actor=by, details=details)

    # Failed sign-ins.

    async def failures(self, who: str, since: datetime) -> int:
        digests = self._keys.digests("sign-in failure", who)
        async with self._database.reading() as connection:
            return (
                await connection.scalar(
                    select(func.count()).where(SignInFailure.who.in_(digests), SignInFailure.at >= since)
                )
                or 0
            )

    async def note_failure(self, *places: str, now: datetime, forget_before: datetime) -> None:
        async with self._database.writing() as connection:
            await connection.execute(delete(SignInFailure).where(SignInFailure.at < forget_before))
            for who in places:
                digest = self._keys.digest("sign-in failure", who)
                await connection.execute(insert(SignInFailure).values(id=new_id(), who=digest, at=now))

    async def forget_failures(self, who: str) -> None:
        async with self._database.writing() as connection:
            digests = self._keys.digests("sign-in failure", who)
            await connection.execute(delete(SignInFailure).where(SignInFailure.who.in_(digests)))

    # Sessions.

    async def start_session(self, token: str, name: str, *, now: datetime, oldest: datetime) -> None:
        """`token` is known to the browser only; sessions from before `oldest` are cleared away."""
        digest = self._keys.digest("console session", token)
        async with self._database.writing() as connection:
            await connection.execute(delete(ClerkSession).where(ClerkSession.started_at < oldest))
            await connection.execute(
                insert(ClerkSession).values(digest=digest, clerk=name, started_at=now, active_at=now)
            )

    async def who_is(self, token: str, *, now: datetime, idle: timedelta, absolute: timedelta) -> Account | None:
        """Whose session `token` is; None where there is none, or it rested or lived too long."""
        digests = self._keys.digests("console session", token)
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(
                        ClerkSession.clerk, ClerkSession.digest, ClerkSession.started_at, ClerkSession.active_at
                    ).where(
                        ClerkSession.digest.in_(digests),
                        ClerkSession.active_at > now - idle,
                        ClerkSession.started_at > now - absolute,
                    )
                )
            ).one_or_none()
            account = (await _accounts(connection, row.clerk))[0] if row else None
        return account if account is not None and not account.disabled else None

    async def keep_alive(self, token: str, *, now: datetime) -> None:
        """The clerk did something in this session."""
        digests = self._keys.digests("console session", token)
        async with self._database.reading() as connection:
            stale = await connection.scalar(
                select(ClerkSession.digest).where(
                    ClerkSession.digest.in_(digests), ClerkSession.active_at < now - _NOTED_EVERY
                )
            )
        if stale:
            async with self._database.writing() as connection:
                await connection.execute(update(ClerkSession).where(ClerkSession.digest == stale).values(active_at=now))

    async def end_session(self, token: str) -> None:
        digests = self._keys.digests("console session", token)
        async with self._database.writing() as connection:
            await connection.execute(delete(ClerkSession).where(ClerkSession.digest.in_(digests)))

    async def end_sessions(self, name: str) -> None:
        """Every one of somebody."""
        async with self._database.writing() as connection:
            await connection.execute(delete(ClerkSession).where(ClerkSession.clerk == name))

    # Keys of programs.

    async def add_program(self, program: Program, key: str, *, now: datetime) -> None:
        """Raises `NotAllowed` where the name is taken."""
        async with self._database.writing() as connection:
            if await connection.scalar(select(ApiKey.name).where(ApiKey.name == program.name)):
                raise NotAllowed("There is a key named $name already; choose another name.", name=program.name)
            await connection.execute(
                insert(ApiKey).values(
                    name=program.name,
                    digest=self._keys.digest("key of a program", key),
                    brand=program.brand,
                    scopes=sorted(program.scopes),
                    created_at=now,
                    disabled=False,
                )
            )

    async def program(self, key: str) -> Program | None:
        """Whose key this is."""
        digests = self._keys.digests("key of a program", key)
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(ApiKey.name, ApiKey.brand, ApiKey.scopes).where(
                        ApiKey.digest.in_(digests), ApiKey.disabled.is_(False)
                    )
                )
            ).one_or_none()
        return Program(name=row.name, brand=row.brand, scopes=frozenset(row.scopes)) if row else None

    async def programs(self) -> list[tuple[Program, bool]]:
        """Each with whether it is disabled."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(ApiKey.name, ApiKey.brand, ApiKey.scopes, ApiKey.disabled).order_by(ApiKey.name)
            )
            return [
                (Program(name=row.name, brand=row.brand, scopes=frozenset(row.scopes)), row.disabled) for row in found
            ]

    async def disable_program(self, name: str) -> None:
        async with self._database.writing() as connection:
            await connection.execute(update(ApiKey).where(ApiKey.name == name).values(disabled=True))


async def _accounts(connection: AsyncConnection, name: str | None = None) -> list[Account]:
    wanted = [] if name is None else [Clerk.name == name]
    found = (await connection.execute(select(*Clerk.__table__.columns).where(*wanted).order_by(Clerk.name))).mappings()
    held = await connection.execute(select(ClerkRole.clerk, ClerkRole.brand, ClerkRole.role))
    roles: dict[str, dict[str, str]] = {}
    for row in held:
        roles.setdefault(row.clerk, {})[row.brand] = row.role
    return [
        Account(
            **{key: value for key, value in row.items() if key != "created_at"},
            roles=roles.get(row["name"], {}),
        )
        for row in found
    ]


async def _set_roles(connection: AsyncConnection, name: str, roles: Mapping[str, str]) -> None:
    for brand, role in roles.items():
        await connection.execute(insert(ClerkRole).values(clerk=name, brand=brand, role=role))


def _told(roles: Mapping[str, str]) -> dict[str, str]:
    return {"roles": ", ".join(f"{role} ({brand})" for brand, role in sorted(roles.items()))}


async def _check_mailbox(connection: AsyncConnection, name: str, mailbox: str) -> None:
    if not mailbox:
        return
    if await connection.scalar(select(Clerk.name).where(Clerk.mailbox == mailbox, Clerk.name != name)):
        raise NotAllowed("That mailbox belongs to another account already.")


async def _change(connection: AsyncConnection, name: str, **values: object) -> None:
    changed = await connection.execute(update(Clerk).where(Clerk.name == name).values(**values))
    if changed.rowcount != 1:
        raise NotAllowed("There is nobody named $name.", name=name)
