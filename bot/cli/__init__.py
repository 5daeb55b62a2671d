"""The command line: an interface whose `--json` output is stable.

A mistake of the caller's is one clear line on standard error and exit status 2; a failure of ours or of our
surroundings is one line and exit status 1. Each group of commands has its own module.
"""

import sys

import typer

from bot import logs
from bot.cli import (
    acting,
    agreeing,
    audit,
    backup,
    conversing,
    exporting,
    ingesting,
    initialising,
    keys,
    mailing,
    packages,
    policies,
    reading,
    reconciling,
    recording,
    replaying,
    requests,
    retention,
    reviewing,
    running,
    staffing,
    suppression,
    teaching,
    upkeep,
    webhooks,
    working,
)
from bot.cli.console import never_fail_to_print, say_error
from bot.errors import OurFault, TheirFault

app = typer.Typer(
    name="privacy-desk",
    help="A privacy assistant for the inbox and the chats of a small company.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

reading.register(app)
teaching.register(app)
mailing.register(app)
ingesting.register(app)
policies.register(app)
reviewing.register(policies.group)
requests.register(app)
acting.register(app)
agreeing.register(requests.group)
exporting.register(app)
running.register(app)
staffing.register(acting.desk)
initialising.register(app)
conversing.register(app)
replaying.register(app)
recording.register(app)
audit.register(app)
keys.register(app)
webhooks.register(app)
packages.register(app)
retention.register(app)
suppression.register(app)
upkeep.register(app)
backup.register(app)
working.register(app)
reconciling.register(app)


def main() -> None:
    """Entry point of the `privacy-desk` command."""
    never_fail_to_print()
    logs.configure(sys.stderr)
    try:
        app()
    except TheirFault as fault:
        say_error(fault)
        sys.exit(2)
    except OurFault as fault:
        say_error(fault)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
