"""How long the work list, a search and the dashboard take with many requests, on SQLite and PostgreSQL.

Run `python -m tests.bench.bench_console [REQUESTS]` (20,000 where not given; the bar is for 1,000,000). It prints
p50 and p95 in milliseconds of what the database is asked for each page,
and fails where a first page takes more than 200 ms.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text

from bot.keys import Keys
from bot.store.database import Database
from bot.store.figures import Figures
from bot.store.upgrade import upgrade
from bot.store.worklist import Place, Wanted, Worklist
from tests.store import postgres

BAR = 200.0
TRIES = 40
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
#: One request in ten is open; four brands, five rights, three channels, nine clerks.
_NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most) ",
    "postgresql": "WITH n(i) AS (SELECT generate_series(1, :most)) ",
}
_MOMENT = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', '2026-01-01', '+' || ({minutes}) || ' minutes') || '000'",
    "postgresql": "timestamptz '2026-01-01 00:00:00+00' + ({minutes}) * interval '1 minute'",
}
_HEX = {"sqlite": "printf('%032x', i)", "postgresql": "lpad(to_hex(i), 32, '0')"}
_NAMES = {
    "brand": "CASE i % 4 WHEN 0 THEN 'rings' WHEN 1 THEN 'pearls' WHEN 2 THEN 'gold' ELSE 'marigold' END",
    "right": "CASE i % 5 WHEN 0 THEN 'access' WHEN 1 THEN 'deletion' WHEN 2 THEN 'correction' WHEN 3 THEN 'objection'"
    " ELSE 'portability' END",
    "channel": "CASE i % 3 WHEN 0 THEN 'email' WHEN 1 THEN 'webchat' ELSE 'telegram' END",
    "clerk": "CASE WHEN i % 9 = 0 THEN '' ELSE 'clerk' || (i % 9) END",
    "person": "'person' || i || '@example.org'",
    "reference": "'PD-' || i",
}


def statements(dialect: str) -> list[str]:
    received = _MOMENT[dialect].format(minutes="i % 440000")
    due = _MOMENT[dialect].format(minutes="i % 440000 + 43200")
    closed = f"CASE WHEN i % 10 = 0 THEN NULL ELSE {_MOMENT[dialect].format(minutes='i % 440000 + 20000')} END"
    state = "CASE WHEN i % 10 <> 0 THEN 'completed' WHEN i % 20 = 0 THEN 'open' ELSE 'in_progress' END"
    hexed = _HEX[dialect]
    numbers, false = _NUMBERS[dialect], "0" if dialect == "sqlite" else "false"
    rows = {
        "inbox (id, key_digest, brand, channel, conversation_id, received_at, accepted_at, state, attempts, reason,"
        " claim_token, outcome, rules, intents)": f"{hexed}, {hexed}, {_NAMES['brand']}, {_NAMES['channel']}, {hexed},"
        f" {received}, {received}, 'done', 0, '', 1, 'request_opened', '[]', '[]'",
        "conversation (id, brand, channel, address, language, proof_kind, proof_wrong_tries, wanted, asked, greeted,"
        " version, changed_at)": f"{hexed}, {_NAMES['brand']}, {_NAMES['channel']}, {_NAMES['person']}, 'en',"
        " 'unproved',"
        f" 0, '[]', '[]', {false}, 1, {received}",
        "verification (id, conversation_id, level, method, subject, at)": f"{hexed}, {hexed}, 1, 'code',"
        f" {_NAMES['person']}, {received}",
        "request (reference, conversation_id, inbox_id, ordinal, brand, right_name, state, level_needed, received_at,"
        " claimed_address, verification_id, verification_level, subject, taken_by, closed_at, changed_at, due_at)":
        f"{_NAMES['reference']}, {hexed}, {hexed}, 0, {_NAMES['brand']}, {_NAMES['right']}, {state}, 1, {received},"
        f" {_NAMES['person']}, {hexed}, 1, {_NAMES['person']}, {_NAMES['clerk']}, {closed}, {received}, {due}",
        "deadline (reference, place, regime, step, due_on, due_at, sum)": f"{_NAMES['reference']}, 0, 'eu', 'answer',"
        f" '2026-12-01', {due}, 'sum'",
    }  # fmt: skip
    return [f"INSERT INTO {into} {numbers} SELECT {values} FROM n" for into, values in rows.items()]


async def fill(database: Database, most: int) -> None:
    dialect = "sqlite" if database.is_sqlite else "postgresql"
    async with database.writing() as connection:
        for statement in statements(dialect):
            await connection.execute(text(statement), {"most": most})
    async with database.writing() as connection:
        await connection.exec_driver_sql("ANALYZE")


async def took(ask: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """p50 and p95 in milliseconds."""
    times = []
    for _ in range(TRIES):
        begun = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - begun) * 1000)
    times.sort()
    return times[len(times) // 2], times[round(len(times) * 0.95) - 1]


async def measure(url: str, most: int) -> bool:
    database = Database(url, patience=60)
    try:
        begun = time.perf_counter()
        await fill(database, most)
        print(f"{'SQLite' if database.is_sqlite else 'PostgreSQL'}: {most:,} requests, made in "
              f"{time.perf_counter() - begun:.0f} s")  # fmt: skip
        work, figures = Worklist(database, Keys(current=b"k" * 32)), Figures(database)
        last = (await work.page(Wanted(), after=None, limit=50))[-1]
        pages: dict[str, Callable[[], Awaitable[object]]] = {
            name: (lambda wanted=wanted: work.page(wanted, after=None, limit=51))
            for name, wanted in {
                "all under way": Wanted(),
                "one brand": Wanted(brands=("rings",)),
                "two brands": Wanted(brands=("rings", "gold")),
                "one right": Wanted(right="deletion"),
                "one state": Wanted(state="in_progress"),
                "a state without any": Wanted(state="on_hold"),
                "one channel": Wanted(channel="telegram"),
                "of one clerk": Wanted(taken_by="clerk3"),
                "of a clerk without any": Wanted(taken_by="nobody-of-that-name"),
                "overdue": Wanted(due_before=NOW),
                "closed": Wanted(state="closed"),
                "search: reference": Wanted(search=f"PD-{most // 20 * 10}"),
                "search: person": Wanted(search=f"person{most // 20 * 10}@"),
            }.items()
        }
        pages["second page"] = lambda: work.page(
            Wanted(), after=Place(at=last.due_at, reference=last.reference), limit=51
        )
        pages["news"] = lambda: work.newest_change(None)
        slow = False
        for name, ask in pages.items():
            p50, p95 = await took(ask)
            slow |= p95 > BAR
            print(f"  {name:<24} p50 {p50:7.1f} ms  p95 {p95:7.1f} ms{'  TOO SLOW' if p95 > BAR else ''}")
        begun = time.perf_counter()
        await figures.between(NOW - timedelta(days=90), NOW, None)
        print(f"  {'dashboard, once':<24} {(time.perf_counter() - begun) * 1000:11.1f} ms")
        return not slow
    finally:
        await database.close()


def main() -> int:
    most = int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else 20_000
    good = True
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'desk.sqlite3'}"
        upgrade(url)
        good &= asyncio.run(measure(url, most))
    if reason := postgres.why_not():
        print(f"PostgreSQL: not measured, {reason}")
    else:
        with postgres.server() as url:
            upgrade(url)
            good &= asyncio.run(measure(url, most))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
