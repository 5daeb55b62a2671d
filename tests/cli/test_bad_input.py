"""What goes wrong is said in one line that tells what to do, the exit status says whose fault; nothing is half-done."""

import fcntl
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.channels.mail.sink import MailSink
from bot.demo.house import demo_settings
from bot.store import upgrade as upgrade_module

from .mails import DELETION, as_mbox
from .shell import Shell

TOML = Path("privacy-desk.toml")
GOOD = '[[brands]]\nname = "rings"\naddresses = ["hello@rings.example"]\n'
#: The shop's own fault, and that of our surroundings.
THEIRS, OURS = 2, 1


def setting(text: str) -> None:
    TOML.write_text(text)


# settings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour = 'red'\n", ("colour",)),
        ("[web]\nport = 70000\n", ("web.port", "65535")),
        ("[web]\nport = 'eighty'\n", ("web.port",)),
        (GOOD + "mode = 'yolo'\n", ("brands.0.mode", "shadow", "automatic")),
        (GOOD + "[brands.modes]\ndeletion = 'maybe'\n", ("modes.deletion",)),
        (GOOD.replace("hello@rings", "hello(at)rings"), ("not an e-mail address",)),
        (GOOD.replace('rings"\na', 'Rings & Co"\na'), ("brands.0.name",)),
        (GOOD + GOOD, ("rings", "2 times")),
        (GOOD + GOOD.replace('"rings"', '"other"'), ("hello@rings.example", "2 times")),
        ('[[brands]]\nname = "rings"\nmode = "automatic"\n', ("address to answer from",)),
        (GOOD + '[[imap]]\nbrand = "ring"\nhost = "h"\nuser = "u"\npassword_from = "P"\n', ("ring", "[[brands]]")),
        ("[web\nport = 1\n", ("cannot be read",)),
        ("name = 'caf\udce9'", ("cannot be read",)),
    ],
)
def test_a_wrong_setting_is_named(shell: Shell, text: str, said: tuple[str, ...]) -> None:
    TOML.write_bytes(text.encode("utf-8", "surrogateescape"))

    ran = shell("serve")

    assert ran.status == THEIRS
    assert "privacy-desk.toml" in ran.refusal
    for word in said:
        assert word in ran.refusal
    assert list(Path().iterdir()) == [TOML]


def test_a_wrong_variable_is_named_and_not_blamed_on_a_file(shell: Shell) -> None:
    shell.monkeypatch.setenv("PRIVACY_DESK_WEB__PORT", "70000")

    refusal = shell("serve").refusal

    assert "PRIVACY_DESK_WEB__PORT" in refusal
    assert "privacy-desk.toml:" not in refusal


def test_a_variable_that_is_no_json_is_named(shell: Shell) -> None:
    shell.monkeypatch.setenv("PRIVACY_DESK_BRANDS", "rings")

    assert "brands" in shell("serve").refusal


def test_modes_name_only_intents(shell: Shell) -> None:
    setting(GOOD + "[brands.modes]\ndeletoin = 'shadow'\n")

    ran = shell("serve")

    assert ran.status == THEIRS
    assert "deletoin" in ran.refusal
    assert "deletion" in ran.refusal


def test_serve_without_a_brand_says_how_to_begin(shell: Shell) -> None:
    assert "privacy-desk init" in shell("serve").refusal


def test_a_clock_table_that_is_missing_is_named(shell: Shell) -> None:
    setting("clocks_file = 'nowhere.toml'\n" + GOOD)

    assert "nowhere.toml" in shell("serve").refusal


@pytest.mark.parametrize("account", ["imap", "smtp_out"])
def test_a_password_that_is_not_in_the_environment_stops_the_start(shell: Shell, account: str) -> None:
    tables = {
        "imap": '[[imap]]\nbrand = "rings"\nhost = "127.0.0.1"\nuser = "u"\npassword_from = "OUR_PASSWORD"\n',
        "smtp_out": '[smtp_out]\nuser = "u"\npassword_from = "OUR_PASSWORD"\n',
    }
    setting(GOOD + tables[account])

    ran = shell("serve")

    assert ran.status == THEIRS
    assert "OUR_PASSWORD" in ran.refusal


def test_keys_that_others_can_read_are_refused(shell: Shell) -> None:
    shell("db upgrade")
    shell("requests list")
    Path("desk/keys").chmod(0o644)

    ran = shell("requests list")

    assert ran.status == THEIRS
    assert "chmod 600" in ran.refusal


# brands and policies


@pytest.mark.parametrize("name", ["../etc", "Rings", "a b", ""])
def test_a_name_that_cannot_be_a_brand_is_refused(shell: Shell, name: str, tmp_path: Path) -> None:
    mails = as_mbox(tmp_path / "mails", DELETION)
    for command in (f"policy import {mails}", f"ingest {mails}", "policy show", "ask question"):
        ran = shell(command, "--brand", name)
        assert ran.status == THEIRS
        assert ran.refusal


def test_a_broken_brand_file_is_named_with_its_mistake(shell: Shell) -> None:
    Path("brands/rings").mkdir(parents=True)
    Path("brands/rings/brand.toml").write_text("shape = 'round'\n")
    setting(GOOD)

    ran = shell("serve")

    assert ran.status == THEIRS
    assert "brands/rings/brand.toml" in ran.refusal
    assert "shape" in ran.refusal


def test_a_policy_in_a_brands_folder_that_is_none_is_named(shell: Shell) -> None:
    Path("brands/rings").mkdir(parents=True)
    Path("brands/rings/brand.toml").write_text("policy = 'policy.txt'\n")
    Path("brands/rings/policy.txt").write_text("")
    setting(GOOD)

    ran = shell("serve")

    assert ran.status == THEIRS
    assert "policy.txt" in ran.refusal


