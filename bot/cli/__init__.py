"""The command line: an interface whose `--json` output is stable.

A mistake of the caller's is one clear line on standard error and exit status 2; a failure of ours or of our
surroundings is one line and exit status 1. Each group of commands has its own module.
"""

import sys
from importlib import import_module

import typer

from bot import logs
from bot.cli.console import never_fail_to_print, new_app, say_error
from bot.errors import OurFault, TheirFault

#: Commands whose start counts, and all of them that their module registers: nothing else is loaded.
_BY_THEMSELVES = {"classify": "reading", "console": "working", "ingest": "ingesting", "worker": "working"}


def main() -> None:
    """Entry point of the `privacy-desk` command."""
    never_fail_to_print()
    logs.configure(sys.stderr)
    try:
        _app_for(sys.argv[1:2])()
    except TheirFault as fault:
        say_error(fault)
        sys.exit(2)
    except OurFault as fault:
        say_error(fault)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _app_for(words: list[str]) -> typer.Typer:
    """The application with the command that these first words name, or with all of them."""
    module = _BY_THEMSELVES.get(words[0], "") if words else ""
    if not module:
        whole: typer.Typer = import_module("bot.cli.everything").app
        return whole
    alone = new_app()
    # With one command only, its name would be taken for its first argument.
    alone.callback()(lambda: None)
    import_module(f"bot.cli.{module}").register(alone)
    return alone
