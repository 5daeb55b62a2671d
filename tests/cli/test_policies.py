"""`policy import` of an address on the web, and `policy unanswered`."""

import asyncio
from pathlib import Path

import pytest

from bot.cli.policies import page_of
from bot.cli.reviewing import CitedTickets
from bot.errors import BadSetting
from bot.outside import Reply
from bot.settings import load_settings
from bot.store import CitedLines, library
from bot.wiring import open_store, utc_now

from .shell import Shell


def a_reply(**changes: object) -> Reply:
    values = {"url": "https://shop.test/privacy", "status": 200, "headers": {"content-type": "text/html"}, "body": b"x"}
    return Reply(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/policy",
        "https://localhost/policy",
        "https://[::1]/policy",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/",
        "https://0x7f.1/",
        "http://shop.example/privacy",
        "file:///etc/passwd",
        "ftp://shop.example/privacy",
    ],
)
def test_an_address_that_is_not_public_or_not_https_is_refused_in_one_line(shell: Shell, url: str) -> None:
    ran = shell(f"policy import {url} --brand rings")

    assert ran.status == 2
    assert ran.refusal


@pytest.mark.parametrize("kind", ["text/html", "text/html; charset=utf-8", "TEXT/PLAIN", "text/markdown"])
def test_a_page_or_a_text_is_taken(kind: str) -> None:
    assert page_of(a_reply(headers={"content-type": kind})) == b"x"


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": {"content-type": "application/pdf"}},
        {"headers": {}},
        {"headers": {"content-type": "image/svg+xml"}},
        {"status": 404},
        {"status": 302},
        {"status": 500},
    ],
)
def test_anything_else_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BadSetting):
        page_of(a_reply(**changes))


def test_a_page_that_sends_on_names_where_and_is_not_followed() -> None:
    with pytest.raises(BadSetting, match="elsewhere"):
        page_of(a_reply(status=302, headers={"location": "https://elsewhere.test/"}))


def test_nothing_unanswered_is_said_so(shell: Shell) -> None:
    assert "Nobody has asked" in shell("policy unanswered --brand marigold").out


def test_what_was_asked_and_not_said_is_listed(shell: Shell) -> None:
    asyncio.run(_count("gpc", "gpc", ""))

    listed = shell("policy unanswered --brand marigold").out

    assert "gpc" in listed
    assert "Global Privacy Control" in listed
    assert "no topic names" in listed


async def _count(*topics: str) -> None:
    async with open_store(load_settings()) as store, store.database.writing() as connection:
        await library.count_silences(connection, "marigold", topics, now=utc_now())


POLICY = """Privacy policy

We collect your personal data when you order and we use cookies.

We keep the data of your orders for seven years.
"""


def test_going_live_waits_for_the_operators_answers_to_what_the_policy_leaves_out(shell: Shell) -> None:
    Path("policy.txt").write_text(POLICY)
    Path("privacy-desk.toml").write_text('[[brands]]\nname = "rings"\n')
    shell("policy import policy.txt --brand rings")

    before = shell("check").out
    Path("brands/rings").mkdir(parents=True)
    Path("brands/rings/brand.toml").write_text(
        'name = "Rings"\n[[overrides]]\nfield = "legal_entity"\nvalue = "Rings Limited"\nauthor = "A. Clerk"\n'
        "date = 2026-11-01\n"
    )
    after = shell("check").out

    assert "legal_entity, which the policy does not say" in before
    assert "legal_entity" not in after
    assert "regulator, which the policy does not say" in after
    assert "A. Clerk" in shell("policy lint --brand rings").out


def test_a_diff_names_the_open_requests_that_were_told_what_is_gone() -> None:
    cited = [
        CitedLines(reference="PD-1", sha256="a" * 64, first_line=3, last_line=5),
        CitedLines(reference="PD-2", sha256="a" * 64, first_line=6, last_line=6),
        CitedLines(reference="PD-3", sha256="b" * 64, first_line=4, last_line=4),
    ]

    assert CitedTickets(cited).open_tickets_on("a" * 64, [4, 9]) == ["PD-1"]
