"""Accounts that take no password: a refresh token buys access tokens, and the server takes them (XOAUTH2)."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from dovecot import installed, running_dovecot
from mail_builders import a_mail
from postfix import running_postfix, usable

from bot.channels.mail.imap_in import ImapMailbox
from bot.channels.mail.oauth import AccessTokens
from bot.channels.mail.sink import MailSink
from bot.channels.mail.smtp_out import Submission, submit
from bot.errors import BadSetting, NotNow

USER = "hello@marigold.example"


class Provider:
    """Trades the right refresh token for numbered access tokens, and says whose they are."""

    def __init__(self) -> None:
        self.given = 0
        self.lasting = 3600
        self.status = 200

    def answer(self, path: str, form: dict[str, list[str]]) -> tuple[int, dict[str, object]]:
        if path == "/token":
            if form.get("refresh_token") != ["refresh-1"] or form.get("grant_type") != ["refresh_token"]:
                return 400, {"error": "invalid_grant"}
            self.given += 1
            return self.status, {"access_token": f"access-{self.given}", "expires_in": self.lasting}
        good = form.get("token") == [f"access-{self.given}"]
        return 200, {"active": good, "username": USER}


@contextmanager
def serving(provider: Provider) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            status, said = provider.answer(self.path, form)
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def tokens(url: str, refresh: str = "refresh-1") -> AccessTokens:
    return AccessTokens(url=f"{url}/token", client_id="desk", refresh_token=refresh)


def test_a_token_is_used_until_shortly_before_its_end() -> None:
    provider = Provider()
    with serving(provider) as url:
        lasting = tokens(url)
        assert [lasting(), lasting()] == ["access-1", "access-1"]

        provider.lasting = 60
        short = tokens(url)
        assert [short(), short()] == ["access-2", "access-3"]


def test_a_refresh_token_that_is_refused_is_a_setting_to_mend() -> None:
    with serving(Provider()) as url, pytest.raises(BadSetting, match="sign in again"):
        tokens(url, "stolen")()


def test_a_provider_that_is_away_is_asked_again_later() -> None:
    provider = Provider()
    provider.status = 503
    with serving(provider) as url, pytest.raises(NotNow):
        tokens(url)()
    with pytest.raises(NotNow):
        tokens("http://127.0.0.1:1")()


@pytest.mark.real_server
@pytest.mark.skipif(not installed(), reason="Dovecot is not installed: apt-get install dovecot-imapd dovecot-lmtpd")
def test_a_real_server_takes_the_token_and_refuses_another() -> None:
    provider = Provider()
    with serving(provider) as url, running_dovecot(introspection=f"{url}/introspect") as server:
        server.deliver(a_mail())
        mailbox = ImapMailbox(server.settings(password="", token=tokens(url)))
        found = list(mailbox.fetch_new(None))
        mailbox.close()
        assert len(found) == 1

        with pytest.raises(BadSetting, match="refuses the account"):
            ImapMailbox(server.settings(password="", token=lambda: "access-0")).connect()


@pytest.mark.real_server
@pytest.mark.skipif(not usable(), reason="Postfix is not installed, or we are not root: apt-get install postfix")
@pytest.mark.skipif(not installed(), reason="Dovecot is not installed: apt-get install dovecot-imapd dovecot-lmtpd")
def test_a_real_submission_server_takes_the_token_and_refuses_another(tmp_path: Path) -> None:
    """XOAUTH2 on the way out: Postfix behind STARTTLS asks Dovecot, which asks the provider whose token it is."""
    provider = Provider()

    async def road(url: str, auth: int) -> int:
        async with MailSink(tmp_path) as sink:
            await asyncio.to_thread(relay, url, auth, sink.port)
            return len(sink.paths())

    def relay(url: str, auth: int, out: int) -> None:
        with running_postfix(relay=f"[127.0.0.1]:{out}", auth=auth, trusting=False) as postfix:
            ours = Submission(
                host="localhost", port=postfix.port, username=USER, ca_file=str(postfix.certificate), timeout=10,
                token=tokens(url),
            )  # fmt: skip
            asyncio.run(submit(ours, "ada@example.org", a_mail()))
            with pytest.raises(NotNow):
                asyncio.run(submit(replace(ours, token=lambda: "access-0"), "ada@example.org", a_mail()))
            assert postfix.drained()

    with serving(provider) as url, running_dovecot(introspection=f"{url}/introspect") as server:
        assert asyncio.run(road(url, server.auth)) == 1
