"""A question-like intent and a brand are each added in the one place that the README names, and then they work."""

import json
import re
import shutil
from pathlib import Path

import pytest

from bot import wiring
from bot.cli import reading
from bot.examining import setup as examining
from intents import Reader, load_classifier
from intents.catalogue import CATALOGUE_FOLDER, load_catalogue
from intents.train import train
from tests.outgoing import outgoing_of

from .mails import DELETION, a_mail, as_mbox
from .shell import Shell

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RECORDINGS = "We record phone calls to train our staff and delete the recordings of your personal data after 90 days."
POLICY = f"""Privacy policy

1. What we keep
We keep your personal data and your orders for seven years, because tax law wants it.

2. Phone calls
{RECORDINGS}
"""
INTENT = """
name = "recording_question"
handling = "answer"
cost = "question"
definition = "A question on whether phone calls are recorded."
borders = ["To have a recording erased is `deletion`."]
languages = ["en"]
examples = [
    "do you record phone calls",
    "are my calls recorded when I ring you",
    "is this phone call being recorded",
    "do you record calls to your shop and for how long",
    "do you keep recordings of phone calls",
    "why was my phone call recorded",
]
near_misses = [{ text = "I called you about my ring this morning", gold = [] }]
"""
QUESTION = "Do you record phone calls?"


def have_trained_with_one_more_intent(folder: Path) -> Reader:
    """What `intents train` does after a file was added, with a little text instead of all of it."""
    catalogue = Path(shutil.copytree(CATALOGUE_FOLDER, folder / "catalogue"))
    (catalogue / "recording_question.toml").write_text(INTENT, encoding="utf-8")
    (folder / "training").mkdir()
    said = [("where is my parcel", []), ("delete my account please", ["deletion"]), (QUESTION, ["recording_question"])]
    rows = [{"text": text, "gold": gold, "group": f"{text} {turn}"} for text, gold in said for turn in range(12)]
    (folder / "training" / "few.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    train(catalogue_folder=catalogue, training_folder=folder / "training", artefact_folder=folder / "artefact")
    return load_classifier(folder / "artefact")


def test_a_question_like_intent_is_one_file_and_one_training(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = have_trained_with_one_more_intent(tmp_path)
    for module in (examining, reading, wiring.desk):
        monkeypatch.setattr(module, "make_classifier", lambda: reader)
    monkeypatch.setattr(wiring.brands, "load_catalogue", lambda: load_catalogue(tmp_path / "catalogue"))
    Path("privacy-desk.toml").write_text(
        '[[brands]]\nname = "rings"\naddresses = ["hello@rings.example"]\nmode = "automatic"\n'
        '[brands.modes]\nrecording_question = "approve"\n'
    )
    Path("policy.txt").write_text(POLICY)
    shell("policy import policy.txt --brand rings")

    [read] = shell("classify --json", QUESTION).objects
    ran = shell(f"ingest {as_mbox(tmp_path / 'mails', a_mail(QUESTION))} --brand rings")

    assert [found["name"] for found in read["intents"]] == ["recording_question"]
    assert "1 in the database: answered" in ran.out
    [(_, state, parts)] = outgoing_of(Path("desk"))
    assert state == "held"
    assert RECORDINGS in [part["quotation"]["text"] for part in parts if "quotation" in part]


BRAND = """name = "Example Rings"
languages = ["de", "en"]
regimes = ["uk"]
time_zone = "Europe/London"

[[contacts]]
kind = "email"
value = "privacy@rings.example"
lines = [4]

[[promises]]
what = "request"
amount = 5
unit = "day"
lines = [4]
""" + "".join(
    f'''
[[overrides]]
field = "{field}"
value = "{value}"
author = "A. Clerk"
date = 2026-01-31
'''
    for field, value in (
        ("legal_entity", "Example Rings Ltd"),
        ("contact_email", "privacy@rings.example"),
        ("regulator", "Information Commissioner's Office"),
        ("complaint_route", "privacy@rings.example"),
    )
)


def test_a_brand_is_one_folder_beside_the_settings(shell: Shell, tmp_path: Path) -> None:
    Path("brands/rings").mkdir(parents=True)
    Path("brands/rings/brand.toml").write_text(BRAND)
    Path("policy.txt").write_text(POLICY)
    Path("privacy-desk.toml").write_text(
        '[[brands]]\nname = "rings"\naddresses = ["hello@rings.example"]\nmode = "approve"\n[smtp_in]\nport = 0\n'
    )

    imported = shell("policy import policy.txt --brand rings")
    [answer] = shell("ask --brand rings --json", QUESTION).objects
    checked = shell("check")
    shell(f"ingest {as_mbox(tmp_path / 'mails', DELETION)} --brand rings")

    assert imported.status == 0
    assert [quote["text"] for quote in answer["quotes"]] == [RECORDINGS]
    assert (checked.status, checked.out.count("mend")) == (0, 0)
    [request] = shell("requests list --json").objects
    [detail] = shell(f"requests show {request['reference']} --json").objects
    assert {deadline["regime"] for deadline in detail["deadlines"]} == {"uk", "policy"}
    assert detail["deadlines"][0]["regime"] == "policy"


def rows_of_the_table() -> list[tuple[str, str]]:
    table = README.partition("## Where do I add")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", table, re.M)
    return [(what, where) for what, where in rows if what not in ("...", "---")]


def test_the_readme_says_where_each_thing_is_added() -> None:
    said = " ".join(what for what, _ in rows_of_the_table())

    for thing in ("intent", "right", "brand", "channel", "clock", "rule", "language"):
        assert thing in said


@pytest.mark.parametrize(("what", "where"), rows_of_the_table(), ids=[what for what, _ in rows_of_the_table()])
def test_the_places_that_the_readme_names_exist(what: str, where: str) -> None:
    named = re.findall(r"`([^`]+)`", where)
    paths = [name for name in named if "/" in name]
    tables = [name for name in named if re.fullmatch(r"[A-Z]+", name)]

    assert paths or "as above" in where, what
    for path in paths:
        pattern = re.sub(r"<\w+>", "*", path)
        # An operator's own brands lie beside the settings; those in the repository have the same form.
        assert list(ROOT.glob(pattern.rstrip("/"))) or list((ROOT / "policy_faq").glob(pattern)), path
    for table in tables:
        texts = [
            file.read_text() for path in paths for file in ROOT.glob(re.sub(r"<\w+>", "*", path)) if file.is_file()
        ]
        assert any(re.search(rf"^{table}\b", text, re.M) for text in texts), table
