"""Our words as a mail: plain text and HTML, in the shop's name, that any client shows and no client mistakes.

The bytes are written here and not by a library, because what may stand in a header is decided here: a value with a line
break or a control character is refused, never mended (T26). Nothing of what a stranger wrote goes into the body, and of
their headers only identifiers and, where the caller passes it, the subject.
"""

import binascii
import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator
from email.utils import format_datetime
from html import escape

from bot.channels.mail.addresses import parse_address
from bot.channels.mail.sending_rules import LOOP_HEADER
from bot.channels.protocol import Outgoing
from bot.core.effects import Part, Quotation
from bot.core.playbook import Playbook
from bot.errors import BadMessage
from bot.words import caption, phrase, render

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_ANSWER_PREFIX = re.compile(r"(?:re|aw|antw|sv|vs|odp|ynt|rif|res)\s?(?:\[\d{1,3}\])?\s?:\s*", re.I)
_LINK = re.compile(r"://|\bwww\.|\.(?:com|net|org|info|biz|ru|cn|xyz|top|click|link)\b", re.IGNORECASE)
_LINE = 76
_MOST_REFERENCES = 20
_LONGEST_SUBJECT = 200

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{margin:0;padding:24px;background:#ffffff;color:#1d2129;"
    "font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif}"
    "main{max-width:640px;margin:0 auto}"
    "p{margin:0 0 16px}"
    "p.code{font-size:24px;font-weight:600}"
    "figure{margin:0 0 20px}"
    "figcaption{font-size:14px;color:#5b6472;margin:0 0 6px}"
    "blockquote{margin:0;padding:10px 16px;border-left:4px solid #7a869a;background:#f3f5f8;white-space:pre-wrap}"
    "footer{margin-top:28px;padding-top:12px;border-top:1px solid #d5dae1;font-size:14px;color:#5b6472}"
    "@media (prefers-color-scheme:dark){body{background:#16181d;color:#e8eaee}figcaption,footer{color:#a9b1be}"
    "blockquote{background:#23272f;border-left-color:#7a869a}footer{border-top-color:#3a404b}}"
)


def render_mail(outgoing: Outgoing, playbook: Playbook, *, sender: str, loop_mark: str) -> bytes:
    """The message with CRLF line ends. The same outgoing row always gives the same bytes."""
    boundary = "=_" + hashlib.sha256(outgoing.id.encode()).hexdigest()[:32]
    lines = [_field(name, value) for name, value in _headers(outgoing, playbook, sender=sender, loop_mark=loop_mark)]
    lines += ["MIME-Version: 1.0", f'Content-Type: multipart/alternative; boundary="{boundary}"', ""]
    for kind, content in (
        ("plain", _plain(outgoing, playbook)),
        ("html", _html(outgoing, playbook)),
    ):
        lines += [
            f"--{boundary}",
            f"Content-Type: text/{kind}; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
            "",
            _quoted_printable(content),
        ]
    lines += [f"--{boundary}--", ""]
    return "\r\n".join(lines).encode("ascii")


def _headers(outgoing: Outgoing, playbook: Playbook, *, sender: str, loop_mark: str) -> Iterator[tuple[str, str]]:
    yield "From", _mailbox(playbook.shop, sender)
    yield "To", _address(outgoing.recipient)
    yield "Subject", _encoded(_subject(outgoing))
    yield "Date", format_datetime(outgoing.created_at)
    yield "Message-ID", _identifier(outgoing.message_id)
    if outgoing.in_reply_to:
        yield "In-Reply-To", _identifier(outgoing.in_reply_to)
        chain = dict.fromkeys([*outgoing.references, outgoing.in_reply_to])
        yield "References", " ".join(_identifier(found) for found in list(chain)[-_MOST_REFERENCES:])
    yield "Auto-Submitted", "auto-replied"
    yield "X-Auto-Response-Suppress", "All"
    yield LOOP_HEADER, loop_mark
    yield "Content-Language", outgoing.language


def _subject(outgoing: Outgoing) -> str:
    """The thread's subject where the caller passes one without a link (L21), else a fixed phrase (L20)."""
    if outgoing.kind == "code":
        return phrase("mail_subject_code", outgoing.language)
    subject = _checked(outgoing.subject)[:_LONGEST_SUBJECT]
    if not subject or _LINK.search(subject):
        return phrase("mail_subject_reply", outgoing.language)
    return f"Re: {without_answer_prefix(subject)}"


