"""Each test stands in an empty folder, with nothing of the machine's own settings."""

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import structlog

from bot import wiring
from bot.cli import reading
from bot.examining import setup as examining
from policy_faq.encoder import SentenceEncoder, load_encoder

from .shell import Shell
from .told import ToldReader


class NoDns:
    """The tests reach nobody."""

    async def txt(self, name: str) -> Sequence[str]:
        raise OSError(f"the DNS gives no answer for {name}")


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder | None:
    """The sentence encoder, loaded once."""
    return load_encoder()


@pytest.fixture
def shell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, encoder: SentenceEncoder | None
) -> Iterator[Shell]:
    for name in [name for name in os.environ if name.startswith("PRIVACY_DESK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    for module in (examining, reading, wiring.desk):
        monkeypatch.setattr(module, "make_classifier", ToldReader)
    monkeypatch.setattr(examining, "SystemDns", NoDns)
    monkeypatch.setattr(wiring.policies, "load_encoder", lambda: encoder)
    yield Shell(monkeypatch=monkeypatch, captured=capsys)
    # The log goes to a stream of this test's until it is told otherwise.
    structlog.reset_defaults()
    for handler in logging.root.handlers[:]:
        if type(handler) is logging.StreamHandler:
            logging.root.removeHandler(handler)
