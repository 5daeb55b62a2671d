"""Raw messages out of files: one .eml, an mbox or a Maildir; the bytes as they lie there."""

import mailbox
from collections.abc import Iterator
from pathlib import Path


def raw_mails(path: Path) -> Iterator[bytes]:
    """Every message below `path`, in the order in which it lies there. Raises `OSError` where it cannot be read."""
    if path.is_dir() and (path / "cur").is_dir():
        yield from (file.read_bytes() for name in ("new", "cur") for file in sorted((path / name).iterdir()))
    elif path.is_dir():
        yield from (file.read_bytes() for file in sorted(path.rglob("*.eml")))
    elif _is_mbox(path):
        box = mailbox.mbox(path, create=False)
        try:
            yield from (box.get_bytes(key) for key in box.iterkeys())
        finally:
            box.close()
    else:
        yield path.read_bytes()


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(5) == b"From "
