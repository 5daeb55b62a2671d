"""Reports about mail of ours: delivery status, read receipts, complaints (RFC 3464, 8098, 5965).

A delay is not a failure; a report is never a person's message, even where a person's name stands on it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.channels.mail.headers import message_ids, parse_fields
from bot.channels.mail.reading import Mail
from bot.channels.mail.structure import Part
from bot.core.messages import Bounce, Silence

_KINDS = ("delivery-status", "disposition-notification", "feedback-report", "global-delivery-status")
_LARGEST_STATUS = 64 * 1024
#: A failed recipient, as Exim and others name it outside a report.
_MAIL_SYSTEM = re.compile(r"(?:mailer[-_]?daemon|mail-?daemon|postmaster)@", re.IGNORECASE)
_NAMED_RECIPIENT = re.compile(r"^\s{0,8}<?([^\s<>:]{1,64}@[^\s<>:]{1,253})>?:?\s", re.MULTILINE)
_CITED_ID = re.compile(r"^\s{0,8}Message-ID:\s{0,8}<([!-;=?-~]{1,300})>", re.IGNORECASE | re.MULTILINE)
_FAILED_FOR_GOOD = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b|\b55[0-4]\b")
_TAGGED = re.compile(r"[^@]{1,64}\+([a-z2-7]{20,60})@", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>;,]{1,64}@[^\s<>;,]{1,253}")


def report_kind(mail: Mail) -> str:
    """ "delivery-status", "disposition-notification", "feedback-report", or "" for anything else."""
    if mail.tree.content_type == "multipart/report":
        claimed = mail.tree.parameters.get("report-type", "").lower()
        found = [kind for kind in _KINDS if claimed == kind or _find(mail.tree, f"message/{kind}")]
        return found[0].removeprefix("global-") if found else claimed[:40] or "unknown"
    return next((kind for kind in _KINDS[:3] if mail.tree.content_type == f"message/{kind}"), "")


def bounce_of(mail: Mail, *, sent_to: Sequence[str] = (), silence: Silence | None = None) -> Bounce | None:
    """What a delivery report says; None where the mail is none. Several recipients: the worst that is told.

    `sent_to` are the mailboxes that it came to: one with a tag of our making says which mail it is about.
    """
    tag = next((found[1].lower() for found in map(_TAGGED.match, sent_to) if found), "")
    if report_kind(mail) == "delivery-status":
        return replace(_from_report(mail), tag=tag)
    failed = mail.headers.first("x-failed-recipients")
    if failed or _MAIL_SYSTEM.match(mail.writer.address) or (tag and _comes_from_a_machine(silence)):
        found = _outside_the_standard(mail, failed)
        return replace(found, tag=tag) if found else _only_by_its_tag(mail, tag)
    return None


def _comes_from_a_machine(silence: Silence | None) -> bool:
    """The null sender or a mail system; an automatic answer of a person's mailbox is no failure."""
    return silence is not None and silence.rule in ("L02", "L07")


def _only_by_its_tag(mail: Mail, tag: str) -> Bounce | None:
    """Nothing in it says what it is about but the mailbox that it came to."""
    failed = _FAILED_FOR_GOOD.search(mail.body.text[:_LARGEST_STATUS]) is not None
    return Bounce(original_message_id="", recipient="", permanent=failed, tag=tag) if tag else None


def _outside_the_standard(mail: Mail, failed: str) -> Bounce | None:
    """A bounce in free text, as qmail and Exim write it: it names the recipient, and brings our mail back as text."""
    text = mail.body.text[:_LARGEST_STATUS]
    named = failed or "".join(found[1] for found in [_NAMED_RECIPIENT.search(text)] if found)
    cited = _CITED_ID.search(text)
    original = cited[1] if cited else _original_id(mail)
    if not named and not original:
        return None
    permanent = bool(failed) or _FAILED_FOR_GOOD.search(text) is not None
    return Bounce(original_message_id=original, recipient=_first_address(named), permanent=permanent)


def _from_report(mail: Mail) -> Bounce:
    status = _find(mail.tree, "message/delivery-status") or _find(mail.tree, "message/global-delivery-status")
    groups = _groups(status) if status else []
    recipient, permanent = "", False
    for group in groups:
        action = group.get("action", "").partition(";")[0].strip().lower()
        for_good = action == "failed" and not group.get("status", "5").strip().startswith("4")
        if for_good or not recipient:
            named = group.get("original-recipient") or group.get("final-recipient", "")
            recipient = _first_address(named.partition(";")[2]) or recipient
        permanent = permanent or for_good
    return Bounce(original_message_id=_original_id(mail), recipient=recipient, permanent=permanent)


def _groups(status: Part) -> list[dict[str, str]]:
    """The per-recipient blocks of a delivery-status part, without the first block, which is about the message."""
    text = status.decoded(_LARGEST_STATUS).replace(b"\r\n", b"\n")
    blocks = [parse_fields(block.strip(b"\n")) for block in re.split(rb"\n[ \t]*\n", text) if block.strip()]
    found = [{field.name: field.raw for field in block.fields} for block in blocks]
    return [block for block in found if "action" in block or "final-recipient" in block]


def _original_id(mail: Mail) -> str:
    """Message-ID of the mail that a report brings back, whole or as headers only."""
    for part in mail.tree.walk():
        if part is mail.tree:
            continue
        headers = part.headers
        if part.content_type == "text/rfc822-headers":
            headers = parse_fields(part.decoded(_LARGEST_STATUS).replace(b"\r\n", b"\n").lstrip(b"\n"))
        if found := message_ids(headers.first("message-id"), 1):
            return found[0]
    return mail.references[0] if mail.references else ""


def _first_address(text: str) -> str:
    found = _ADDRESS.search(text[:1000])
    return found[0] if found else ""


def _find(tree: Part, content_type: str) -> Part | None:
    return next((part for part in tree.walk() if part.content_type == content_type), None)
