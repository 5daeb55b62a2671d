"""The README is true: what it names exists, and what must be named is named."""

import re
import shlex
from pathlib import Path

import pytest
import typer.main

from bot import words
from bot.cli.everything import app
from bot.core.playbook import Mode
from intents import load_catalogue

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")}

#: `folder/file` in backticks, but for patterns with <a placeholder> and what only a running desk makes.
PATHS = sorted(
    {
        (page, path)
        for page, text in PAGES.items()
        for path in re.findall(r"`((?:bot|intents|policy_faq|tests|deploy)/[^`<>\s]*)`", text)
    }
)
LANGUAGE_NAMES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pl": "Polish",
}


def commands_named() -> set[tuple[str, ...]]:
    """Each `privacy-desk ...` of the README as the words that follow it."""
    found = re.findall(r"privacy-desk ([a-z][^`#\n]*)", README)
    return {tuple(word for word in shlex.split(line) if re.fullmatch(r"[a-z]+", word)) for line in found}


@pytest.mark.parametrize(("page", "path"), PATHS)
def test_every_path_that_is_named_exists(page: str, path: str) -> None:
    assert (ROOT / path).exists(), f"{page} names {path}"


def test_every_command_that_is_named_exists() -> None:
    known = typer.main.get_command(app)

    assert commands_named()
    for named in commands_named():
        command = known
        for word in named:
            children = getattr(command, "commands", {})
            if not children:
                break
            assert word in children, f"privacy-desk {' '.join(named)}"
            command = children[word]


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make ([a-z]+)", " ".join(PAGES.values())))))
def test_every_make_target_that_is_named_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("mode", list(Mode))
def test_every_mode_is_documented(mode: Mode) -> None:
    assert f"| `{mode.value}` |" in README


def test_every_language_is_named() -> None:
    assert all(LANGUAGE_NAMES[language] in README for language in words.languages())


def test_the_number_of_intents_is_right() -> None:
    assert len(load_catalogue()) == 17
    assert "seventeen privacy intents" in PAGES["CHANGELOG.md"]


def test_the_bare_debian_line_and_both_commands_are_there() -> None:
    assert "apt-get install -y make git python3-venv" in README
    assert "`make run`" in README
    assert "`make test`" in README
    assert "not legal advice" in README
