"""`record` makes conversation files of what people really wrote."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from bot.channels.mail.files import raw_mails
from bot.cli.console import say
from bot.cli.replaying import silent
from bot.errors import BadSetting
from bot.laboratory import Laboratory
from bot.replay.loading import load
from bot.replay.places import YAML_ENDING, BadConversation
from bot.replay.player import play
from bot.replay.recorder import Recorded, conversation, spoken, understood, with_what_followed, written
from bot.replay.stage import channels_for


def register(app: typer.Typer) -> None:
    app.command()(record)


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
        with silent():
            try:
                result = asyncio.run(play(script, house, depth="road"))
            except BadConversation:
                # A code was typed that this desk has not mailed: what follows is left to whoever reviews it.
                return written(content)
    return written(with_what_followed(content, result))
