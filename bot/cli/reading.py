"""`classify`: what the reader makes of a text."""

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from bot.cli.console import each_line, print_json, say
from bot.wiring import make_classifier
from intents.reading import Classifier, FoundIntent, Reading


def register(app: typer.Typer) -> None:
    app.command()(classify)


def classify(
    text: Annotated[
        str | None, typer.Argument(help="One message; without it, JSON lines are read from standard input.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on a line.")] = False,
) -> None:
    """Say what a message wants of personal data."""
    classifier = make_classifier()
    if text is None:
        bad = each_line(sys.stdin.buffer, "text", lambda given: _classified(classifier, given))
        raise typer.Exit(2 if bad else 0)
    reading = classifier.read(text, channel="chat")
    if as_json:
        print_json(as_object("1", reading))
    else:
        _show(reading)


def as_object(identity: object, reading: Reading) -> dict[str, Any]:
    """A reading in the stable form of the command-line contract."""
    value: dict[str, Any] = {
        "id": identity,
        "intents": [_found(found) for found in reading.intents],
        "language": reading.language,
        "abstained": reading.abstained,
    }
    if reading.abstained:
        value["candidates"] = [_found(found) for found in reading.candidates]
        value["reason"] = reading.doubt.value
    return value


def _classified(classifier: Classifier, given: Mapping[str, Any]) -> dict[str, Any]:
    channel = "chat" if given.get("channel") == "chat" else "email"
    reading = classifier.read(given["text"], subject=str(given.get("subject") or ""), channel=channel)
    return as_object(given.get("id"), reading)


def _found(found: FoundIntent) -> dict[str, Any]:
    return {"name": found.name, "confidence": round(found.confidence, 4), "evidence": found.evidence}


def _show(reading: Reading) -> None:
    if not reading.intents and not reading.abstained:
        say("Not a privacy message.")
    for found in reading.intents:
        say(f"{found.name}  {found.confidence:.2f}  “{found.evidence}”")
    if reading.abstained:
        candidates = ", ".join(f"{found.name} {found.confidence:.2f}" for found in reading.candidates)
        say(f"Unsure ({reading.doubt.value}): {candidates}")
