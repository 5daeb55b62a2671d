"""`privacy-desk record --stored`: a talk of the database becomes a conversation file."""

from pathlib import Path

from .mails import DELETION, SHOP, as_eml
from .shell import Shell

SETTINGS = f"""\
[[brands]]
name = "marigold"
mode = "automatic"
addresses = ["{SHOP}"]
"""


def test_a_stored_talk_is_recorded_without_the_person(shell: Shell, tmp_path: Path) -> None:
    Path("privacy-desk.toml").write_text(SETTINGS)
    as_eml(tmp_path / "mails", DELETION)
    assert shell("ingest mails --brand marigold").status == 0
    (reference,) = [found["reference"] for found in shell("requests list --json").objects]

    ran = shell(f"record --stored {reference} --no-played")

    assert ran.status == 0
    assert "brand: marigold" in ran.out
    assert "from: person1@customers.example" in ran.out
    assert "ada@" not in ran.out


def test_what_is_not_stored_is_a_mistake(shell: Shell) -> None:
    Path("privacy-desk.toml").write_text(SETTINGS)
    shell("db upgrade")

    assert "no talk of the database is called so" in shell("record --stored PD-AAAA-BBBB").refusal


def test_either_files_or_a_stored_talk_are_recorded(shell: Shell) -> None:
    assert "--stored" in shell("record").refusal
