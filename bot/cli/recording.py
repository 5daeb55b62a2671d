"""`record` makes conversation files of what people really wrote: mails, chats, or a talk of the database."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from bot.channels.mail.files import raw_mails
from bot.cli.console import say
from bot.cli.playing import silent
from bot.errors import BadSetting
from bot.laboratory import Laboratory
from bot.replay.chat_logs import meta_threads, stored_thread, telegram_threads
from bot.replay.loading import load
from bot.replay.places import YAML_ENDING, BadConversation
from bot.replay.player import play
from bot.replay.recorder import Recorded, conversation, spoken, understood, with_what_followed, written
from bot.replay.stage import channels_for
from bot.settings import load_settings
from bot.store.casebook import Casebook
from bot.wiring import open_store, reading_channels


def register(app: typer.Typer) -> None:
    app.command()(record)


def record(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Mails (.eml, mbox, Maildir), a Telegram Desktop export (.json), a log of Meta's webhooks (.jsonl)."
        ),
    ] = None,
    stored: Annotated[
        str, typer.Option(help="Instead: a talk of the database, by its id or the reference of a request.")
    ] = "",
    brand: Annotated[str, typer.Option(help="Whose inbox they came to.")] = "marigold",
    out: Annotated[Path | None, typer.Option(help="Folder for the files; one thread goes to standard output.")] = None,
    played: Annotated[bool, typer.Option(help="Play it, and write down what follows today, for review.")] = True,
) -> None:
    """Turn messages into conversation files: addresses, names and numbers are replaced, and that is checked."""
    if bool(stored) == bool(paths):
        raise BadSetting("name files to record, or a stored talk with --stored")
    if stored:
        brand, threads = asyncio.run(_stored(stored))
    else:
        threads = [thread for path in paths or () for thread in _threads(path, brand)]
    house = Laboratory()
    if not threads:
        raise BadSetting("no message is in it")
    if out is None and len(threads) > 1:
        raise BadSetting(f"there are {len(threads)} threads; name a folder for them with --out")
    texts = [_recorded(thread, brand, house if played else None) for thread in threads]
    for number, text in enumerate(texts, start=1):
        if out is None:
            say(text.rstrip())
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"recorded-{number}{YAML_ENDING}").write_text(text, encoding="utf-8")
    if out is not None:
        say(f"{len(threads)} conversations recorded in {out}")


def _threads(path: Path, brand: str) -> list[list[Recorded]]:
    """What is in one file or folder, by its ending."""
    if path.suffix == ".json":
        return telegram_threads(path, brand)
    if path.suffix == ".jsonl":
        return meta_threads(path, brand)
    try:
        return understood(raw_mails(path), channels_for(brand)["email"], brand)
    except OSError as error:
        raise BadSetting(f"{error.filename or path}: cannot be read ({error.strerror})") from error


async def _stored(name: str) -> tuple[str, list[list[Recorded]]]:
    """The brand and the thread of a stored talk, as far as its messages are still kept. Raises `BadSetting`."""
    settings = load_settings()
    channels = reading_channels(settings)
    async with open_store(settings) as store:
        detail = await store.request(name)
        talk = await Casebook(store.database).talk(detail.request.conversation if detail else name)
    if talk is None:
        raise BadSetting(f"{name}: no request and no talk of the database is called so")
    arrivals = [one.arrival for one in talk.said if one.arrival is not None]
    messages = [channels[arrival.channel].parse(arrival) for arrival in arrivals]
    return talk.brand, [stored_thread(messages)] if messages else []


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
