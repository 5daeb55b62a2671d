"""The pytest plugin, in somebody else's empty repository with only the package installed."""

import os
import subprocess
import sys
from pathlib import Path

GOOD = "conversation: It is noted.\nturns:\n- says: Delete my data.\n  reads: deletion\n  expect: {requests: 1}\n"
WRONG = GOOD.replace("requests: 1", "requests: 2")


def pytest_in(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PRIVACY_DESK"))
    }
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_conversation_files_are_tests_in_an_empty_repository(tmp_path: Path) -> None:
    (tmp_path / "good.conversation.yaml").write_text(GOOD)
    (tmp_path / "wrong.conversation.yaml").write_text(WRONG)
    (tmp_path / "many.conversations.jsonl").write_text(
        '{"turns": [{"says": "Delete it.", "reads": ["deletion"], "expect": {"requests": 1}}]}\n'
        '{"depth": "road", "turns": [{"says": "Which ring size do I need?"}]}\n'
    )

    ran = pytest_in(tmp_path, "-q", "-W", "error")

    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "1 failed, 2 passed" in ran.stdout
    failure = f"{tmp_path}/wrong.conversation.yaml:5\n  expected  requests: 2\n  found     1: PD-"
    assert failure in ran.stdout


def test_a_bad_file_is_an_error_of_the_collection_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "bad.conversation.yaml").write_text("turns:\n- say: Hello\n")

    ran = pytest_in(tmp_path, "-q")

    assert ran.returncode == 2
    assert "bad.conversation.yaml:2: a turn has no field 'say'" in ran.stdout


def test_nothing_of_ours_is_imported_where_there_is_no_conversation(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("import sys\ndef test_it():\n    assert 'bot.core' not in sys.modules\n")

    ran = pytest_in(tmp_path, "-q")

    assert ran.returncode == 0, ran.stdout
