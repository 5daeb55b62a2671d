"""What staff do with packages: put files in, hide what is somebody else's, offer them, hand them over, take them back.

Law: never by plain mail. Where nobody can reach a page of ours, the clerk is told so, and how to do it instead.
"""

import csv
import io
import json
import mimetypes
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.effects import Line, Part
from bot.core.tickets import State
from bot.staff.clerk import Clerk, find
from bot.store import NotAllowed
from bot.store.packages import Offered, PackageRow

PAGE = "package"
_HIDDEN = "[redacted]"
#: How long a link is good.
LIVES = timedelta(days=14)
#: Documents that are text to a computer only: most of what they show is packed.
_NOT_PLAIN = ("%PDF", "{\\rtf")
#: What a spreadsheet takes for the start of a formula (RELIABILITY T23).
_ACTIVE = frozenset("=+-@\t\r\n＝＋－＠|%")


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What went into a package."""

    package: str
    names: tuple[str, ...]
    #: How often a string of somebody else's was hidden.
    hidden: int


async def add_file(clerk: Clerk, reference: str, name: str, content: bytes, *, redact: Sequence[str] = ()) -> Added:
    """Put a file in; for portability, records in JSON or CSV go in as both (GDPR Art. 20). Raises `NotAllowed`."""
    detail = await find(clerk, reference)
    content, hidden = _redacted(name, content, [string for string in redact if string.strip()])
    files = {name: content}
    if detail.request.right == "portability":
        files |= _other_form(name, content)
    package = ""
    for each, bytes_of in files.items():
        kind = mimetypes.guess_type(each)[0] or "application/octet-stream"
        package = await clerk.store.packages.fill(reference, each, kind, bytes_of, by=clerk.name)
    return Added(package=package, names=tuple(files), hidden=hidden)


async def add_what_we_hold(clerk: Clerk, reference: str) -> Added:
    """What this desk itself holds about the person, as JSON."""
    detail = await find(clerk, reference)
    person = detail.request.subject
    if not person:
        raise NotAllowed("Nobody has proved that request $reference is theirs.", reference=reference)
    held = await clerk.store.held_about(detail.request.brand, person)
    content = json.dumps(held, ensure_ascii=False, indent=2).encode()
    return await add_file(clerk, reference, "privacy-desk.json", content)


async def offer(clerk: Clerk, reference: str, *, public_url: str, lives: timedelta = LIVES) -> Offered:
    """Send the person the link. Raises `NotAllowed`, and says what to do instead."""
    detail = await find(clerk, reference)
    if not public_url:
        raise NotAllowed(
            "Nobody outside can reach a page of this desk: set web.public_url. Or hand the files over in person or by"
            " registered post: `privacy-desk package write $reference --to FOLDER`; never send them by plain mail.",
            reference=reference,
        )
    playbook = clerk.playbooks[detail.request.brand]

    def letter(token: str, until: datetime) -> list[Part]:
        due = until.astimezone(ZoneInfo(playbook.time_zone)).date().isoformat()
        values = {"reference": reference, "right": detail.request.right, "due": due}
        link = {"link": f"{public_url}/{PAGE}/{token}"}
        return [Line(key="letter_package", values=values | link), Line(key="letter_package_how")]

    mode = playbook.mode_of(frozenset({detail.request.right}))
    return await clerk.store.packages.offer(
        reference, by=clerk.name, lives=lives, mode=mode, letter=letter, proposal=clerk.proposal
    )


async def withdraw(clerk: Clerk, reference: str) -> int:
    """The files go at once."""
    return await clerk.store.packages.withdraw(reference, by=clerk.name)


async def hand_over(clerk: Clerk, reference: str) -> list[tuple[str, bytes]]:
    """The files of the newest package, to be handed over in another way; that it was done goes on record."""
    live = [package for package in await clerk.store.packages.of_request(reference) if package.items]
    if not live or (await find(clerk, reference)).request.state is State.AWAITING_VERIFICATION:
        raise NotAllowed("Request $reference has no package; add a file first.", reference=reference)
    files = []
    for item in live[-1].items:
        found = await clerk.store.packages.file(live[-1].id, item.id, by=clerk.name)
        if found is not None:
            files.append((found[0].name, found[1]))
    return files


async def packages_of(clerk: Clerk, reference: str) -> list[PackageRow]:
    """Oldest first; raises `NotAllowed` where there is no such request."""
    await find(clerk, reference)
    return await clerk.store.packages.of_request(reference)


def _redacted(name: str, content: bytes, strings: Sequence[str]) -> tuple[bytes, int]:
    """`content` without what a clerk has named; only text can be searched. Raises `NotAllowed`."""
    if not strings:
        return content, 0
    try:
        text = content.decode("utf-8-sig")
        if "\0" in text or text.startswith(_NOT_PLAIN):
            raise ValueError("not text")
    except ValueError:
        raise NotAllowed(
            "$name is not text, so nothing in it can be hidden here; redact it in its own program first.", name=name
        ) from None
    wanted = [_spelt_in_any_way(string) for string in sorted(strings, key=len, reverse=True)]
    if not all(pattern.search(text) for pattern in wanted):
        raise NotAllowed("Not all of what is to be hidden stands in $name; check the spelling.", name=name)
    if any(pattern.search(name) for pattern in wanted):
        raise NotAllowed("The name of the file $name says what is to be hidden; give it another name.", name=name)
    hidden = 0
    for pattern in wanted:
        text, count = pattern.subn(_HIDDEN, text)
        hidden += count
    return text.encode(), hidden


def _spelt_in_any_way(string: str) -> re.Pattern[str]:
    """Whatever its letter case, its blanks and line ends, its form of Unicode, or the escapes of JSON."""
    return re.compile(r"\s+".join(map(_word, string.split())), re.IGNORECASE)


def _word(word: str) -> str:
    forms = [unicodedata.normalize(form, word) for form in ("NFC", "NFD")]
    return f"(?:{'|'.join(re.escape(form) for form in dict.fromkeys((*forms, *(json.dumps(f)[1:-1] for f in forms))))})"


def _other_form(name: str, content: bytes) -> dict[str, bytes]:
    """Records in JSON as CSV, and the other way round; nothing for what is neither."""
    stem, _, ending = name.rpartition(".")
    try:
        text = content.decode("utf-8-sig")
        match ending.lower():
            case "json":
                return {f"{stem}.csv": _as_csv(json.loads(text))}
            case "csv":
                rows = list(csv.DictReader(io.StringIO(text)))
                return {f"{stem}.json": json.dumps(rows, ensure_ascii=False, indent=2).encode()}
            case _:
                return {}
    except (ValueError, csv.Error, RecursionError):
        raise NotAllowed(
            "$name is not $form that can be read; mend it, or name it otherwise.", name=name, form=ending.upper()
        ) from None


def _as_csv(value: Any) -> bytes:
    records = [record if isinstance(record, dict) else {"value": record} for record in _list(value)]
    columns = list(dict.fromkeys(str(name) for record in records for name in record))
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow([harmless(name) for name in columns])
    for record in records:
        named = {str(name): cell for name, cell in record.items()}
        writer.writerow([harmless(_cell(named.get(column, ""))) for column in columns])
    return out.getvalue().encode()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def harmless(cell: str) -> str:
    """`cell` as text for a spreadsheet, whoever wrote it."""
    text = "".join(letter if letter.isprintable() or letter in "\t\r\n" else " " for letter in cell)
    active = any(start[:1] in _ACTIVE for start in (text, text.lstrip(" "), text.lstrip()))
    return f"'{text}" if text and active else text
