"""The file format: strict, with the line of every mistake, and the same in the loader and in the published schema."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.replay.form import SCHEMA_FILE, schema, written_schema
from bot.replay.loading import conversation_files, load
from bot.replay.places import BadConversation
from bot.replay.script import Said

SMALLEST = {"turns": [{"says": "Hello"}]}


def a_file(folder: Path, text: str, name: str = "a.conversation.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def with_turn(**fields: Any) -> dict[str, Any]:
    return {"turns": [fields]}


def expecting(**fields: Any) -> dict[str, Any]:
    return with_turn(says="Hello", expect=fields)


#: Documents that make sense, and documents that do not.
GOOD = [
    SMALLEST,
    {**SMALLEST, "conversation": "A title", "brand": "marigold", "mode": "shadow", "modes": {"deletion": "approve"}},
    {**SMALLEST, "channel": "terminal", "channels": ["email"], "depth": "core", "tags": ["one", "two"]},
    {**SMALLEST, "starts": "2026-11-23T10:00Z", "has_directory": True, "from": "ada@example.org", "policy": "none"},
    with_turn(after="3 days"),
    with_turn(button="1", after="10 minutes", thread="new", delayed="4 days"),
    with_turn(html="<p>Hi</p>", headers={"List-Id": "<x>"}, attachments="a.pdf", subject="", name="Ada"),
    with_turn(says="Hi", reads=["deletion", "access"], language="de", answers=["54", "66-68, 70", "none"]),
    with_turn(says="Hi", doubt="ambiguous", candidates=["deletion", "access"]),
    with_turn(staff={"request": "deletion", "to": "completed"}),
    expecting(),
    expecting(intents=[], rules=["ask_for_proof"], templates="code_sent", staff=[], requests=0),
    expecting(request="deletion"),
    expecting(request=[{"right": "deletion", "state": "open", "due": "2026-12-23", "level": 1, "subject": ""}]),
    expecting(suppressed={"purpose": "marketing", "address": "ada@example.org"}),
    expecting(untouched=True, urgent=False, kept_back=["reply", "code"], headers={"Subject": "Re:"}),
    expecting(request={"right": "access", "kind": "transfers"}, stored={"request": 1}),
    expecting(stored={"request": [], "verification": {"level": 1, "subject": None}, "inbox": [{"raw": "kept"}]}),
    expecting(stored={"inbox": {"rules": ["drop_robots"], "intents": [], "done_at": "2026-11-23T10:00Z"}}),
    expecting(any_of=[{"no_reply": True}, {"any_of": [{"no_code": True}, {"requests": 2}]}]),
]
BAD = [
    {},
    {"turns": []},
    {"turns": {"says": "Hello"}},
    {**SMALLEST, "turn": []},
    {**SMALLEST, "brand": "Marigold & Finch"},
    {**SMALLEST, "mode": "careless"},
    {**SMALLEST, "modes": {"deletions": "shadow"}},
    {**SMALLEST, "channel": "pigeon"},
    {**SMALLEST, "depth": []},
    {**SMALLEST, "starts": "tomorrow"},
    {**SMALLEST, "has_directory": "yes"},
    {**SMALLEST, "conversation": 7},
    with_turn(say="Hello"),
    with_turn(says=["Hello"]),
    with_turn(says=483920),
    with_turn(says="Hello", button="1"),
    with_turn(says="Hello", staff={"request": "deletion", "to": "open"}),
    with_turn(says="Hello", after="a while"),
    with_turn(says="Hello", reads="delete"),
    with_turn(says="Hello", doubt="none"),
    with_turn(says="Hello", answers="lines 4 to 6"),
    with_turn(says="Hello", headers=["List-Id"]),
    with_turn(says="Hello", thread="old"),
    with_turn(staff={"request": "deletion"}),
    with_turn(staff={"request": "newsletter", "to": "completed"}),
    expecting(reply=7),
    expecting(replies="Hello"),
    expecting(rules="delete_everything"),
    expecting(template="hello_world"),
    expecting(requests=-1),
    expecting(requests="one"),
    expecting(request={"state": "open"}),
    expecting(request={"right": "deletion", "state": "done"}),
    expecting(request={"right": "deletion", "due": "Christmas"}),
    expecting(untouched=False),
    expecting(no_code="yes"),
    expecting(any_of=[{"no_reply": True}]),
    expecting(any_of=[{"nothing": True}, {"no_reply": True}]),
    expecting(suppressed="post"),
    expecting(stored={"requests": 1}),
    expecting(stored={"request": {"right": "deletion"}}),
    expecting(stored={"request": {"level_needed": "one"}}),
    expecting(stored={"request": -1}),
    expecting(stored=["request"]),
    expecting(stored={"inbox": {"raw": "Delete it"}}),
    expecting(request={"right": "access", "kind": "of everything"}),
    with_turn(says="Hello", translations=["Hallo"]),
    expecting(kept_back="mail"),
]


def loads(folder: Path, document: Any) -> bool:
    try:
        load(a_file(folder, yaml.safe_dump(document, allow_unicode=True)))
    except BadConversation:
        return False
    return True


def is_valid(document: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(schema()).is_valid(document))


@pytest.mark.parametrize("document", GOOD, ids=json.dumps)
def test_what_makes_sense_is_loaded_and_fits_the_schema(document: Any, tmp_path: Path) -> None:
    assert (loads(tmp_path, document), is_valid(document)) == (True, True)


@pytest.mark.parametrize("document", BAD, ids=json.dumps)
def test_what_makes_no_sense_is_refused_by_the_loader_and_by_the_schema(document: Any, tmp_path: Path) -> None:
    assert (loads(tmp_path, document), is_valid(document)) == (False, False)


def test_every_conversation_of_ours_fits_the_schema() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    folder = Path(__file__).parents[1] / "conversations"
    documents = [yaml.safe_load(path.read_text("utf-8")) for path in conversation_files([folder])]

    assert [error.message for document in documents for error in validator.iter_errors(document)] == []


def test_the_published_schema_is_that_of_the_loader() -> None:
    hint = "run: python -m bot.replay.form > bot/replay/conversation.schema.json"
    assert SCHEMA_FILE.read_text("utf-8") == written_schema(), hint
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("turns:\n  - says: Hello\n    expects: {}\n", "3: a turn has no field 'expects'"),
        ("turns:\n  - says: Hello\n    expect:\n      requests: many\n", "4: a whole number, 0 or more, is expected"),
        ("turns:\n  - says: 483920\n", "2: a text, in quotes is expected here, and this is a number"),
        ("turns:\n  - says: Hello\n    says: Again\n", "3: the field 'says' is there twice"),
        ("turns:\n  - says: Hello\n    reads:\n    - access\n    - acces\n", "5: 'acces' is not an intent; there are"),
        (
            "turns:\n- says: Hello\n  expect: {template: code_snet_mail}\n",
            "3: 'code_snet_mail' is not a template; did you mean",
        ),
        ("turns: [\n", "2: this is not YAML"),
        ("", "1: the file is empty"),
        ("brand: marigold\n", "1: a conversation needs the field 'turns'"),
        ("turns:\n  - eml: missing.eml\n", "2: "),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    path = a_file(tmp_path, text)

    with pytest.raises(BadConversation) as fault:
        load(path)

    assert str(fault.value).startswith(f"{path}:{said}")


def test_json_lines_hold_one_conversation_each_and_know_their_line(tmp_path: Path) -> None:
    lines = [json.dumps({**SMALLEST, "conversation": name}) for name in ("One", "Two")]
    path = a_file(tmp_path, f"{lines[0]}\n\n{lines[1]}\n", "many.conversations.jsonl")

    scripts = load(path)

    assert [(script.title, script.place.line) for script in scripts] == [("One", 1), ("Two", 3)]
    a_file(tmp_path, f'{lines[0]}\n{{"turns": [{{"say": "Hello"}}]}}\n', path.name)
    with pytest.raises(BadConversation, match=":2:13: a turn has no field 'say'"):
        load(path)


def test_a_failure_in_a_long_line_knows_its_place_in_it(tmp_path: Path) -> None:
    line = json.dumps({"turns": [{"says": "Hello", "expect": {"requests": 1}}]})
    (script,) = load(a_file(tmp_path, line + "\n", "many.conversations.jsonl"))

    (check,) = script.turns[0].expect.checks

    column = line.index('"requests"') + 1
    assert str(check.place) == f"{tmp_path}/many.conversations.jsonl:1:{column}"


def test_a_mail_may_lie_beside_the_conversation(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"From: ada@example.org\r\n\r\nHello\r\n")

    (script,) = load(a_file(tmp_path, "turns:\n  - eml: a.eml\n"))

    assert isinstance(script.turns[0].act, Said)
    assert script.turns[0].act.eml == b"From: ada@example.org\r\n\r\nHello\r\n"


def test_a_folder_without_conversations_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(BadConversation, match="no file in it"):
        list(conversation_files([tmp_path]))
