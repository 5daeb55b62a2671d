"""A command that is loaded by itself is the one that stands among all."""

import subprocess
import sys

import pytest
import typer

from bot.cli import _BY_THEMSELVES, _app_for
from bot.cli.everything import app


def commands_of(made: typer.Typer) -> dict[str, object]:
    group = typer.main.get_command(made)
    assert isinstance(group, typer.core.TyperGroup)
    return {
        name: [(param.name, param.opts, param.required, param.default) for param in command.params]
        for name, command in group.commands.items()
    }


@pytest.mark.parametrize("name", _BY_THEMSELVES)
def test_it_takes_the_same_words(name: str) -> None:
    alone, every = commands_of(_app_for([name])), commands_of(app)

    assert name in alone
    assert alone == {one: every[one] for one in alone}
    assert set(alone) == {one for one, module in _BY_THEMSELVES.items() if module == _BY_THEMSELVES[name]}


@pytest.mark.parametrize("words", [[], ["requests"], ["--help"], ["nonsense"]])
def test_with_other_words_all_commands_are_there(words: list[str]) -> None:
    assert commands_of(_app_for(words)) == commands_of(app)


def test_nothing_that_ingest_does_not_need_is_loaded() -> None:
    asked = "import sys; from bot.cli import _app_for; _app_for(['ingest']); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()

    assert "bot.cli.ingesting" in loaded
    assert not [
        name for name in loaded if name.split(".")[:2] in (["bot", "console"], ["bot", "replay"], ["bot", "demo"])
    ]
