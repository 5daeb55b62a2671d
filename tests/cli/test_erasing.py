"""After an erasure nothing of the person is in the database, the address is still suppressed and the record is whole.

All through the public commands, on SQLite and on PostgreSQL.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from bot.keys import load_keys
from bot.store.database import read_url
from bot.store.schema import Table
from bot.store.schema.sealed import seal_with
from tests.store import postgres

from .mails import SHOP, a_mail, as_eml
from .shell import Shell

ADA = "ada.seeded@example.org"
#: Fifty pieces of personal data, each in another place or another word.
SEEDS = (ADA, "Ada Seedling", *(f"seed{number:02}q{number * 7919 % 9973:04}" for number in range(48)))
SETTINGS = f"""\
database = "{{database}}"
[[brands]]
name = "marigold"
mode = "shadow"
addresses = ["{SHOP}"]
"""


@pytest.fixture(scope="session")
def postgres_database() -> Iterator[str]:
    if reason := postgres.why_not():
        pytest.skip(reason)
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.real_server)])
def desk(request: pytest.FixtureRequest, shell: Shell, tmp_path: Path) -> Shell:
    """A desk that watches, to which somebody has written thrice and whose request by phone a clerk has completed."""
    url = "sqlite:///desk.sqlite3"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_database")
        engine = create_engine(read_url(url))
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        engine.dispose()
    Path("privacy-desk.toml").write_text(SETTINGS.format(database=url))
    return shell


def everything(url: str) -> str:
    """Every cell of every table, as it lies there and as whoever has the keys reads it; for SQLite the disk as well."""
    engine = create_engine(read_url(url))
    seal_with(engine.dialect, load_keys(Path("desk/keys"), {}))
    found: list[str] = []
    with engine.connect() as connection:
        for table in Table.metadata.sorted_tables:
            for rows in (
                connection.exec_driver_sql(f'SELECT * FROM "{table.name}"'),
                connection.execute(table.select()),
            ):
                found += [as_text(cell) for row in rows for cell in row]
    engine.dispose()
    if url.startswith("sqlite"):
        found += [as_text(path.read_bytes()) for path in Path().glob("desk.sqlite3*")]
    return "\n".join(found)


def as_text(cell: object) -> str:
    return bytes(cell).decode("latin-1") if isinstance(cell, bytes | memoryview) else str(cell)


def url_of() -> str:
    return Path("privacy-desk.toml").read_text().split('"')[1]


def leftover(text: str) -> list[str]:
    return [seed for seed in SEEDS if seed in text]


def a_life(desk: Shell) -> str:
    """Returns the reference of the completed deletion."""
    words = [" ".join(SEEDS[start : start + 6]) for start in range(2, 50, 6)]
    sender = f"{SEEDS[1]} <{ADA}>"
    as_eml(
        Path("mails"),
        a_mail(f"Please delete all my data. {words[0]}", number=1, sender=sender, Subject=words[1]),
        a_mail(f"Please unsubscribe me. {words[2]}", number=2, sender=sender, X_Note=words[3]),
    )
    assert desk("ingest mails --brand marigold").status == 0
    by_phone = (
        f"requests add --brand marigold --right deletion --person {ADA} --door phone --received 2026-01-02 --json"
    )
    [made] = desk(by_phone, "--words", words[4]).objects
    reference: str = made["reference"]
    assert desk(f"requests take {reference}").status == 0
    assert desk(f"requests note {reference} --words", words[5]).status == 0
    assert desk(f"requests complete {reference} --kept", words[6], "--words", words[7]).status == 0
    for row in desk("requests list --json").objects:
        if row["state"] == "awaiting_verification":
            assert desk(f"requests cancel {row['reference']}").status == 0
        elif row["right"] == "unsubscribe" and row["state"] != "completed":
            assert desk(f"requests take {row['reference']}").status == 0
            assert desk(f"requests complete {row['reference']}").status == 0
    return reference


def is_suppressed(desk: Shell) -> bool:
    return ADA in desk("suppression check -", stdin=f"{ADA}\n").out


def test_an_erasure_leaves_the_suppression_and_nothing_else_of_the_person(desk: Shell) -> None:
    reference = a_life(desk)
    before = leftover(everything(url_of()))

    erased = desk(f"requests erase {reference} --by dora")

    assert erased.status == 0, erased.err
    assert set(before) >= {ADA, *SEEDS[-12:]}
    assert leftover(everything(url_of())) == []
    assert is_suppressed(desk)
    assert desk("audit verify").status == 0
    [shown] = desk(f"requests show {reference} --json").objects
    assert (shown["request"]["state"], shown["request"]["right"]) == ("completed", "deletion")
    assert ("dora", "data_erased") in [(row["actor"], row["event"]) for row in shown["audit"]]
    assert desk(f"requests export {reference}").status == 0


def test_a_request_under_way_is_not_erased(desk: Shell) -> None:
    command = f"requests add --brand marigold --right deletion --person {ADA} --door phone --received 2026-01-02 --json"
    [made] = desk(command).objects

    assert "complete or deny it first" in desk(f"requests erase {made['reference']}").refusal
    assert ADA in everything(url_of())
