"""Fixtures of the mail tests: a real Dovecot, skipped by name where it is not installed."""

from collections.abc import Iterator

import pytest
from dovecot import Dovecot, installed, running_dovecot


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[Dovecot]:
    if not installed():
        pytest.skip("Dovecot is not installed: apt-get install dovecot-imapd dovecot-lmtpd")
    with running_dovecot() as server:
        yield server


@pytest.fixture
def dovecot(dovecot_server: Dovecot, request: pytest.FixtureRequest) -> Dovecot:
    """An inbox of the test's own."""
    return dovecot_server.other(f"{abs(hash(request.node.nodeid))}@marigold.example")
