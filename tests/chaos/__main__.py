"""The long form: `python -m tests.chaos --messages 2000 --database sqlite|postgresql`."""

import argparse
import asyncio
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bot.store.upgrade import upgrade
from tests.chaos.run import Outcome, run
from tests.store import postgres

WORKERS = 4


def main() -> None:
    """Exit status 1 where something was lost, doubled or broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=1000, help="the most; what is left then runs undisturbed")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="privacy-desk-chaos-")))
        url, workers = "", 0
        if chosen.database == "postgresql":
            if reason := postgres.why_not():
                raise SystemExit(reason)
            url, workers = stack.enter_context(postgres.server()), WORKERS
            upgrade(url)
        outcome = asyncio.run(run(folder, messages=chosen.messages, url=url, workers=workers, most_kills=chosen.kills))
    show(chosen.database, outcome)
    raise SystemExit(1 if any(outcome.must_be_0.values()) else 0)


def show(database: str, outcome: Outcome) -> None:
    rows = {
        "messages written": outcome.messages,
        "kills": outcome.kills,
        "seconds": round(outcome.seconds),
        "attempts that had to be repeated": outcome.attempts,
        **outcome.counts,
        **{f"must be 0: {what}": count for what, count in outcome.must_be_0.items()},
    }
    print(f"| {database} | |\n|---|---|")
    for what, count in rows.items():
        print(f"| {what} | {count} |")


if __name__ == "__main__":
    main()