def test_a_brand_without_a_policy_says_how_to_import_one(shell: Shell) -> None:
    ran = shell("ask --brand rings", "How long do you keep my data?")

    assert ran.status == THEIRS
    assert "privacy-desk policy import FILE --brand rings" in ran.refusal


def test_a_policy_file_that_is_missing_is_named(shell: Shell) -> None:
    assert "nowhere.txt" in shell("ask --policy nowhere.txt question").refusal


# ports and folders


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.mark.parametrize("door", ["smtp_in", "web"])
def test_a_port_that_is_taken_is_named(shell: Shell, door: str) -> None:
    with taken_port() as port:
        doors = {"smtp_in": 0, "web": 0} | {door: port}
        setting(GOOD + "".join(f"[{name}]\nport = {number}\n" for name, number in doors.items()))
        ran = shell("serve")

    assert ran.status == THEIRS
    assert f"127.0.0.1:{port}" in ran.refusal
    assert "Traceback" not in ran.err


def test_a_second_desk_on_the_same_folder_is_refused(shell: Shell, tmp_path: Path) -> None:
    setting(GOOD)
    Path("desk").mkdir()
    with Path("desk/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in ("serve", f"ingest {as_mbox(tmp_path / 'mails', DELETION)} --brand rings"):
            ran = shell(command)
            assert ran.status == THEIRS
            assert "another privacy-desk works in desk" in ran.err


@pytest.mark.parametrize(
    "command", ["serve", "requests list", "shunt list", "db upgrade", "ask question", "policy show"]
)
def test_a_data_folder_below_a_file_is_refused(shell: Shell, command: str) -> None:
    Path("desk").write_text("I was here first")
    setting(GOOD)

    ran = shell(command)

    assert ran.status == THEIRS
    assert "the folder desk cannot be made" in ran.refusal
    assert Path("desk").read_text() == "I was here first"


def test_the_demo_says_so_too(shell: Shell) -> None:
    Path("desk").write_text("I was here first")

    ran = shell("demo --once")

    assert ran.status == THEIRS
    assert "desk" in ran.refusal


# the database


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("oracle://host/name", "not supported"),
        ("no url at all", "cannot be read"),
        ("mysql+pymysql://h/n", "not supported"),
    ],
)
def test_a_database_that_is_not_supported_is_refused(shell: Shell, url: str, said: str) -> None:
    setting(f'database = "{url}"\n')

    for command in ("requests list", "db upgrade"):
        ran = shell(command)
        assert ran.status == THEIRS
        assert said in ran.refusal


def test_a_file_that_is_no_database_stays_as_it_is(shell: Shell) -> None:
    Path("desk").mkdir()
    diary = "Dear diary, " * 500
    Path("desk/desk.sqlite3").write_text(diary)

    ran = shell("requests list")

    assert ran.status == OURS
    assert "not a database" in ran.refusal
    assert Path("desk/desk.sqlite3").read_text() == diary


def test_a_database_that_another_program_locks_is_said_to_be(shell: Shell, tmp_path: Path) -> None:
    shell.monkeypatch.setattr(upgrade_module, "_PATIENCE", 0.2)
    mails = as_mbox(tmp_path / "mails", DELETION)
    shell("db upgrade")
    with closing(sqlite3.connect("desk/desk.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        ran = shell(f"ingest {mails} --brand rings")
        other.execute("ROLLBACK")

    assert ran.status == OURS
    assert "locked" in ran.refusal
    assert "1 taken in" in shell(f"ingest {mails} --brand rings").out


def test_a_full_database_takes_nothing_in_halves(shell: Shell, tmp_path: Path) -> None:
    shell("db upgrade")
    mails = as_mbox(tmp_path / "mails", DELETION + b"x" * 2_000_000)

    with no_more_pages():
        ran = shell(f"ingest {mails} --brand rings")

    assert ran.status == OURS
    assert "full" in ran.err.splitlines()[-1]
    assert "Traceback" not in ran.err
    assert "1 taken in" in shell(f"ingest {mails} --brand rings").out


def test_a_read_only_database_is_said_to_be(shell: Shell, tmp_path: Path) -> None:
    shell("db upgrade")

    with queries_only():
        ran = shell(f"ingest {as_mbox(tmp_path / 'mails', DELETION)} --brand rings")

    assert ran.status == OURS
    assert "read-only" in ran.err.splitlines()[-1]


@contextmanager
def each_connection(statement: str) -> Iterator[None]:
    """Run `statement` on each connection to a database, after the product has set it up."""

    def set_up(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()

    event.listen(Engine, "connect", set_up)
    try:
        yield
    finally:
        event.remove(Engine, "connect", set_up)


def no_more_pages() -> Any:
    return each_connection("PRAGMA max_page_count = 1")


def queries_only() -> Any:
    return each_connection("PRAGMA query_only = ON")


# the demo and the shop's own desk


def test_the_demo_looks_at_nothing_of_the_shops_own(shell: Shell, tmp_path: Path) -> None:
    setting(f'database = "sqlite:///{tmp_path}/own.sqlite3"\ncolour = "red"\n')
    shell.monkeypatch.setenv("PRIVACY_DESK_DATABASE", "postgresql://own.example/own")

    settings = demo_settings(MailSink(tmp_path / "sent", port=2525), folder=tmp_path / "demo", doors=False)

    assert settings.database_url == f"sqlite:///{tmp_path}/demo/desk.sqlite3"


@pytest.mark.parametrize(
    "words", ["", "unknown", "requests", "ask --colour red q", "requests list --limit 0", "ingest x"]
)
def test_a_wrong_command_line_ends_with_status_2(shell: Shell, words: str) -> None:
    ran = shell(words)

    assert ran.status == THEIRS
    assert "Traceback" not in ran.err
