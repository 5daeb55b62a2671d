"""The promise ledger, and what a new version changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pytest
from policy_builders import a_policy

from policy_faq import Answerer, Policy, load_brand
from policy_faq.brands.brand import Contact, Override
from policy_faq.diff import diff_policies
from policy_faq.lint import BOT_NEEDS, Finding, lint, open_holes

OLD = "Orders\n\nWe keep orders and invoices for seven years.\n\nSale\n\nWe never sell your personal data to anyone.\n"
NEW = "Orders\n\nWe keep orders and invoices for nine years.\n\nSale\n\nWe never sell your personal data to anyone.\n"


@dataclass
class FakeTickets:
    """Remembers what it was asked and answers with one ticket."""

    asked: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)

    def open_tickets_on(self, policy_sha256: str, lines: Sequence[int]) -> Sequence[str]:
        self.asked.append((policy_sha256, tuple(lines)))
        return ["PD-1"]


def kinds(findings: Sequence[Finding], kind: str) -> dict[str, tuple[int, ...]]:
    return {finding.about: finding.lines for finding in findings if finding.kind == kind}


def test_the_ledger_of_the_hardest_policy(answerer: Answerer, real: Mapping[str, Policy]) -> None:
    policy = real["jane-ellen"]

    found = lint(policy, answerer.topic_map(policy), load_brand("jane-ellen"))

    assert kinds(found, "contradiction")["request_response_time"] == (26, 438, 622)
    assert set(kinds(found, "placeholder")["never filled in, or made up"]) >= {23, 25, 634, 647}
    assert len(kinds(found, "redaction")["hidden address"]) == 18
    assert "authorized_agent" in kinds(found, "hole")


def test_annulled_law_is_found(answerer: Answerer, real: Mapping[str, Policy]) -> None:
    policy = real["james-allen"]

    found = lint(policy, answerer.topic_map(policy))

    assert set(kinds(found, "stale law")["law that was annulled or replaced"]) == {415, 419}


def test_spam_above_the_policy_is_no_finding(answerer: Answerer, real: Mapping[str, Policy]) -> None:
    policy = real["jane-ellen"]

    assert not any(line <= 8 for found in lint(policy, answerer.topic_map(policy)) for line in found.lines)


def test_a_hole_is_open_until_the_operator_answers_it(answerer: Answerer) -> None:
    policy = a_policy(OLD)
    findings = lint(policy, answerer.topic_map(policy))

    assert open_holes(findings, load_brand("unknown"))


def an_override(field: str, value: str = "as the operator says") -> Override:
    return Override(field=field, value=value, author="A. Clerk", date=date(2026, 11, 1))


@pytest.mark.parametrize(
    ("hole", "field"), [("legal_entity", "legal_entity"), ("contact_email", "contacts.email.privacy")]
)
def test_an_answer_with_author_and_date_fills_a_hole(answerer: Answerer, hole: str, field: str) -> None:
    policy, brand = a_policy(OLD), load_brand("unknown")
    findings = lint(policy, answerer.topic_map(policy), brand)

    filled = replace(brand, overrides=(an_override(field),))

    gone = {found.about for found in open_holes(findings, brand)} - {
        found.about for found in open_holes(findings, filled)
    }
    assert gone == {hole}
    assert hole in BOT_NEEDS


def test_an_answer_to_something_else_fills_no_hole(answerer: Answerer) -> None:
    policy, brand = a_policy(OLD), load_brand("unknown")
    findings = lint(policy, answerer.topic_map(policy), brand)

    assert open_holes(findings, replace(brand, overrides=(an_override("legal_entity_of_somebody"),))) == open_holes(
        findings, brand
    )


@pytest.mark.parametrize(
    ("contact", "versions", "open_"),
    [
        (Contact(kind="email", value="shop@example.org", lines=(3,)), 1, False),
        (Contact(kind="email", state="redacted", lines=(3,)), 1, True),
        (Contact(kind="form", value="on the page", lines=(3,)), 1, True),
        (Contact(kind="email", value="shop@example.org", lines=(3,)), 0, True),
    ],
)
def test_an_address_among_the_brands_facts_fills_the_hole(
    answerer: Answerer, contact: Contact, versions: int, open_: bool
) -> None:
    policy = a_policy(OLD)
    brand = replace(load_brand("unknown"), contacts=(contact,), policy_sha256=(policy.sha256,) * versions)

    holes = kinds(lint(policy, answerer.topic_map(policy), brand), "hole")

    assert ("contact_email" in holes) is open_


def test_a_hidden_address_leaves_the_hole_open(answerer: Answerer) -> None:
    shown = a_policy("Contact\n\nWrite to our privacy team by e-mail at privacy@rings.example.\n")
    hidden = a_policy("Contact\n\nWrite to our privacy team by e-mail at [email protected].\n")

    holes = [kinds(lint(policy, answerer.topic_map(policy)), "hole") for policy in (shown, hidden)]

    assert ["contact_email" in found for found in holes] == [False, True]


def test_a_promise_names_its_figures(answerer: Answerer, marigold: Policy) -> None:
    found = lint(marigold, answerer.topic_map(marigold))

    assert [f.figures for f in found if f.about == "retention: retention_orders"] == [("7 years",)]


def test_a_diff_names_the_sentence_the_answer_and_the_ticket_that_change(answerer: Answerer) -> None:
    old, new, tickets = a_policy(OLD), a_policy(NEW), FakeTickets()

    found = diff_policies(
        old,
        new,
        findings=lambda policy: lint(policy, answerer.topic_map(policy)),
        recorded=("How long do you keep invoices?", "Do you sell my data?"),
        ask=answerer.answer,
        tickets=tickets,
    )

    assert [quote.text for quote in found.removed] == ["We keep orders and invoices for seven years."]
    assert [quote.text for quote in found.added] == ["We keep orders and invoices for nine years."]
    assert [change.question for change in found.answers] == ["How long do you keep invoices?"]
    assert found.tickets == ("PD-1",)
    assert tickets.asked == [(old.sha256, (7,))]


def test_the_same_policy_twice_has_no_diff() -> None:
    assert diff_policies(a_policy(OLD), a_policy(OLD)).is_empty