def without_answer_prefix(subject: str) -> str:
    """A subject without the "Re:" of any language at its start, once."""
    found = _ANSWER_PREFIX.match(subject)
    return subject[found.end() :] if found else subject


def _checked(value: str) -> str:
    if _FORBIDDEN.search(value):
        raise BadMessage("A header of the outgoing mail would hold a control character; it was not sent.")
    return value


def _field(name: str, value: str) -> str:
    """One header field, folded at its spaces."""
    lines = [f"{name}:"]
    for word in _checked(value).split(" "):
        if len(lines[-1]) + len(word) >= _LINE and lines[-1].strip(f"{name}: "):
            lines.append("")
        lines[-1] += " " + word
    return "\r\n".join(lines)


def _encoded(text: str) -> str:
    """`text` as it stands where it is plain ASCII, else in encoded words of at most 75 characters (RFC 2047)."""
    if text.isascii() and "=?" not in _checked(text):
        return text
    return " ".join(f"=?utf-8?B?{b64encode(piece).decode('ascii')}?=" for piece in _slices(text, 45))


def _slices(text: str, most: int) -> Iterator[bytes]:
    """UTF-8 of `text` in pieces of at most `most` bytes, no character cut."""
    piece = b""
    for character in _checked(text):
        encoded = character.encode("utf-8", "replace")
        if len(piece) + len(encoded) > most:
            yield piece
            piece = b""
        piece += encoded
    yield piece


def _mailbox(name: str, address: str) -> str:
    if name.isascii() and "=?" not in name:
        escaped = _checked(name).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{_address(address)}>'
    return f"{_encoded(name)} <{_address(address)}>"


def _address(text: str) -> str:
    """Exactly one plain address."""
    if not text or not text.isascii() or parse_address(text).lower() != text.lower():
        raise BadMessage("The recipient or the sender of an outgoing mail is not one plain address; it was not sent.")
    return text


def _identifier(text: str) -> str:
    bare = text.strip().removeprefix("<").removesuffix(">")
    if not bare or not bare.isascii() or re.search(r"[\s<>]", bare) or len(bare) > 900:
        raise BadMessage("A Message-ID of the outgoing mail cannot be written; it was not sent.")
    return f"<{_checked(bare)}>"


def _quoted_printable(text: str) -> str:
    data = binascii.b2a_qp(text.replace("\r\n", "\n").encode("utf-8", "replace"), istext=True)
    return data.replace(b"\n", b"\r\n").decode("ascii")


def footer_lines(playbook: Playbook, language: str) -> list[str]:
    """Who wrote this, how to reach a person, and where the policy stands if the operator has said so."""
    wrote = phrase("mail_footer", language, shop=playbook.shop)
    whole = [phrase("policy_whole", language, link=playbook.policy_url)] if playbook.policy_url else []
    if playbook.contact:
        return [wrote, phrase("mail_footer_human", language, contact=playbook.contact), *whole]
    return [wrote, phrase("mail_footer_human_reply", language), *whole]


def _plain(outgoing: Outgoing, playbook: Playbook) -> str:
    blocks = [_plain_part(part, outgoing.language) for part in outgoing.parts]
    return "\n\n".join([*blocks, "-- \n" + "\n".join(footer_lines(playbook, outgoing.language))]) + "\n"


def _plain_part(part: Part, language: str) -> str:
    if isinstance(part, Quotation):
        return f"{caption(part, language)}:\n\n{part.text}"
    return render(part, language)


def _html(outgoing: Outgoing, playbook: Playbook) -> str:
    body = "\n".join(_html_part(part, outgoing.language) for part in outgoing.parts)
    footer = "<br>".join(map(escape, footer_lines(playbook, outgoing.language)))
    return (
        f'<!doctype html>\n<html lang="{escape(outgoing.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f'<meta name="supported-color-schemes" content="light dark"><style>{_STYLE}</style></head>\n'
        f"<body><main>\n{body}\n<footer>{footer}</footer>\n</main></body></html>\n"
    )


def _html_part(part: Part, language: str) -> str:
    if isinstance(part, Quotation):
        # The border is repeated in place for the clients that drop style sheets.
        quote = f'<blockquote style="border-left:4px solid #7a869a;padding:10px 16px">{_lines(part.text)}</blockquote>'
        return f"<figure><figcaption>{escape(caption(part, language))}</figcaption>{quote}</figure>"
    kind = ' class="code"' if part.key == "the_code" else ""
    return f"<p{kind}>{_lines(render(part, language))}</p>"


def _lines(text: str) -> str:
    return escape(text).replace("\r\n", "\n").replace("\n", "<br>")
