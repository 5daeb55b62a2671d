"""One key for one content, wherever it arrives.

Never the Message-ID alone: anybody may claim an id before its owner does.
"""

import hashlib
import re

from bot.channels.mail.addresses import writer_of
from bot.channels.mail.headers import message_ids, parse_fields
from bot.channels.mail.structure import LARGEST_HEADER

_BLANK_LINE = re.compile(rb"\A\r?\n|\n\r?\n")


def content_key(raw: bytes) -> str:
    """SHA-256 (hex) over id, From address, Date, Subject and the body without what relays change; never raises."""
    blank = _BLANK_LINE.search(raw, 0, LARGEST_HEADER)
    header, body = (raw[: blank.start()], raw[blank.end() :]) if blank else (raw[:LARGEST_HEADER], b"")
    headers = parse_fields(header[:LARGEST_HEADER])
    digest = hashlib.sha256()
    for part in (
        "".join(message_ids(headers.first("message-id"))[:1]).encode("utf-8", "replace"),
        (writer_of(headers).address or headers.first("from")).encode("utf-8", "replace"),
        headers.first("date").encode("utf-8", "replace"),
        " ".join(headers.first("subject").split()).encode("utf-8", "replace"),
        body.replace(b"\r", b"").rstrip(),
    ):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
