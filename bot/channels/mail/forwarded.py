"""Somebody else's mail inside a mail: attached whole, or written out below the header lines that mail programs put.

What is found is the word of whoever handed it on. One address in its From line, or nobody.
"""

import re

from bot.channels.mail.addresses import parse_address, writer_of
from bot.channels.mail.body import body_of
from bot.channels.mail.headers import visible
from bot.channels.mail.reading import LONGEST_NEW_TEXT, LONGEST_SUBJECT, Mail
from bot.channels.mail.structure import Part
from bot.channels.mail.writer import only_the_writers_words
from bot.core.messages import Forwarded
from intents.foreign_lines import label_kind

_PREFIX = re.compile(
    r"(?:fwd?|fw|wg|tr|rv|i|enc|vs|vb|pd|pr|doorst|fs|vl|ilt|továbbítás|переслано|转发|轉寄)\s?[:：]", re.IGNORECASE
)
#: Dividers that say that something is handed on; a reply's history begins with others.
_SAYS_SO = re.compile(
    r"forwarded|weitergeleitet|transféré|transmis|reenviado|encaminhad|inoltrat|doorgestuurd|vidarebefordrat|videresendt"
    r"|przekazan|wiadomość dalej|přeposlan|edelleenlähetetty|továbbított|перес(?:лан|ыла)|iletilen|転送|转发",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s<>\[\]():;,\"]{1,64}@[^\s<>\[\]():;,\"]{1,253}")
_MARK = re.compile(r"\A(?:\s?>){1,3}\s?")
_MOST_LINES = 2_000
_BLOCK = 10
_LOOK = 400


def forwarded_of(mail: Mail) -> Forwarded | None:
    """The first mail that is handed on in `mail`; None where there is none."""
    whole = (part.children[0] for part in mail.tree.walk() if part.content_type == "message/rfc822" and part.children)
    attached = next(whole, None)
    return _attached(attached) if attached is not None else _written_out(mail)


def _attached(part: Part) -> Forwarded:
    return Forwarded(
        address=writer_of(part.headers).address,
        subject=part.headers.text("subject")[:LONGEST_SUBJECT],
        text=only_the_writers_words(body_of(part).text)[:LONGEST_NEW_TEXT],
    )


def _written_out(mail: Mail) -> Forwarded | None:
    lines = [_MARK.sub("", line[:_LOOK]).strip() for line in mail.body.text.split("\n")[:_MOST_LINES]]
    said_above = _PREFIX.match(mail.subject) is not None
    for index, line in enumerate(lines):
        said_above = said_above or _says_so(line)
        if said_above and label_kind(line) and (block := _block(lines, index)):
            fields, end = block
            body = "\n".join(_MARK.sub("", line) for line in mail.body.text.split("\n")[end:_MOST_LINES])
            return Forwarded(
                address=_one_address(fields["from"]),
                subject=visible(fields.get("subject", ""))[:LONGEST_SUBJECT],
                text=only_the_writers_words(body)[:LONGEST_NEW_TEXT],
            )
    return None


def _says_so(line: str) -> bool:
    """ "---- Forwarded message ----", or "Begin forwarded message:" alone before its colon."""
    dashed = line[:1] in ("-", "—", "–", "_", "*")
    return len(line) < 100 and (dashed or line.endswith((":", "："))) and _SAYS_SO.search(line) is not None


def _block(lines: list[str], start: int) -> tuple[dict[str, str], int] | None:
    """The header lines from `start` on, and the line below them; None where they name no writer or nothing else."""
    fields: dict[str, str] = {}
    end, last = start, ""
    while end < min(len(lines), start + _BLOCK) and lines[end]:
        kind = label_kind(lines[end])
        if kind:
            last = kind
            fields.setdefault(kind, re.split(r"[:：]", lines[end], maxsplit=1)[1].strip(" *_"))
        elif last == "from" and not _ADDRESS.search(fields["from"]):
            fields["from"] += " " + lines[end]
        end += 1
    return (fields, end) if "from" in fields and len(fields) > 1 else None


def _one_address(text: str) -> str:
    found = {parse_address(address.removeprefix("mailto:")) for address in _ADDRESS.findall(text)} - {""}
    return found.pop() if len(found) == 1 else ""
