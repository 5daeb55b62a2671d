"""`replay` plays recorded conversations and shows what went otherwise than written; `record` makes them of mails."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import structlog
import typer
from rich.progress import track

from bot.channels.mail.files import raw_mails
from bot.cli.console import err, print_json, say, say_error
from bot.errors import BadSetting
from bot.laboratory import Laboratory
from bot.replay.form import written_schema
from bot.replay.loading import conversation_files, load
from bot.replay.mutations import MUTATIONS, mutated
from bot.replay.places import YAML_ENDING, BadConversation
from bot.replay.player import Outcome, Result, play
from bot.replay.recorder import Recorded, conversation, spoken, understood, with_what_followed, written
from bot.replay.report import as_objects, counts, failure_text, junit, unreached
from bot.replay.script import CHANNELS, DEPTHS, Script
from bot.replay.stage import channels_for

_COLOURS = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.NO_ANSWER: "yellow"}


def register(app: typer.Typer) -> None:
    app.command()(replay)
    app.command()(record)


def replay(
    paths: Annotated[list[Path] | None, typer.Argument(help="Conversation files, or folders of them.")] = None,
    depth: Annotated[str, typer.Option(help="core: readings as given, no model; road: everything real.")] = "road",
    channel: Annotated[str, typer.Option(help="Play each on this channel instead of its own.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on a line.")] = False,
    to_junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit's XML to this file.")] = None,
    coverage: Annotated[bool, typer.Option(help="Say which rules and sentences no conversation reached.")] = False,
    mutate: Annotated[
        bool, typer.Option(help="Say everything in other ways too, and count what breaks by it.")
    ] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of the files, for editors.")] = False,
) -> None:
    """Play recorded conversations with a frozen clock and show what went otherwise than written."""
    if schema:
        say(written_schema())
        return
    _one_of("depth", depth, DEPTHS)
    _one_of("channel", channel, ("", *CHANNELS))
    scripts, bad = _loaded(paths or [Path("tests/conversations")])
    if mutate:
        _show_mutations(scripts, depth, channel)
        raise typer.Exit(2 if bad else 0)
    results, senseless = _played(scripts, depth, channel)
    if to_junit is not None:
        to_junit.write_bytes(junit(results))
    if as_json:
        for result in results:
            for value in as_objects(result):
                print_json(value)
    else:
        _show(results)
    if coverage:
        _show_unreached(results)
    if bad or senseless:
        raise typer.Exit(2)
    raise typer.Exit(1 if counts(results)[Outcome.FAILED] else 0)


def record(
    paths: Annotated[list[Path], typer.Argument(help="Message files (.eml), mboxes or Maildirs.")],
    brand: Annotated[str, typer.Option(help="Whose inbox they came to.")] = "marigold",
    out: Annotated[Path | None, typer.Option(help="Folder for the files; one thread goes to standard output.")] = None,
    played: Annotated[bool, typer.Option(help="Play it, and write down what follows today, for review.")] = True,
) -> None:
    """Turn mails into conversation files: addresses, names and numbers are replaced, and the replacement is checked."""
    try:
        raws = [raw for path in paths for raw in raw_mails(path)]
    except OSError as error:
        raise BadSetting(f"{error.filename or paths[0]}: cannot be read ({error.strerror})") from error
    house = Laboratory()
    threads = understood(raws, channels_for(brand)["email"], brand)
    if not threads:
        raise BadSetting("no message is in it")
    if out is None and len(threads) > 1:
        raise BadSetting(f"there are {len(threads)} threads; name a folder for them with --out")
    for number, thread in enumerate(threads, start=1):
        text = _recorded(thread, brand, house if played else None)
        if out is None:
            say(text.rstrip())
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"recorded-{number}{YAML_ENDING}").write_text(text, encoding="utf-8")
    if out is not None:
        say(f"{len(threads)} conversations recorded in {out}")


def _recorded(thread: Sequence[Recorded], brand: str, house: Laboratory | None) -> str:
    content, pseudonyms = conversation(thread, brand=brand)
    pseudonyms.check(spoken(content))
    if house is None:
        return written(content)
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"recorded{YAML_ENDING}"
        file.write_text(written(content), encoding="utf-8")
        (script,) = load(file)
        with _silent():
            try:
                result = asyncio.run(play(script, house, depth="road"))
            except BadConversation:
                # A code was typed that this desk has not mailed: what follows is left to whoever reviews it.
                return written(content)
    return written(with_what_followed(content, result))


def _one_of(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise BadSetting(f"--{name} {value} is not known; there are {', '.join(filter(None, known))}")


def _loaded(paths: Sequence[Path]) -> tuple[list[Script], int]:
    """The conversations of every file that can be read, and how many files cannot."""
    scripts: list[Script] = []
    bad = 0
    for file in conversation_files(paths):
        try:
            scripts += load(file)
        except BadSetting as fault:
            say_error(fault)
            bad += 1
    return scripts, bad


def _played(scripts: Sequence[Script], depth: str, channel: str) -> tuple[list[Result], int]:
    """How each conversation went, and how many name things that are not there."""
    house = Laboratory()

    results: list[Result] = []

    async def each() -> int:
        senseless = 0
        for script in track(scripts, description="Playing conversations", console=err, transient=True):
            try:
                results.append(await play(script, house, depth=depth, channel=channel))
            except BadSetting as fault:
                say_error(fault if isinstance(fault, BadConversation) else BadSetting(f"{script.place}: {fault}"))
                senseless += 1
        return senseless

    with _silent():
        return results, asyncio.run(each())


@contextmanager
def _silent() -> Iterator[None]:
    """Thousands of log lines of a frozen desk tell nobody anything."""
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    try:
        yield
    finally:
        structlog.configure(**before)


def _show(results: Sequence[Result]) -> None:
    for result in results:
        if result.outcome is Outcome.FAILED:
            say(f"FAILED {result.script.title} [{result.depth}, {result.channel}]", style="red")
            for failure in result.failures:
                say(failure_text(failure))
            say()
    found = counts(results)
    for outcome, style in _COLOURS.items():
        say(f"{found[outcome]:6} {outcome.value}", style=style)


def _show_mutations(scripts: Sequence[Script], depth: str, channel: str) -> None:
    """For each mutation how many talks hold, of those that hold as they are written, and which do not."""
    written_down, _ = _played(scripts, depth, channel)
    whole = [result.script for result in written_down if result.outcome is Outcome.PASSED]
    for name, mutation in MUTATIONS.items():
        results, _ = _played([changed for script in whole if (changed := mutated(script, mutation))], depth, channel)
        found = counts(results)
        numbers = ", ".join(f"{found[outcome]} {outcome.value}" for outcome in Outcome)
        say(f"{name.replace('_', ' ')}: {numbers}")
        for result in results:
            if result.outcome is Outcome.FAILED:
                say(f"  {result.failures[0].place}: {result.script.title}")


def _show_unreached(results: Sequence[Result]) -> None:
    found = unreached(results)
    for what, names in (("rules", found.rules), ("sentences", found.templates), ("intents", found.intents)):
        say(f"{what} that no conversation reached: {', '.join(names) or 'none'}")
