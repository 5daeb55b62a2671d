"""`policy topics|lint|diff|evaluate`: an operator reviews a policy, and a developer measures the answers."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bot.cli.console import say, show_table
from bot.cli.policies import policy_of
from bot.errors import BadSetting
from bot.settings import load_settings
from bot.store import CitedLines
from bot.wiring import bytes_of, make_answerer, make_brand, open_store, read_policy
from policy_faq import Answerer, Policy, QuestionFileError, load_topics
from policy_faq.diff import diff_policies
from policy_faq.evaluate import Question, evaluate, load_questions, report_text
from policy_faq.lint import BOT_NEEDS, Finding, answer_to, lint, open_holes
from policy_faq.report_page import report_page


def register(policy: typer.Typer) -> None:
    """Add to the `policy` commands."""
    for name, command in (
        ("topics", show_topics),
        ("lint", lint_policy),
        ("diff", diff_versions),
        ("evaluate", evaluate_answers),
    ):
        policy.command(name)(command)


def show_topics(brand: Annotated[str, typer.Option(help="Whose policy.")] = "marigold") -> None:
    """Show which lines answer which topic, reviewed or proposed, and which topics the policy does not touch."""
    policy, answerer = asyncio.run(policy_of(brand)), make_answerer(load_settings())
    found = answerer.topic_map(policy)
    review = f"reviewed by {found.reviewed_by} on {found.reviewed_on}" if found.reviewed else "proposed, not reviewed"
    say(f"{policy.name}  {policy.sha256[:12]}  {review}")
    table = Table("topic", "lines", "begins")
    for topic, spans in sorted(found.spans.items()):
        for start, end in spans:
            quote = policy.quote(start, end)
            table.add_row(topic, f"{quote.first_line}-{quote.last_line}", quote.text[:60])
    show_table(table, "No topic was found in this policy.")
    silent = sorted(topic.name for topic in load_topics() if not found.spans.get(topic.name))
    say(f"\nThe policy does not say anything on: {', '.join(silent) or 'nothing, it has it all'}")


def lint_policy(brand: Annotated[str, typer.Option(help="Whose policy.")] = "marigold") -> None:
    """List promises, contradictions, holes, placeholders, hidden addresses and stale law, with lines."""
    findings = _findings(brand, make_answerer(load_settings()))(asyncio.run(policy_of(brand)))
    facts = make_brand(load_settings(), brand)
    table = Table("kind", "about", "lines", "figures", "asked for by", "answered by")
    for finding in findings:
        given = answer_to(finding, facts) if finding.kind == "hole" else None
        by = f"{given.author}, {given.date.isoformat()}" if given else ""
        lines, figures = ", ".join(map(str, finding.lines)), ", ".join(finding.figures)
        table.add_row(finding.kind, finding.about, lines, figures, finding.source, by)
    show_table(table, "Nothing was found.")
    needed = [hole.about for hole in open_holes(findings, facts) if hole.about in BOT_NEEDS]
    if needed:
        say(f"Before going live, answer in [[overrides]] of brands/{brand}/brand.toml: {', '.join(needed)}")


def diff_versions(
    old: Annotated[Path, typer.Argument(help="The version before.")],
    new: Annotated[Path, typer.Argument(help="The version after.")],
    brand: Annotated[str, typer.Option(help="Whose policy.")] = "marigold",
    questions: Annotated[Path | None, typer.Option(help="Recorded questions, asked of both versions.")] = None,
) -> None:
    """Say which sentences, promises and recorded answers change."""
    answerer = make_answerer(load_settings())
    recorded = [question.question for question in _questions(questions)] if questions else []
    found = diff_policies(
        read_policy(old, bytes_of(old)),
        read_policy(new, bytes_of(new)),
        findings=_findings(brand, answerer),
        recorded=recorded,
        ask=answerer.answer if recorded else None,
        tickets=CitedTickets(asyncio.run(_cited(brand))),
    )
    for sign, quotes in (("-", found.removed), ("+", found.added)):
        for quote in quotes:
            say(f"{sign} line {quote.first_line}: {quote.text}")
    for sign, findings in (("-", found.findings_gone), ("+", found.findings_new)):
        for finding in findings:
            say(f"{sign} {finding.kind}: {finding.about} {finding.lines or ''}")
    for change in found.answers:
        say(f"answered otherwise: {change.question}")
    for reference in found.tickets:
        say(f"open request that was told a sentence which is gone: {reference}")
    if found.is_empty:
        say("No sentence changes.")


def evaluate_answers(
    files: Annotated[list[Path], typer.Argument(help='JSON lines with "id", "question", "policy" and "gold" lines.')],
    policies: Annotated[list[Path], typer.Option("--policy", help="A policy file, known by its name without ending.")],
    html: Annotated[Path | None, typer.Option(help="Also write the report as a page.")] = None,
) -> None:
    """Ask questions whose lines are known, and say what was right, wrong, and rightly or wrongly refused."""
    answerer = make_answerer(load_settings())
    known = {path.stem: read_policy(path, bytes_of(path)) for path in policies}
    outcomes = evaluate([question for file in files for question in _questions(file)], known, answerer.answer)
    say(report_text(outcomes))
    if html is not None:
        html.write_text(report_page(outcomes), encoding="utf-8")


class CitedTickets:
    """Protocol `TicketLines` over what the open requests were told."""

    def __init__(self, cited: Sequence[CitedLines]) -> None:
        self._cited = cited

    def open_tickets_on(self, policy_sha256: str, lines: Sequence[int]) -> Sequence[str]:
        hit = [
            cited.reference
            for cited in self._cited
            if cited.sha256 == policy_sha256 and any(cited.first_line <= line <= cited.last_line for line in lines)
        ]
        return sorted(set(hit))


async def _cited(brand: str) -> list[CitedLines]:
    async with open_store(load_settings()) as store:
        return await store.cited_lines(brand)


def _findings(brand: str, answerer: Answerer) -> Callable[[Policy], tuple[Finding, ...]]:
    found = make_brand(load_settings(), brand)
    return lambda policy: lint(policy, answerer.topic_map(policy), found)


def _questions(path: Path) -> tuple[Question, ...]:
    try:
        return load_questions(path)
    except (OSError, QuestionFileError) as error:
        raise BadSetting(str(error)) from error
