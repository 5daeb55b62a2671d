"""The fictional shop is complete: policy, facts, topic map and inbox agree with each other."""

import hashlib
import re
import tomllib
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from policy_faq.brands.loading import SHIPPED, load_brand
from policy_faq.catalogue import load_topics
from policy_faq.importing import import_policy
from policy_faq.topic_map import load_map

BRAND = SHIPPED / "marigold"
POLICY = BRAND / "policy.txt"
DEMO = Path(__file__).parents[2] / "bot" / "demo"
OUTCOMES = {"ordinary", "answered", "proof_asked", "acted", "staff", "dropped"}
EXPECTED = tomllib.loads((DEMO / "expected.toml").read_text(encoding="utf-8"))
LINES = POLICY.read_text(encoding="utf-8").splitlines()


def inbox() -> list[Path]:
    return sorted((DEMO / "inbox").glob("*.eml"))


def test_the_facts_belong_to_the_shipped_policy() -> None:
    brand = load_brand("marigold")

    assert brand.policy_file == POLICY
    assert brand.policy_sha256[-1] == hashlib.sha256(POLICY.read_bytes()).hexdigest()


def test_every_fact_names_lines_that_say_something() -> None:
    brand = load_brand("marigold")
    facts = (*brand.contacts, *brand.opt_out_routes, *brand.promises, *brand.retention, *brand.ages, *brand.facts)

    assert all(fact.lines for fact in facts)
    assert all(LINES[line - 1].strip() for fact in facts for line in fact.lines)


def test_every_figure_stands_in_one_of_its_lines() -> None:
    brand = load_brand("marigold")
    figures = [(item.amount, item.lines) for item in (*brand.promises, *brand.retention) if item.amount is not None]
    figures += [(rule.years, rule.lines) for rule in brand.ages]
    figures += [(fact.value, fact.lines) for fact in brand.facts if type(fact.value) is int]

    for figure, lines in figures:
        said = " ".join(LINES[line - 1] for line in lines)
        assert re.search(rf"\b{figure}\b", said) or (figure == 1 and "one month" in said), (figure, lines)


def test_published_contacts_stand_in_the_policy() -> None:
    contacts = [contact for contact in load_brand("marigold").contacts if contact.kind in ("email", "phone")]

    assert all(any(contact.value in LINES[line - 1] for line in contact.lines) for contact in contacts)


def test_the_reviewed_topic_map_fits_the_policy_and_the_catalogue() -> None:
    topics = load_map(BRAND / "topics.toml", import_policy(POLICY.read_bytes(), name="policy.txt"))

    assert topics is not None
    assert set(topics.spans) <= {topic.name for topic in load_topics()}
    assert all(topics.spans.values())


def test_every_message_of_the_inbox_has_its_expectation() -> None:
    assert {path.stem for path in inbox()} == set(EXPECTED)
    assert len(EXPECTED) >= 25


@pytest.mark.parametrize("path", inbox(), ids=lambda path: path.stem)
def test_a_message_is_one_that_a_mail_server_would_pass_on(path: Path) -> None:
    raw = path.read_bytes()
    message = message_from_bytes(raw, policy=policy.default)

    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert all(message[name] for name in ("Date", "From", "To", "Message-ID", "Subject", "MIME-Version"))
    assert not [defect for part in message.walk() for defect in part.defects]


def test_no_two_messages_share_an_id() -> None:
    ids = [message_from_bytes(path.read_bytes(), policy=policy.default)["Message-ID"] for path in inbox()]

    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_an_expectation_names_known_outcomes_and_lines(name: str) -> None:
    expected = EXPECTED[name]
    ranges = expected.get("lines", [])

    assert {expected["outcome"], *expected.get("also", ())} <= OUTCOMES
    assert bool(expected["intents"]) == (expected["outcome"] not in ("ordinary", "dropped"))
    assert all(1 <= first <= last <= len(LINES) for first, last in ranges)
    assert expected.get("after", name) <= name
