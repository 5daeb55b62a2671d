"""The shop's mailing tool asks the suppression list: rows to drop, what to take over, and an entry that is undone."""

import csv
import sqlite3
from pathlib import Path

import pytest

from .mails import SHOP, STOP, as_eml
from .shell import Shell

SETTINGS = f"""\
[[brands]]
name = "marigold"
mode = "automatic"
addresses = ["{SHOP}"]
"""
EVE = "eve@example.org"


@pytest.fixture
def desk(shell: Shell, tmp_path: Path) -> Shell:
    """A desk to which eve@example.org has written that she wants no newsletter."""
    Path("privacy-desk.toml").write_text(SETTINGS)
    as_eml(tmp_path / "mails", STOP)
    assert shell("ingest mails --brand marigold").status == 0
    return shell


def checked(desk: Shell, content: str | bytes, *more: str) -> tuple[int, str, str]:
    Path("list.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    ran = desk("suppression check list.csv", *more)
    return ran.status, ran.out, ran.err


def test_the_rows_to_drop_are_printed_as_they_came_under_their_heading(desk: Shell) -> None:
    found = checked(desk, "Name;E-Mail\nEve;EVE@Example.org \nBob;bob@example.org\n", "--keep", "kept.csv")

    assert found == (0, "Name;E-Mail\nEve;EVE@Example.org \n", "2 rows, 1 to drop, 0 that cannot be read.\n")
    assert Path("kept.csv").read_text() == "Name;E-Mail\nBob;bob@example.org\n"


def test_a_list_without_a_heading_is_read_from_its_first_line(desk: Shell) -> None:
    assert checked(desk, f"{EVE}\nbob@example.org\n")[1] == f"{EVE}\n"


def test_rows_to_drop_are_json_for_a_program(desk: Shell) -> None:
    Path("list.csv").write_text(f"email\nbob@example.org\n{EVE}\n")

    assert desk("suppression check list.csv --json").objects == [{"line": 3, "address": EVE}]


def test_a_column_is_chosen_by_name_or_number_and_asked_for_where_it_is_not_clear(desk: Shell) -> None:
    Path("list.csv").write_text(f"from,to\nshop@x.example,{EVE}\n")

    assert "--column" in desk("suppression check list.csv").refusal
    assert EVE in desk("suppression check list.csv --column to").out
    assert EVE in desk("suppression check list.csv --column 2").out
    assert "there is no column third" in desk("suppression check list.csv --column third").refusal


def test_bad_rows_are_named_by_their_line_and_neither_dropped_nor_kept(desk: Shell) -> None:
    content = b"name,email\nA,nothing\nB\nC,b\xff@example.org\nM\xfcller,m@example.org\nEve," + EVE.encode() + b"\n"

    status, out, err = checked(desk, content, "--keep", "kept.csv")

    assert status == 2
    assert [line.partition(":")[2].split(":")[0].strip() for line in err.splitlines()[:-1]] == [
        "line 2",
        "line 3",
        "line 4",
    ]
    assert out == f"name,email\nEve,{EVE}\n"
    assert Path("kept.csv").read_bytes() == b"name,email\nM\xfcller,m@example.org\n"


def test_an_opt_out_of_marketing_is_no_opt_out_of_sale(desk: Shell) -> None:
    assert checked(desk, f"{EVE}\n", "--purpose", "sale")[1] == ""


def test_the_address_is_erased_once_the_shop_has_confirmed_it_and_stays_suppressed(desk: Shell) -> None:
    exported = desk("suppression export").out
    Path("exported.csv").write_text(exported)
    before = EVE.encode() in whole_list()

    said = desk("suppression confirm exported.csv --by dora").out

    assert [row["address"] for row in csv.DictReader(exported.splitlines())] == [EVE]
    assert said.startswith("1 addresses were erased")
    assert desk("suppression export --json").objects == []
    assert (before, EVE.encode() in whole_list()) == (False, False)
    assert checked(desk, f"{EVE}\n")[1] == f"{EVE}\n"


def whole_list() -> bytes:
    """The suppression list as it lies in the database."""
    connection = sqlite3.connect("desk/desk.sqlite3")
    try:
        return repr(connection.execute("SELECT * FROM suppression").fetchall()).encode()
    finally:
        connection.close()


def test_an_old_key_still_finds_its_entries(desk: Shell) -> None:
    keys = Path("desk/keys")
    keys.write_text("ab" * 32 + "\n" + keys.read_text())

    assert checked(desk, f"{EVE}\n")[1] == f"{EVE}\n"


def test_a_key_that_is_thrown_away_finds_nothing(desk: Shell) -> None:
    Path("desk/keys").write_text("ab" * 32 + "\n")

    assert checked(desk, f"{EVE}\n")[1] == ""


def test_an_entry_is_undone_with_a_reason_that_goes_on_record(desk: Shell) -> None:
    undone = desk(f"suppression undo {EVE} --by dora --reason", "she asked by phone")

    assert undone.out == "Done: this address is no longer suppressed.\n"
    [row] = desk("requests list --json").objects
    [detail] = desk(f"requests show {row['reference']} --json").objects
    assert [(note["written_by"], note["words"]) for note in detail["notes"]] == [("dora", "she asked by phone")]
    assert checked(desk, f"{EVE}\n")[1] == ""
    assert "is not on the list" in desk(f"suppression undo {EVE} --reason", "again").refusal


def test_nothing_is_undone_without_a_reason(desk: Shell) -> None:
    assert "--reason" in desk(f"suppression undo {EVE} --reason", " ").refusal
    assert checked(desk, f"{EVE}\n")[1] == f"{EVE}\n"


def test_a_file_that_is_no_list_gets_one_clear_line(desk: Shell) -> None:
    Path("empty.csv").write_text("")
    Path("wide.csv").write_bytes("email\n".encode("utf-16"))

    assert "is empty" in desk("suppression check empty.csv").refusal
    assert "UTF-8" in desk("suppression check wide.csv").refusal
    assert "cannot be read" in desk("suppression check missing.csv").refusal
    assert "not what `suppression export` prints" in desk("suppression confirm wide.csv").refusal
