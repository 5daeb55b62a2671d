"""Mails for the tests, as files on the disk."""

import mailbox
from pathlib import Path

SHOP = "hello@shop.example"


def a_mail(text: str, *, number: int = 1, sender: str = "Ada <ada@example.org>", **headers: str) -> bytes:
    """A plain message; `headers` with _ for -."""
    lines = {
        "From": sender,
        "To": SHOP,
        "Subject": "Hello",
        "Date": "Mon, 02 Mar 2026 10:00:00 +0000",
        "Message-ID": f"<{number}@customers.example>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{head}\r\n{text}\r\n".encode()


DELETION = a_mail("Please delete all my personal data. Thank you.", number=1)
RING = a_mail("Do you have this ring in size 54, and how long is delivery?", number=2, sender="bob@example.org")
STOP = a_mail("Please unsubscribe me from your newsletter.", number=3, sender="eve@example.org")


def as_eml(folder: Path, *mails: bytes) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number}.eml" for number, _ in enumerate(mails, 1)]
    for path, raw in zip(paths, mails, strict=True):
        path.write_bytes(raw)
    return paths


def as_mbox(path: Path, *mails: bytes) -> Path:
    box = mailbox.mbox(path)
    for raw in mails:
        box.add(raw)
    box.close()
    return path


def as_maildir(path: Path, *mails: bytes) -> Path:
    box = mailbox.Maildir(path)
    for raw in mails:
        box.add(raw)
    box.close()
    return path
