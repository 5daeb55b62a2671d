"""The operator's corrections of a policy's structure."""

from pathlib import Path

import pytest

from policy_faq import PolicyError, import_policy
from policy_faq.structure import line_digest, load_corrections

OPENING = "Privacy policy\n\nWe use your personal data and cookies.\n\n"


def corrections_of(folder: Path, words: str, kind: str) -> Path:
    path = folder / "structure.toml"
    path.write_text(f'[[line]]\ndigest = "{line_digest(words)}"\nis = "{kind}"\n', encoding="utf-8")
    return path


def test_a_line_is_what_the_operator_says_that_it_is(tmp_path: Path) -> None:
    told = load_corrections(corrections_of(tmp_path, "What we keep and why we keep it for you, always.", "heading"))
    raw = (OPENING + "What we keep and why we keep it for you, always.\n\nYour name and address.\n").encode()

    policy = import_policy(raw, name="p", corrections=told)

    assert policy.section_at(policy.units[-1].start).title == "What we keep and why we keep it for you, always."


def test_a_correction_survives_the_next_version(tmp_path: Path) -> None:
    told = load_corrections(corrections_of(tmp_path, "Buy two, pay one!", "noise"))
    raw = (OPENING + "A new first line about your data.\n\nBUY two,  pay one!\n\nWe keep orders.\n").encode()

    policy = import_policy(raw, name="p", corrections=told)

    assert not any("pay one" in policy.text[unit.start : unit.end] for unit in policy.units)
    assert [drop.reason for drop in policy.dropped] == ["operator"]


def test_a_broken_corrections_file_names_itself(tmp_path: Path) -> None:
    path = corrections_of(tmp_path, "x", "nonsense")

    with pytest.raises(PolicyError, match=r"structure\.toml"):
        load_corrections(path)
