"""`intents`: training, measuring and explaining the reader."""

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import say
from bot.errors import BadSetting
from intents.artefact import ArtefactError
from intents.catalogue import CatalogueError
from intents.corpus import CorpusError
from intents.evaluate import evaluate
from intents.explain import explain
from intents.html_report import comparison, html_report
from intents.reader import load_classifier
from intents.report import report

group = typer.Typer(help="The reader: what it was taught and how well it reads.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="intents")


@group.command("train")
def train_reader(
    catalogue: Annotated[Path | None, typer.Option(help="Folder of intent files; the shipped one otherwise.")] = None,
    training: Annotated[Path | None, typer.Option(help="Folder of messages; the shipped one otherwise.")] = None,
    into: Annotated[Path | None, typer.Option(help="Where the artefact goes; over the shipped one otherwise.")] = None,
) -> None:
    """Learn from the repository's text and write the artefact."""
    try:
        # What learns is not installed where the desk only runs.
        train = import_module("intents.train").train
    except ImportError as error:
        raise BadSetting(f"training needs more ({error}): install privacy-desk[train]") from error
    try:
        card = train(catalogue_folder=catalogue, training_folder=training, artefact_folder=into)
    except (CatalogueError, CorpusError, OSError) as error:
        raise BadSetting(str(error)) from error
    say(f"Trained {len(card.names)} intents.")


@group.command("evaluate")
def evaluate_reader(
    files: Annotated[list[Path], typer.Argument(help='JSON lines with "text" and "gold".')],
    compare: Annotated[Path | None, typer.Option(help="Folder of another artefact to hold against this one.")] = None,
    errors: Annotated[int, typer.Option(help="How many of the worst readings to show.", min=0)] = 40,
    html: Annotated[Path | None, typer.Option(help="Also write a page with the curves drawn.")] = None,
) -> None:
    """Read labelled messages and say what was right, wrong and harmful."""
    try:
        ours = evaluate(files, load_classifier())
        theirs = None if compare is None else evaluate(files, load_classifier(compare))
        say(report(ours, errors=errors))
        if theirs is not None:
            say(f"The other artefact:\n\n{report(theirs, errors=0)}")
            say(f"This one against the other: {comparison(ours, theirs)}")
        if html is not None:
            title = f"How {', '.join(file.name for file in files)} is read"
            html.write_text(html_report(ours, title=title, other=theirs, errors=errors), encoding="utf-8")
            say(f"Wrote {html}.")
    except (ArtefactError, CorpusError, OSError) as error:
        raise BadSetting(str(error)) from error


@group.command("explain")
def explain_reading(
    text: Annotated[str, typer.Argument(help="One message.")],
    subject: Annotated[str, typer.Option(help="The subject of the mail.")] = "",
) -> None:
    """Show windows, chances and thresholds of one reading, and the words that spoke for it."""
    say(explain(load_classifier(), text, subject=subject))
