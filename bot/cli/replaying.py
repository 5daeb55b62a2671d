"""`replay` plays recorded conversations and shows what went otherwise than written."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.console import print_json, say, say_error
from bot.cli.mutating import Wanted
from bot.cli.mutating import mutate as show_mutated
from bot.cli.playing import Theatre
from bot.cli.updating import write_what_follows
from bot.cli.watching import watch_and_replay
from bot.errors import BadSetting
from bot.laboratory import Laboratory
from bot.replay.comparing import Change, changes, read_run
from bot.replay.form import written_schema
from bot.replay.html_page import html_page
from bot.replay.loading import conversation_files, load
from bot.replay.player import Outcome, Result
from bot.replay.report import as_objects, counts, coverage_of, failure_text, junit, run_object
from bot.replay.script import CHANNELS, DEPTHS, Script

_COLOURS = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.NO_ANSWER: "yellow"}
#: Where a project keeps its conversations; else they are looked for below where one stands.
_LIBRARY = Path("tests/conversations")
#: Plays each talk on every channel that it can be played on.
_EVERY = "every"


def register(app: typer.Typer) -> None:
    app.command()(replay)


def replay(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Conversation files, or folders of them; tests/conversations, or all below."),
    ] = None,
    depth: Annotated[str, typer.Option(help="core: readings as given, no model; road: everything real.")] = "road",
    channel: Annotated[
        str, typer.Option(help="Play each on this channel instead of its own; every: on all that fit.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on a line.")] = False,
    to_junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit's XML to this file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report with all figures to this page.")] = None,
    compare: Annotated[Path | None, typer.Option(help="Say which talks change since this run, kept by --json.")] = None,
    strict: Annotated[
        bool, typer.Option(help="With --compare or --mutate: exit status 1 where a talk changes or breaks.")
    ] = False,
    trend: Annotated[Path | None, typer.Option(help="Add this run's totals to this file; --html draws them.")] = None,
    coverage: Annotated[bool, typer.Option(help="Say which rules and sentences no conversation reached.")] = False,
    mutate: Annotated[
        bool, typer.Option(help="Say everything in other ways too, and count what breaks by it.")
    ] = False,
    mutation: Annotated[list[str] | None, typer.Option(help="Like --mutate, but only this one; repeatable.")] = None,
    update: Annotated[bool, typer.Option(help="Write what follows now into the files, after asking.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --update: do not ask.")] = False,
    watch: Annotated[bool, typer.Option(help="Play again whenever a file or the code changes.")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of the files, for editors.")] = False,
) -> None:
    """Play recorded conversations with a frozen clock and show what went otherwise than written."""
    if schema:
        say(written_schema())
        return
    _one_of("depth", depth, DEPTHS)
    _one_of("channel", channel, ("", _EVERY, *CHANNELS))
    chosen = paths or [_LIBRARY if _LIBRARY.is_dir() else Path()]
    if watch:
        watch_and_replay(chosen)
        return
    earlier = read_run(compare) if compare is not None else None
    scripts, bad = _loaded(chosen)
    if update:
        raise typer.Exit(max(write_what_follows(scripts, depth, yes=yes), 2 if bad else 0))
    theatre = Theatre(depth)
    results, senseless = theatre.play_all(_parts(scripts, channel))
    if mutate or mutation:
        breaks = show_mutated(results, theatre, Wanted(names=mutation or (), as_json=as_json, html=html))
        raise typer.Exit(2 if bad or senseless else int(strict and breaks))
    model = Laboratory.model_sha256() if depth == "road" else ""
    played_with = {"version": version("privacy-desk"), "commit": commit(), "model_sha256": model}
    run = run_object(results, depth=depth, played_with=played_with)
    changed = changes(earlier, results) if earlier is not None else None
    runs = _kept(trend, run) if trend is not None else ()
    if to_junit is not None:
        to_junit.write_bytes(junit(results))
    if html is not None:
        html.write_text(html_page(results, run, changed=changed, trend=runs), encoding="utf-8")
    if as_json:
        for value in (*(value for result in results for value in as_objects(result)), run):
            print_json(value)
    elif changed is None:
        _show(results)
    else:
        _show_changes(changed)
    if coverage:
        _show_unreached(results)
    if bad or senseless:
        raise typer.Exit(2)
    wrong = counts(results)[Outcome.FAILED] if changed is None else strict and changed
    raise typer.Exit(1 if wrong else 0)


def commit() -> str:
    """What git calls the newest commit here, "-dirty" where files have changed since; "" outside of a repository."""
    try:
        command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout.strip()


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


def _parts(scripts: Sequence[Script], channel: str) -> list[tuple[Script, str]]:
    """Each conversation with the channel that it is played on, "" its own."""
    return [(script, one) for script in scripts for one in (script.playable_on if channel == _EVERY else (channel,))]


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


def _show_changes(changed: Sequence[Change]) -> None:
    for change in changed:
        say(f"{change.place}: {change.title} [{change.depth}, {change.channel}]")
        for name, before, now in change.differs:
            say(f"  {name}\n    before  {before}\n    now     {now}")
    say(f"{len(changed)} {'talk changes' if len(changed) == 1 else 'talks change'}")


def _kept(trend: Path, run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All runs of the file at the same depth, this one added at its end."""
    earlier = read_run(trend) if trend.exists() else []
    runs = [one for one in earlier if one["kind"] == "run" and one.get("depth") == run["depth"]]
    with trend.open("a", encoding="utf-8") as file:
        file.write(json.dumps(run, ensure_ascii=False) + "\n")
    return [*runs, dict(run)]


def _show_unreached(results: Sequence[Result]) -> None:
    found = coverage_of(results)
    for what, reached in (("rules", found.rules), ("sentences", found.sentences), ("intents", found.intents)):
        say(f"{what} that no conversation reached: {', '.join(name for name, n in reached.items() if not n) or 'none'}")
