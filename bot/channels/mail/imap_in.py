"""Read a shared inbox over IMAP and leave it exactly as it is.

The folder is opened read-only and fetched by UID with BODY.PEEK: no flag changes, unseen stays unseen. What was read is
remembered as UIDVALIDITY and UID, never as a date; where UIDVALIDITY changed, everything is read again and the content
key tells what is new. All of this blocks: it runs in a thread of its own.
"""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from imaplib import IMAP4
from typing import Any, Literal

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError
from imapclient.imapclient import SENT

from bot.channels.mail.structure import LARGEST_MAIL
from bot.channels.protocol import Arrival
from bot.errors import BadSetting, NotNow

#: Of a message that is too large to be read, this much is fetched: its header and, nearly always, its words.
_ENOUGH = 1024 * 1024
_BATCH_MESSAGES = 50
_BATCH_BYTES = 4 * 1024 * 1024
_SIZES_AT_ONCE = 500
#: Seconds between looks at whether we are to stop.
_SLICE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapSettings:
    """One folder of one account, and the brand whose inbox it is."""

    brand: str
    host: str
    port: int = 993
    security: Literal["tls", "starttls", "none"] = "tls"
    username: str
    password: str = field(default="", repr=False)
    #: Gives a fresh OAuth 2.0 access token; then XOAUTH2 is used and no password.
    token: Callable[[], str] | None = field(default=None, repr=False)
    folder: str = "INBOX"
    #: A file of certificates to trust beside the system's.
    ca_file: str = ""
    #: Seconds between looks where the server has no IDLE, and the longest IDLE otherwise.
    poll_seconds: float = 60.0
    #: Seconds for each step.
    timeout: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far a folder has been read."""

    uidvalidity: int
    last_uid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One message, or only a new position where the message was gone before it could be fetched."""

    arrival: Arrival | None
    #: To be kept once the arrival is stored.
    position: Position


