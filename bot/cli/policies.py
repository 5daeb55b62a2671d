"""`ask` and `policy`: a policy's own words."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.table import Table

from bot.cli.console import clean, each_line, out, print_json, say, show_table
from bot.errors import BadSetting
from bot.outside import Reply, Request, exchange
from bot.settings import load_settings
from bot.store import SilentTopic
from bot.wiring import bytes_of, make_answerer, make_brand, open_store, read_policy, utc_now
from policy_faq import Answerer, Policy, PolicyAnswer, import_policy, load_topics

#: Content types that a policy may have on the web.
_PAGES = ("text/html", "application/xhtml+xml", "text/plain", "text/markdown")
group = typer.Typer(help="The policies that answers are quoted from.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.command()(ask)
    app.add_typer(group, name="policy")


def ask(
    question: Annotated[str | None, typer.Argument(help="Without it, JSON lines are read from standard input.")] = None,
    brand: Annotated[str, typer.Option(help="A brand whose policy was imported, or a shipped one.")] = "marigold",
    policy: Annotated[Path | None, typer.Option(help="A policy file, instead of a brand.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on a line.")] = False,
) -> None:
    """Answer a question with the policy's own words, or say that it does not say."""
    text = read_policy(policy, bytes_of(policy)) if policy else asyncio.run(policy_of(brand))
    answerer = make_answerer(load_settings())
    if question is None:
        bad = each_line(sys.stdin.buffer, "question", lambda given: _answered(answerer, text, given))
        raise typer.Exit(2 if bad else 0)
    answer = answerer.answer(clean(question), text)
    if as_json:
        print_json(as_object("1", answer))
    else:
        _show_answer(answer)


@group.command("import")
def import_file(
    source: Annotated[str, typer.Argument(help="A file of text, Markdown or HTML, or the https:// address of one.")],
    brand: Annotated[str, typer.Option(help="The brand that it belongs to; an unknown one gets a minimal brand.")],
) -> None:
    """Put a policy into force; the version before stays in the database."""
    file, raw = _fetched(source) if "://" in source else (Path(source), bytes_of(Path(source)))
    policy = read_policy(file, raw)
    make_brand(load_settings(), brand)
    fresh = asyncio.run(_import(brand, policy, raw))
    if not fresh:
        say(f"Already imported: this is the policy of {brand} that is in force.")
        return
    dropped = sum(part.last_line - part.first_line + 1 for part in policy.dropped)
    say(
        f"Imported for {brand}: {len(policy.units)} sentences in {len(policy.sections)} sections, version "
        f"{policy.sha256[:12]}; {dropped} lines left out as not policy (see `policy show`).",
    )


@group.command()
def show(brand: Annotated[str, typer.Option(help="Whose policy.")] = "marigold") -> None:
    """Show the structure of a brand's policy, and what was left out of it and why."""
    policy = asyncio.run(policy_of(brand))
    say(f"{policy.name}  {policy.sha256}  {policy.rendering}")
    table = Table("line", "section")
    for section in policy.sections:
        table.add_row(str(section.line), section.label or "(before the first heading)")
    out.print(table)
    for part in policy.dropped:
        say(f"lines {part.first_line}-{part.last_line} left out: {part.reason}")


@group.command()
def unanswered(brand: Annotated[str, typer.Option(help="Whose policy.")] = "marigold") -> None:
    """List what people ask and the policy does not say, the most frequent first: a to-do list for the policy."""
    make_brand(load_settings(), brand)
    table = Table("topic", "asked about", "times", "last")
    meanings = {topic.name: topic.definition for topic in load_topics()}
    for found in asyncio.run(_silences(brand)):
        meaning = meanings.get(found.topic, "something that no topic names")
        table.add_row(found.topic or "-", meaning, str(found.times), found.last_at.date().isoformat())
    show_table(table, "Nobody has asked anything yet that the policy does not say.")


def as_object(identity: object, answer: PolicyAnswer) -> dict[str, Any]:
    """An answer in the stable form of the command-line contract."""
    quotes = [
        {"text": q.text, "section": q.section, "first_line": q.first_line, "last_line": q.last_line}
        for q in answer.quotes
    ]
    return {
        "id": identity,
        "answered": answer.answered,
        "quotes": quotes,
        "confidence": round(answer.confidence, 4),
        "policy_sha256": answer.policy_sha256,
    }


def page_of(reply: Reply) -> bytes:
    """The policy that a server sent. Raises `BadSetting` for anything but a page or a text."""
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if 300 <= reply.status < 400 and "location" in reply.headers:
        raise BadSetting(f"{reply.url} sends on to {reply.headers['location']!r}; look at it and give the last address")
    if reply.status != 200:
        raise BadSetting(f"{reply.url} gives status {reply.status}, not the policy; save the page and import the file")
    if kind not in _PAGES:
        raise BadSetting(f"{reply.url} gives {kind or 'no content type'}, not a page or a text")
    return reply.body


def _fetched(url: str) -> tuple[Path, bytes]:
    """Name and bytes of a policy on the web: fetched because the operator says so, never by the bot itself."""
    reply = exchange(Request(url=url, headers={"Accept": ", ".join(_PAGES)}))
    address = urlsplit(reply.url)
    return Path(address.path.rstrip("/").rpartition("/")[2] or address.netloc), page_of(reply)


def _answered(answerer: Answerer, policy: Policy, given: Mapping[str, Any]) -> dict[str, Any]:
    return as_object(given.get("id"), answerer.answer(given["question"], policy))


def _show_answer(answer: PolicyAnswer) -> None:
    if answer.conflicting:
        say("The policy says different things about this:")
    if not answer.answered:
        say("The policy does not say.")
    for quote in answer.quotes:
        one = quote.first_line == quote.last_line
        lines = f"line {quote.first_line}" if one else f"lines {quote.first_line}-{quote.last_line}"
        where = f"{quote.section}, {lines}" if quote.section else lines
        say(f"“{quote.text}”\n    {where}")


async def _import(brand: str, policy: Policy, raw: bytes) -> bool:
    async with open_store(load_settings()) as store:
        return await store.import_policy_row(brand, policy.sha256, policy.name, raw, utc_now())


async def _silences(brand: str) -> list[SilentTopic]:
    async with open_store(load_settings()) as store:
        return await store.silences(brand)


async def policy_of(brand: str) -> Policy:
    """The policy in force, else the one that ships with the brand. Raises `BadSetting` where there is neither."""
    settings = load_settings()
    shipped = make_brand(settings, brand).policy_file
    async with open_store(settings) as store:
        stored = await store.policy_in_force(brand)
    if stored is not None:
        return import_policy(stored.raw, name=stored.name)
    if shipped is None:
        raise BadSetting(
            f"brand {brand} has no policy yet; import one: privacy-desk policy import FILE --brand {brand}"
        )
    return read_policy(shipped, bytes_of(shipped))
