"""`intents`: what developers measure the reader with."""

import json
from pathlib import Path

from intents.artefact import ARTEFACT_FOLDER

from .shell import Shell


def a_file(folder: Path) -> Path:
    rows = [
        {"id": "m1", "text": "please delete my account", "gold": ["deletion"]},
        {"id": "m2", "text": "do you have this ring in silver", "gold": []},
    ]
    file = folder / "few.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def test_an_evaluation_is_told_and_written_as_a_page(shell: Shell, tmp_path: Path) -> None:
    file = a_file(tmp_path)

    ran = shell("intents evaluate", str(file), "--html", "page.html")

    assert ran.status == 0
    assert "false alarms" in ran.out
    assert "few.jsonl" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_an_artefact_against_itself_is_not_better(shell: Shell, tmp_path: Path) -> None:
    ran = shell("intents evaluate", str(a_file(tmp_path)), "--compare", str(ARTEFACT_FOLDER))

    assert "McNemar p = 1" in ran.out


def test_a_folder_without_an_artefact_is_one_line(shell: Shell, tmp_path: Path) -> None:
    ran = shell("intents evaluate", str(a_file(tmp_path)), "--compare", "nowhere")

    assert "nowhere" in ran.refusal


def test_a_reading_is_explained(shell: Shell) -> None:
    ran = shell("intents explain", "please delete my account")

    assert "window" in ran.out
    assert "deletion" in ran.out
    assert "words:" in ran.out
