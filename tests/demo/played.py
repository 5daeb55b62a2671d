"""What a demo leaves behind, read from its folder as anybody could: the database and the mails that were sent."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.outgoing import outgoing_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A demo's folder after it has ended."""

    folder: Path

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "desk.sqlite3")) as database:
            return database.execute(sql, values).fetchall()

    def count(self, table: str, condition: str = "1") -> int:
        return int(self.rows(f"SELECT count(*) FROM {table} WHERE {condition}")[0][0])

    @property
    def mails(self) -> Sequence[EmailMessage]:
        """What was sent, oldest first."""
        paths = sorted((self.folder / "sent" / "new").iterdir())
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]

    @property
    def quotations(self) -> list[dict[str, Any]]:
        """Every quotation that was to leave, with the mailbox that it went to."""
        parts = [(recipient, part) for recipient, _, parts in outgoing_of(self.folder) for part in parts]
        return [{"recipient": recipient, **part["quotation"]} for recipient, part in parts if "quotation" in part]


def plain(mail: EmailMessage) -> str:
    """The text as its reader sees it; a line ends at LF."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")
