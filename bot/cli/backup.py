"""`db backup` and `db restore`: a whole desk in one file, and back."""

import os
from pathlib import Path
from typing import Annotated

import typer

from bot.alone import only_one
from bot.cli.console import say
from bot.cli.upkeep import database
from bot.keys import VARIABLE
from bot.settings import load_settings
from bot.store.backup import back_up, restore
from bot.wiring import utc_now


def register(app: typer.Typer) -> None:
    del app
    database.command("backup")(backup)
    database.command("restore")(restored)


def backup(file: Annotated[Path, typer.Argument(help="A new file; whoever has it can read everything.")]) -> None:
    """Copy the database and the keys into one file; the desk may go on working."""
    settings = load_settings()
    back_up(settings.database_url, settings.keys_file, file, now=utc_now())
    say(f"Everything is in {file}. Keep it where nobody else can read it.")
    if VARIABLE in os.environ:
        say("The keys are not in it: they come from PRIVACY_DESK_KEYS. Without them it cannot be read.")


def restored(
    file: Annotated[Path, typer.Argument(help="What `db backup` has written.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the desk that is there.")] = False,
) -> None:
    """Make the database and the keys what they were. Stop every process of the desk first."""
    settings = load_settings()
    with only_one(settings):
        held = restore(settings.database_url, settings.keys_file, file, force=force, now=utc_now())
    say(f"Restored. {held} messages that were about to leave wait for staff: they may have left since.")
    say("Answers to mail that came before this moment wait for staff too; inboxes are read again from where they were.")
