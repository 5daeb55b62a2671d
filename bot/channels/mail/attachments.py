"""Takes the attachments out of a mail and leaves the rest as it was, with a line that says so.

Law: an attachment is never opened or decoded; a mail that cannot be taken apart goes whole.
"""

from email import message_from_bytes, policy
from email.message import Message

_WORDS = ("text/plain", "text/html")


def without_attachments(raw: bytes) -> bytes | None:
    """The mail without its attachments; None where only all of it can be removed."""
    try:
        mail = message_from_bytes(raw, policy=policy.compat32)
        for part in mail.walk():
            if _is_attached(part):
                _empty(part)
        return mail.as_bytes()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _is_attached(part: Message) -> bool:
    if part.is_multipart() and part.get_content_maintype() != "message":
        return False
    named = part.get_filename() is not None or "attachment" in str(part.get("Content-Disposition", "")).lower()
    return named or part.get_content_type() not in _WORDS


def _empty(part: Message) -> None:
    for name in [name for name, _ in part.items() if name.lower().startswith("content-")]:
        del part[name]
    part["Content-Type"] = "text/plain; charset=us-ascii"
    part["Content-Disposition"] = "inline"
    part.set_payload("[attachment removed]\r\n")