class ImapMailbox:
    """One connection to one folder; not to be shared between threads."""

    def __init__(
        self,
        settings: ImapSettings,
        *,
        channel: str = "email",
        envelope: Mapping[str, str] | None = None,
        only_answers: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """With `only_answers`, what was there before is left alone, and so is mail that answers nothing."""
        self.settings = settings
        self._channel, self._now = channel, now
        self._envelope, self._only_answers = dict(envelope or {}), only_answers
        self._client: IMAPClient | None = None

    def connect(self) -> None:
        """Log in and open the folder read-only.

        Raises `NotNow` where the server cannot be reached and `BadSetting` where it refuses the account or the folder.
        """
        self.close()
        client = _logged_in(self.settings)
        try:
            client.select_folder(self.settings.folder, readonly=True)
        except (IMAP4.abort, OSError) as error:
            _leave(client)
            raise NotNow(f"The IMAP connection broke: {_clause(error)}.") from error
        except IMAPClientError as error:
            _leave(client)
            raise BadSetting(f"The IMAP folder {self.settings.folder} cannot be opened: {error}.") from error
        self._client = client

    def close(self) -> None:
        """Leave; never fails."""
        if self._client is not None:
            _leave(self._client)
            self._client = None

    def fetch_new(self, position: Position | None) -> Iterator[Fetched]:
        """Every message after `position`, oldest first; all of them where UIDVALIDITY is another.

        Raises `NotNow` when the connection breaks; what was yielded before is whole.
        """
        client = self._connected()
        try:
            folder = client.select_folder(self.settings.folder, readonly=True)
            validity = int(folder[b"UIDVALIDITY"])
            last = position.last_uid if position and position.uidvalidity == validity else 0
            if position is None and self._only_answers:
                last = int(folder[b"UIDNEXT"]) - 1
                yield Fetched(arrival=None, position=Position(uidvalidity=validity, last_uid=last))
            # "n:*" names the newest message even where its UID is below n.
            uids = sorted(uid for uid in client.search(["UID", f"{last + 1}:*"]) if uid > last)
            wanted = list(_answers(client, uids)) if self._only_answers else uids
            for batch in _batches(client, wanted):
                yield from self._fetch(client, batch, validity)
            if wanted != uids:
                yield Fetched(arrival=None, position=Position(uidvalidity=validity, last_uid=uids[-1]))
        except (IMAPClientError, OSError) as error:
            self.close()
            raise NotNow(f"The IMAP connection broke: {_clause(error)}.") from error

    def wait(self, seconds: float, stopped: Callable[[], bool]) -> None:
        """Return when the server has news, when `seconds` are over, or when `stopped()`; raises `NotNow`."""
        client = self._connected()
        deadline = time.monotonic() + seconds
        try:
            if not client.has_capability("IDLE"):
                while time.monotonic() < deadline and not stopped():
                    time.sleep(_SLICE)
                client.noop()
                return
            client.idle()
            news: list[Any] = []
            while not news and time.monotonic() < deadline and not stopped():
                news = client.idle_check(timeout=_SLICE)
            client.idle_done()
        except (IMAPClientError, OSError) as error:
            self.close()
            raise NotNow(f"The IMAP connection broke: {_clause(error)}.") from error

    def _fetch(self, client: IMAPClient, uids: list[tuple[int, int]], validity: int) -> Iterator[Fetched]:
        """The messages (UID, size) of one batch; a message over the size is fetched in part."""
        item = "BODY.PEEK[]" if uids[0][1] <= LARGEST_MAIL else f"BODY.PEEK[]<0.{_ENOUGH}>"
        found = client.fetch([uid for uid, _ in uids], [item, "INTERNALDATE"])
        for uid, size in uids:
            position = Position(uidvalidity=validity, last_uid=uid)
            answer = found.get(uid, {})
            raw = answer.get(b"BODY[]", answer.get(b"BODY[]<0>"))
            arrival = None if raw is None else self._arrival(raw, size, answer.get(b"INTERNALDATE"), position)
            yield Fetched(arrival=arrival, position=position)

    def _arrival(self, raw: bytes, size: int, internal: datetime | None, position: Position) -> Arrival:
        now = self._now()
        validity, uid = str(position.uidvalidity), str(position.last_uid)
        origin = {"mailbox": self.settings.folder, "uidvalidity": validity, "uid": uid}
        return Arrival(
            channel=self._channel,
            brand=self.settings.brand,
            raw=raw,
            received_at=min(now, internal.astimezone(UTC)) if internal else now,
            external_id=f"{self.settings.folder}/{validity}/{uid}",
            origin=origin if size <= LARGEST_MAIL else origin | {"cut_from": str(size)},
            envelope=self._envelope,
        )

    def _connected(self) -> IMAPClient:
        if self._client is None:
            self.connect()
        assert self._client is not None
        return self._client


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an account can do."""

    #: It tells us of new mail at once.
    idle: bool
    #: Its folder keeps flags of our own.
    keywords: bool
    move: bool
    folders: frozenset[str]
    #: The folder of sent mail, None where none can be told from the others.
    sent: str | None


def facts_of(settings: ImapSettings) -> Facts:
    """Log in and look, changing nothing. Raises `NotNow` and `BadSetting`."""
    client = _logged_in(settings)
    try:
        folders = frozenset(str(name) for _, _, name in client.list_folders())
        if settings.folder.upper() != "INBOX" and settings.folder not in folders:
            raise BadSetting(f"there is no folder {settings.folder}; there are {', '.join(sorted(folders))}")
        sent = client.find_special_folder(SENT)
        # Opened for writing, for only then it says which flags it keeps; nothing is written.
        kept = client.select_folder(settings.folder).get(b"PERMANENTFLAGS", ())
        return Facts(
            idle=client.has_capability("IDLE"),
            keywords=b"\\*" in kept,
            move=client.has_capability("MOVE"),
            folders=folders,
            sent=str(sent) if sent else None,
        )
    except (IMAPClientError, OSError) as error:
        raise NotNow(f"The account {settings.username} cannot be looked at: {_clause(error)}.") from error
    finally:
        _leave(client)


def sent_folder(settings: ImapSettings) -> str | None:
    """The folder that the server, or its name, marks as the one for sent mail. Raises `NotNow` and `BadSetting`."""
    client = _logged_in(settings)
    try:
        found = client.find_special_folder(SENT)
        return str(found) if found else None
    except (IMAPClientError, OSError) as error:
        raise NotNow(f"The folders of {settings.username} cannot be listed: {_clause(error)}.") from error
    finally:
        _leave(client)


def file_copy(settings: ImapSettings, *, folder: str, message: bytes, at: datetime) -> None:
    """Put a mail of ours, already read, into `folder`. Raises `NotNow` and `BadSetting`."""
    client = _logged_in(settings)
    try:
        client.append(folder, message, [b"\\Seen"], at)
    except (IMAPClientError, OSError) as error:
        raise NotNow(f"A copy could not be put into {folder}: {_clause(error)}.") from error
    finally:
        _leave(client)


def flag(settings: ImapSettings, *, uidvalidity: int, uids: list[int], keyword: str) -> bool:
    """Put `keyword` on handled messages, over a short connection of its own.

    False where the folder's UIDs mean other messages by now or the server keeps no keywords. Raises `NotNow` and
    `BadSetting`.
    """
    with _opened_for_writing(settings) as (client, folder):
        kept = {bytes(name).lower() for name in folder.get(b"PERMANENTFLAGS", ())}
        if int(folder[b"UIDVALIDITY"]) != uidvalidity or not {b"\\*", keyword.lower().encode()} & kept:
            return False
        client.add_flags(uids, [keyword], silent=True)
        return True


def move(settings: ImapSettings, *, uidvalidity: int, uids: list[int], folder: str) -> bool:
    """Move handled messages to `folder`; False and untouched where they are others by now or the server cannot MOVE.

    Raises `NotNow` and `BadSetting`.
    """
    with _opened_for_writing(settings) as (client, opened):
        if int(opened[b"UIDVALIDITY"]) != uidvalidity or not client.has_capability("MOVE"):
            return False
        client.move(uids, folder)
        return True


@contextmanager
def _opened_for_writing(settings: ImapSettings) -> Iterator[tuple[IMAPClient, dict[bytes, Any]]]:
    client = _logged_in(settings)
    try:
        yield client, client.select_folder(settings.folder)
    except (IMAPClientError, OSError) as error:
        raise NotNow(f"The handled messages could not be marked or moved: {_clause(error)}.") from error
    finally:
        _leave(client)


def _logged_in(settings: ImapSettings) -> IMAPClient:
    where = f"{settings.host}:{settings.port}"
    token = settings.token() if settings.token else ""
    try:
        trust = ssl.create_default_context(cafile=settings.ca_file or None)
        client = IMAPClient(
            settings.host, settings.port, ssl=settings.security == "tls", ssl_context=trust, timeout=settings.timeout
        )
        client.normalise_times = False
        if settings.security == "starttls":
            client.starttls(trust)
    except (IMAPClientError, OSError) as error:
        raise NotNow(f"The IMAP server {where} cannot be reached: {_clause(error)}.") from error
    try:
        if settings.token:
            client.oauth2_login(settings.username, token)
        else:
            client.login(settings.username, settings.password)
    except LoginError as error:
        _leave(client)
        # A connection that breaks in the middle of the log-in is reported as a refused one.
        if isinstance(error.__context__, IMAP4.abort):
            raise NotNow(f"The IMAP server {where} broke off the log-in: {_clause(error)}.") from error
        raise BadSetting(f"The IMAP server {where} refuses the account; check its name and password.") from error
    except (IMAPClientError, OSError) as error:
        _leave(client)
        raise NotNow(f"The IMAP server {where} broke off the log-in: {_clause(error)}.") from error
    return client


def _answers(client: IMAPClient, uids: list[int]) -> Iterator[int]:
    """Those whose header names another mail."""
    item = "BODY.PEEK[HEADER.FIELDS (IN-REPLY-TO REFERENCES)]"
    for start in range(0, len(uids), _SIZES_AT_ONCE):
        asked = uids[start : start + _SIZES_AT_ONCE]
        found = client.fetch(asked, [item])
        for uid in asked:
            if any(b"<" in value for value in found.get(uid, {}).values() if isinstance(value, bytes)):
                yield uid


def _batches(client: IMAPClient, uids: list[int]) -> Iterator[list[tuple[int, int]]]:
    """UIDs with their sizes, in batches that fit into memory; one that is too large is alone in its batch."""
    for start in range(0, len(uids), _SIZES_AT_ONCE):
        asked = uids[start : start + _SIZES_AT_ONCE]
        sizes = client.fetch(asked, ["RFC822.SIZE"])
        batch: list[tuple[int, int]] = []
        weight = 0
        for uid in asked:
            size = int(sizes.get(uid, {}).get(b"RFC822.SIZE", 0))
            if batch and (len(batch) >= _BATCH_MESSAGES or weight + size > _BATCH_BYTES):
                yield batch
                batch, weight = [], 0
            batch.append((uid, size))
            weight += size
        if batch:
            yield batch


def _leave(client: IMAPClient) -> None:
    with suppress(Exception):
        client.logout()
    with suppress(Exception):
        client.shutdown()


def _clause(error: BaseException) -> str:
    """What broke, without the words of the library: it cites what it was reading, and that may be a person's mail."""
    if isinstance(error, OSError) and not isinstance(error, IMAP4.error):
        return error.strerror or str(error) or type(error).__name__
    return "the server ended the connection" if isinstance(error, IMAP4.abort) else "the server gave an error"
