"""How long it takes to open one request with a thousand and with very many in the database, on SQLite and PostgreSQL.

Run `python -m tests.bench.bench_requests [SIZE ...]`, e.g. 1000 1000000; it prints how long opening one takes in
milliseconds at each size (the median of the quicker half) and its ratio to the first; above 1.5 it fails.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import create_engine, inspect, text

from bot.core.playbook import Mode
from bot.store import Store
from bot.store.database import read_url
from bot.store.upgrade import upgrade
from tests.store import postgres
from tests.store.builders import (
    BRAND,
    KEYS,
    LEASE,
    NOW,
    a_code,
    a_conversation,
    a_decision,
    a_message,
    a_reply,
    an_arrival,
    an_opening,
)

MOST = 1.5
#: Requests that are opened to be measured.
OPENED = 150
SIZES = (1_000, 20_000)

#: What makes each copy of a row another row: SQL over the number n.
_OTHERS = {
    "inbox": {"id": "'i' || n", "key_digest": "'k' || n", "conversation_id": "'c' || n", "message_digest": "NULL"},
    "conversation": {"id": "'c' || n", "proof_address": "'p' || n || '@customers.example'"},
    "request": {
        "reference": "'PD-' || n",
        "conversation_id": "'c' || n",
        "inbox_id": "'i' || n",
        "claimed_address": "'p' || n || '@customers.example'",
    },
    "deadline": {"reference": "'PD-' || n"},
    "outbox": {
        "id": "'o' || n",
        "inbox_id": "'i' || n",
        "conversation_id": "'c' || n",
        "recipient": "'p' || n || '@customers.example'",
        "message_id": "'m' || n",
        "state": "'sent'",
        "created_at": "'2025-06-01 09:30:00.000000'",
        "finished_at": "'2025-06-01 09:30:00.000000'",
    },
    "audit": {"chain": "'request PD-' || n"},
}


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    with TemporaryDirectory() as folder:
        found = {"sqlite": f"sqlite:///{Path(folder) / 'desk.sqlite3'}"}
        if reason := postgres.why_not():
            print(f"postgres is left out: {reason}")
            yield found
            return
        with postgres.server() as url:
            yield found | {"postgres": url}


def fill(url: str, first: int, last: int) -> None:
    """Copy the first request of the database, with all that belongs to it, under the numbers first to last."""
    engine = create_engine(read_url(url))
    with engine.begin() as connection:
        for table, others in _OTHERS.items():
            names = [column["name"] for column in inspect(connection).get_columns(table)]
            values = ", ".join(others.get(name, f"one.{name}") for name in names)
            numbers = (
                f"WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})"
            )
            one = f"(SELECT * FROM {table} WHERE {_template(table)} LIMIT 1) AS one"
            into = f"INSERT INTO {table} ({', '.join(names)})"
            made = f"SELECT {values} FROM {one}, numbers"
            sql = f"{numbers} {into} {made}" if engine.dialect.name == "postgresql" else f"{into} {numbers} {made}"
            connection.execute(text(sql))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()


def _template(table: str) -> str:
    match table:
        case "audit":
            return "chain LIKE 'request %'"
        case "deadline":
            return "place = 0"
        case "outbox":
            return "kind = 'code'"
        case _:
            return "1 = 1"


async def open_one(store: Store, number: int) -> float:
    """Seconds from a message's coming to its request's being open to staff, everything that is asked on the way."""
    address = f"new{number}@customers.example"
    talk = a_conversation(id=f"{number:032x}", address=address)
    begun = time.perf_counter()
    await store.accept(an_arrival(), key=f"new {number}", conversation=talk.id)
    claim = await store.claim("worker", now=NOW, lease=LEASE)
    assert claim is not None
    await store.conversation(talk.id)
    await store.codes_sent(address, since=NOW - timedelta(hours=1))
    await store.kinds_since(BRAND, address, NOW - timedelta(days=60))
    reference = f"PD-NEW{number}"
    effects: tuple[Any, ...] = (a_code(references=(reference,)), a_reply(), an_opening(reference=reference))
    decision = a_decision(*effects, conversation=talk)
    message = a_message(address=address)
    await store.save(claim, decision, message=message, mode=Mode.SHADOW, now=NOW)
    return time.perf_counter() - begun


async def measure(url: str, begin: int) -> float:
    store = Store.open(url, KEYS, host="shop.example", clock=lambda: NOW)
    took = [await open_one(store, begin + number) for number in range(OPENED)]
    await store.close()
    # The first ones warm up the caches; the quicker half is what the machine's other work left alone.
    return median(sorted(took[OPENED // 5 :])[: OPENED // 2])


def bench(name: str, url: str, sizes: list[int]) -> float:
    """The worst ratio."""
    upgrade(url)
    asyncio.run(measure(url, 10_000_000))
    there, worst, first = 0, 0.0, 0.0
    for round_, size in enumerate(sizes, start=1):
        begun = time.perf_counter()
        fill(url, there + 1, size)
        filled, there = time.perf_counter() - begun, size
        took = asyncio.run(measure(url, 10_000_000 + round_ * 10_000))
        first = first or took
        worst = max(worst, took / first)
        told = f"{name:<9} {size:>9} requests  open one {took * 1000:6.2f} ms  x{took / first:.2f}"
        print(f"{told}  (filled in {filled:.0f} s)")
        sys.stdout.flush()
    return worst


def main(arguments: list[str]) -> int:
    sizes = [int(size) for size in arguments] or list(SIZES)
    with databases() as found:
        worst = max(bench(name, url, sizes) for name, url in found.items())
    print(f"at the most x{worst:.2f} of the time at {sizes[0]}; allowed is x{MOST}")
    return 0 if worst <= MOST else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
