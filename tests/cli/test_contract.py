"""What other programs may build upon: the `--json` output, the exit status, and what a command leaves behind."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from bot import wiring
from bot.channels import Arrival
from bot.engine.intake import accept
from bot.settings import load_settings
from policy_faq.brands.loading import SHIPPED

from .mails import DELETION, RING, STOP, a_mail, as_eml, as_maildir, as_mbox
from .shell import Shell
from .told import MUMBLE

POLICY = SHIPPED / "marigold" / "policy.txt"
POLICY_LINES = POLICY.read_text(encoding="utf-8").splitlines()
#: A policy of these tests' own.
KEEPS = "We keep your personal data and your orders for seven years, because tax law wants it."
SHORT_POLICY = f"""Privacy policy

1. What we keep
{KEEPS}

2. Cookies
We use only cookies that the basket needs. Your data is never sold.
"""


def lines(*values: object) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


# classify


def test_classify_says_what_a_text_wants(shell: Shell) -> None:
    ran = shell("classify --json", "Please delete all my personal data.")

    [value] = ran.objects
    assert ran.status == 0
    assert value["language"] == "en"
    assert value["abstained"] is False
    assert [found["name"] for found in value["intents"]] == ["deletion"]
    assert value["intents"][0]["evidence"] == "Please delete all my personal data."
    assert 0 < value["intents"][0]["confidence"] <= 1


def test_classify_finds_nothing_in_an_ordinary_text(shell: Shell) -> None:
    [value] = shell("classify --json", "Do you have this ring in size 54?").objects

    assert value["intents"] == []
    assert value["abstained"] is False


def test_classify_names_the_candidates_where_it_abstains(shell: Shell) -> None:
    [value] = shell("classify --json", MUMBLE).objects

    assert value["abstained"] is True
    assert value["intents"] == []
    assert [found["name"] for found in value["candidates"]] == ["access", "deletion"]


def test_classify_answers_each_line_with_one_and_ignores_unknown_fields(shell: Shell) -> None:
    given = lines(
        {"id": "a", "text": "Please delete all my personal data.", "colour": "red", "channel": "chat"},
        {"id": 7, "text": "Where is my parcel?", "subject": "Order 1234", "channel": "email"},
        {"text": "Please unsubscribe me from the newsletter.", "subject": None},
    )

    ran = shell("classify --json", stdin=given)

    assert ran.status == 0
    assert [value["id"] for value in ran.objects] == ["a", 7, None]
    assert [[found["name"] for found in value["intents"]] for value in ran.objects] == [
        ["deletion"],
        [],
        ["unsubscribe"],
    ]


@pytest.mark.parametrize(
    "bad",
    [
        b"not JSON",
        b"[1, 2]",
        b'{"id": "b"}',
        b'{"text": 5}',
        b'{"text": "caf\xe9"}',
        b"[" * 100_000,
        b"\x00",
        b'{"text"',
    ],
    ids=["no JSON", "no object", "no text", "text is no text", "no UTF-8", "deep", "NUL", "cut off"],
)
def test_a_bad_line_is_named_by_its_number_and_the_rest_is_done(shell: Shell, bad: bytes) -> None:
    good = b'{"id": "good", "text": "Please delete all my personal data."}\n'

    ran = shell("classify --json", stdin=good + bad + b"\n\n" + good)

    assert ran.status == 2
    assert len(ran.objects) == 2
    assert ran.err.count("\n") == 1
    assert "line 2: " in ran.err


def test_output_is_utf_8_whatever_was_given(shell: Shell) -> None:
    ran = shell("classify --json", stdin='{"id": "\\ud800 ü", "text": "Bitte löschen Sie alle meine Daten. \\ud800"}\n')

    [value] = ran.objects
    assert ran.status == 0
    assert value["id"].endswith("ü")


def test_classify_speaks_plainly_to_people(shell: Shell) -> None:
    assert shell("classify", "Please delete all my personal data.").out.startswith("deletion")
    assert shell("classify", "Do you have this ring in size 54?").out == "Not a privacy message.\n"


# ask


def test_ask_quotes_the_policy_byte_for_byte(shell: Shell) -> None:
    ran = shell("ask --json", "How long do you keep my orders?")

    [value] = ran.objects
    assert ran.status == 0
    assert value["answered"] is True
    assert value["policy_sha256"] == "".join(value["policy_sha256"].split())
    for quote in value["quotes"]:
        stored = "\n".join(POLICY_LINES[quote["first_line"] - 1 : quote["last_line"]])
        assert quote["text"] in stored
        assert quote["section"]


def test_ask_says_when_the_policy_does_not(shell: Shell) -> None:
    [value] = shell("ask --json", "What is the name of the founder's dog?").objects

    assert value["answered"] is False
    assert value["quotes"] == []


def test_ask_of_a_file_and_of_its_brand_answer_alike(shell: Shell) -> None:
    question = "How long do you keep my orders?"

    assert (
        shell(f"ask --policy {POLICY} --json", question).objects
        == shell("ask --brand marigold --json", question).objects
    )


def test_ask_answers_each_line_with_one(shell: Shell) -> None:
    given = lines({"id": 1, "question": "Do you use cookies?", "mood": "good"}, {"id": 2}, {"id": 3, "question": ""})

    ran = shell("ask --json", stdin=given)

    assert ran.status == 2
    assert [value["id"] for value in ran.objects] == [1, 3]
    assert ran.objects[0]["answered"] is True
    assert ran.objects[1]["answered"] is False
    assert "line 2" in ran.err


def test_ask_takes_any_text(shell: Shell) -> None:
    odd = ["How long do you keep \ud800 orders?", "\x00", " ", "a" * 300_000, "🙏" * 3000, "\u202e?"]

    ran = shell("ask --json", stdin=lines(*({"id": text[:1], "question": text} for text in odd)))

    assert ran.status == 0
    assert len(ran.objects) == len(odd)
    assert shell("ask --json", "\udce9 cookies?").status == 0


def test_ask_speaks_plainly_to_people(shell: Shell) -> None:
    assert "line" in shell("ask", "Do you use cookies?").out
    assert shell("ask", "What is the name of the founder's dog?").out == "The policy does not say.\n"


# mail parse


def test_mail_parse_gives_the_new_words_and_who_wrote_them(shell: Shell, tmp_path: Path) -> None:
    raw = a_mail("Please send me a copy.\r\n\r\nOn Monday the shop wrote:\r\n> How can we help?\r\n> Love, the shop")
    [path] = as_eml(tmp_path / "in", raw)

    ran = shell(f"mail parse --json {path}")

    [value] = ran.objects
    assert ran.status == 0
    assert (value["path"], value["ok"], value["error"]) == (str(path), True, "")
    assert (value["message_id"], value["identity"]) == ("1@customers.example", "ada@example.org")
    assert (value["subject"], value["text"].strip()) == ("Hello", "Please send me a copy.")
    assert (value["automatic"], value["may_reply"], value["bounce"], value["attachments"]) == (False, True, None, [])


def test_mail_parse_says_why_a_machine_is_not_answered(shell: Shell, tmp_path: Path) -> None:
    [path] = as_eml(tmp_path / "in", a_mail("I am on holiday.", Auto_Submitted="auto-replied"))

    [value] = shell(f"mail parse --json {path}").objects

    assert (value["automatic"], value["may_reply"]) == (True, False)
    assert value["reason"]


def test_mail_parse_goes_on_after_what_it_cannot_read(shell: Shell, tmp_path: Path) -> None:
    good = as_eml(tmp_path / "in", DELETION)[0]
    empty = tmp_path / "empty.eml"
    empty.write_bytes(b"")
    missing = tmp_path / "missing.eml"

    ran = shell(f"mail parse --json {empty} {missing} {good}")

    assert ran.status == 2
    assert [value["path"] for value in ran.objects] == [str(empty), str(missing), str(good)]
    assert [value["ok"] for value in ran.objects] == [False, False, True]
    assert all(value["error"] for value in ran.objects[:2])


@pytest.mark.parametrize(
    "odd",
    [
        b"\x00" * 50,
        b"\xff\xfe\x00binary",
        b"no header at all",
        b"From: a@b.example\r\n" * 500,
        b"Content-Type: multipart/",
    ],
    ids=["NUL", "binary", "no header", "many From", "cut off"],
)
def test_mail_parse_of_odd_bytes_gives_one_object_and_no_traceback(shell: Shell, tmp_path: Path, odd: bytes) -> None:
    [path] = as_eml(tmp_path / "in", odd)

    ran = shell(f"mail parse --json {path}")

    [value] = ran.objects
    assert ran.status == (0 if value["ok"] else 2)
    assert value["ok"] == (value["error"] == "")
    assert "Traceback" not in ran.err


def test_mail_parse_needs_no_password(shell: Shell, tmp_path: Path) -> None:
    Path("privacy-desk.toml").write_text('[smtp_out]\nhost = "mail.example"\nuser = "u"\npassword_from = "NOT_SET"\n')
    [path] = as_eml(tmp_path / "in", DELETION)

    assert shell(f"mail parse --json {path}").status == 0


# ingest


def put_to_work(mode: str = "automatic") -> None:
    """A desk for the fictional shop."""
    Path("privacy-desk.toml").write_text(
        f'[[brands]]\nname = "marigold"\naddresses = ["hello@shop.example"]\nmode = "{mode}"\n'
    )


@pytest.mark.parametrize("store", [as_mbox, as_maildir], ids=["mbox", "Maildir"])
def test_ingest_takes_nothing_twice(shell: Shell, tmp_path: Path, store: object) -> None:
    put_to_work()
    assert callable(store)
    path = store(tmp_path / "mails", DELETION, RING, STOP)

    first = shell(f"ingest {path} --brand marigold")
    again = shell(f"ingest {path} --brand marigold")

    assert (first.status, again.status) == (0, 0)
    assert "3 taken in" in first.out
    assert "3 known already" in again.out
    assert "taken in" not in again.out
    assert len(shell("requests list --json").objects) == 2


def test_ingest_of_single_files_goes_on_after_one_that_is_missing(shell: Shell, tmp_path: Path) -> None:
    put_to_work()
    first, second = as_eml(tmp_path / "in", DELETION, RING)

    ran = shell(f"ingest {first} nowhere.eml {second} --brand marigold")

    assert ran.status == 2
    assert "nowhere.eml" in ran.err
    assert "2 taken in" in ran.out


def test_a_dry_run_decides_and_queues_nothing(shell: Shell, tmp_path: Path) -> None:
    put_to_work()
    path = as_mbox(tmp_path / "mails", DELETION, STOP)

    ran = shell(f"ingest {path} --brand marigold --dry-run")

    assert ran.status == 0
    [deletion, stop] = sorted(shell("requests list --json").objects, key=lambda row: row["right"])
    for request in (deletion, stop):
        [detail] = shell(f"requests show {request['reference']} --json").objects
        assert detail["outgoing"]
        assert {sent["state"] for sent in detail["outgoing"]} == {"shadow"}


def test_a_dry_run_keeps_nothing_from_being_answered_that_waited_before(shell: Shell, tmp_path: Path) -> None:
    put_to_work()
    shell("db upgrade")
    asyncio.run(accept_and_stop(DELETION))

    shell(f"ingest {as_mbox(tmp_path / 'mails', STOP)} --brand marigold --dry-run")

    found = {}
    for request in shell("requests list --json").objects:
        [detail] = shell(f"requests show {request['reference']} --json").objects
        found[request["right"]] = {sent["state"] for sent in detail["outgoing"]}
    assert found == {"deletion": {"queued"}, "unsubscribe": {"shadow"}}


def test_ingest_for_one_brand_leaves_the_mail_of_another_unharmed(shell: Shell, tmp_path: Path) -> None:
    put_to_work()
    shell("db upgrade")
    asyncio.run(accept_and_stop(DELETION))

    shell(f"ingest {as_mbox(tmp_path / 'mails', STOP)} --brand rings")

    assert shell("shunt list --json").out == ""
    assert {row["brand"] for row in shell("requests list --json").objects} == {"marigold", "rings"}


async def accept_and_stop(raw: bytes) -> None:
    """A desk that takes in a mail and is gone before it handles it."""
    async with wiring.open_desk(load_settings()) as desk:
        await accept(desk, Arrival(channel="email", brand="marigold", raw=raw, received_at=wiring.utc_now()))


def test_what_is_ingested_in_automatic_mode_waits_in_the_queue(shell: Shell, tmp_path: Path) -> None:
    put_to_work()

    shell(f"ingest {as_mbox(tmp_path / 'mails', DELETION)} --brand marigold")

    [request] = shell("requests list --json").objects
    [detail] = shell(f"requests show {request['reference']} --json").objects
    assert {sent["state"] for sent in detail["outgoing"]} == {"queued"}


def test_a_message_that_cannot_be_read_is_shunted_listed_and_the_next_is_handled(shell: Shell, tmp_path: Path) -> None:
    put_to_work()
    paths = as_eml(tmp_path / "in", b"", DELETION)

    ran = shell(f"ingest {paths[0]} {paths[1]} --brand marigold")

    [shunted] = shell("shunt list --json").objects
    assert ran.status == 0
    assert shunted.keys() == {"id", "brand", "reason", "attempts"}
    assert shunted["brand"] == "marigold"
    assert shunted["reason"]
    assert shunted["id"] in shell("shunt list").out
    assert len(shell("requests list --json").objects) == 1
    assert shell(f"shunt retry {shunted['id']}").out == "1 message will be tried again.\n"
    assert shell("shunt list").out == "No message was shunted.\n"


# policy


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("policy.txt", SHORT_POLICY),
        ("policy.md", SHORT_POLICY.replace("1. ", "# ").replace("2. ", "# ")),
        ("policy.html", "<html><body><h1>" + SHORT_POLICY.replace("\n\n", "</p>\n<p>") + "</p></body></html>"),
    ],
)
def test_a_policy_of_each_kind_is_imported_once_and_quoted(shell: Shell, tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)

    first = shell(f"policy import {file} --brand rings")
    again = shell(f"policy import {file} --brand rings")

    assert (first.status, again.status) == (0, 0)
    assert first.out.startswith("Imported for rings: ")
    assert again.out.startswith("Already imported")
    [answer] = shell("ask --brand rings --json", "How long do you keep my orders?").objects
    assert KEEPS in answer["quotes"][0]["text"]
    assert name in shell("policy show --brand rings").out


def test_a_new_version_takes_the_place_of_the_old(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "policy.txt"
    file.write_text(SHORT_POLICY)
    shell(f"policy import {file} --brand rings")
    file.write_text(SHORT_POLICY.replace("seven", "eight"))
    shell(f"policy import {file} --brand rings")

    [answer] = shell("ask --brand rings --json", "How long do you keep my orders?").objects

    assert "eight years" in answer["quotes"][0]["text"]


@pytest.mark.parametrize("bad", ["empty", "binary", "missing", "folder", "recipe"])
def test_what_is_no_policy_is_refused_in_one_line_and_the_old_version_stays(
    shell: Shell, tmp_path: Path, bad: str
) -> None:
    file = tmp_path / "policy.txt"
    file.write_text(SHORT_POLICY)
    shell(f"policy import {file} --brand rings")
    contents = {"empty": b" \n", "binary": bytes(range(256)) * 40, "recipe": b"Stir the flour into the milk. " * 30}
    if bad in contents:
        (tmp_path / bad).write_bytes(contents[bad])
    if bad == "folder":
        (tmp_path / bad).mkdir()

    ran = shell(f"policy import {tmp_path / bad} --brand rings")

    assert ran.status == 2
    assert str(tmp_path / bad) in ran.refusal
    assert shell("ask --brand rings --json", "How long do you keep my orders?").objects[0]["answered"] is True


def test_policy_show_lists_the_sections_with_their_lines(shell: Shell) -> None:
    shown = shell("policy show").out

    assert "policy.txt" in shown
    assert "Cookies" in shown or "cookies" in shown


# requests


def test_requests_list_and_show_are_one_object_a_line(shell: Shell, tmp_path: Path) -> None:
    put_to_work()
    shell(f"ingest {as_mbox(tmp_path / 'mails', DELETION)} --brand marigold")

    [row] = shell("requests list --json").objects
    [detail] = shell(f"requests show {row['reference'].lower()} --json").objects

    assert row["brand"] == "marigold"
    assert (row["right"], row["state"]) == ("deletion", "awaiting_verification")
    assert (row["claimed_address"], row["subject"]) == ("ada@example.org", "")
    assert row["due_on"]
    assert detail["request"] == row
    assert detail["verification"] is None
    assert [message["rules"] for message in detail["messages"]]
    assert row["reference"] in shell("requests list").out
    assert "claimed, not proved" in shell(f"requests show {row['reference']}").out


def test_a_list_cuts_nothing_off_however_long_it_is(shell: Shell, tmp_path: Path) -> None:
    put_to_work()
    sender = f"{'a' * 40}@{'b' * 40}.example.org"
    shell(f"ingest {as_mbox(tmp_path / 'mails', a_mail('Please delete all my data.', sender=sender))} --brand marigold")

    listed = shell("requests list").out

    assert "…" not in listed
    assert listed.count("a") >= 40
    assert listed.count("b") >= 40


def test_requests_list_keeps_to_what_was_asked_for(shell: Shell, tmp_path: Path) -> None:
    put_to_work()
    shell(f"ingest {as_mbox(tmp_path / 'mails', DELETION, STOP)} --brand marigold")

    assert [row["right"] for row in shell("requests list --json --state open").objects] == ["unsubscribe"]
    assert shell("requests list --json --brand rings").out == ""
    assert len(shell("requests list --json --limit 1").objects) == 1
    assert shell("requests list --brand rings").out == "No requests.\n"


def test_an_unknown_reference_or_state_or_message_is_said_plainly(shell: Shell) -> None:
    for command in ("requests show PD-NOPE-NOPE", "requests list --state opened", "shunt retry nothing"):
        ran = shell(command)
        assert ran.status == 2
        assert ran.refusal


# upkeep


def test_db_upgrade_is_done_once(shell: Shell) -> None:
    assert shell("db upgrade").out.startswith("Ran ")
    assert shell("db upgrade").out == "The database is up to date.\n"


def test_doctor_says_what_to_mend(shell: Shell) -> None:
    Path("privacy-desk.toml").write_text('[[brands]]\nname = "marigold"\n\n[smtp_out]\nport = 1\n')

    ran = shell("doctor")

    assert ran.status == 2
    assert "ok    database" in ran.out
    assert "ok    brand marigold" in ran.out
    assert "mend  mail out" in ran.out
    assert "127.0.0.1:1 cannot be used now" in ran.out


def test_check_names_what_is_missing_before_going_live(shell: Shell, tmp_path: Path) -> None:
    Path("privacy-desk.toml").write_text('[[brands]]\nname = "rings"\n')

    ran = shell("check")

    assert ran.status == 2
    for missing in ("a way for mail to come in", "an address", "which law", "a policy", "mode shadow"):
        assert any(line.startswith("mend") and missing in line for line in ran.out.splitlines()), missing


def test_check_is_content_with_a_desk_that_is_ready(shell: Shell, tmp_path: Path) -> None:
    put_to_work("approve")
    with Path("privacy-desk.toml").open("a") as file:
        file.write("[smtp_in]\nport = 0\n")

    ran = shell("check")

    assert (ran.status, ran.out.count("mend")) == (0, 0)


# init


ANSWERS = "Example Rings\nhello@rings.example\n\n\n\n"


def test_init_writes_a_desk_that_only_watches(shell: Shell) -> None:
    ran = shell("init", stdin=ANSWERS)

    written = Path("privacy-desk.toml").read_text()
    assert ran.status == 0
    assert 'name = "example-rings"' in written
    assert 'mode = "shadow"' in written
    assert "--brand example-rings" in ran.out
    assert shell("check").status == 2


def test_init_does_not_replace_what_is_there_unless_told_to(shell: Shell) -> None:
    Path("privacy-desk.toml").write_text("# mine\n")

    assert "--force" in shell("init", stdin=ANSWERS).refusal
    assert Path("privacy-desk.toml").read_text() == "# mine\n"
    assert shell("init --force", stdin=ANSWERS).status == 0
    assert "example-rings" in Path("privacy-desk.toml").read_text()


def test_init_with_accounts_names_variables_and_no_password(shell: Shell) -> None:
    answers = 'Rings\n"odd"@rings.example\n'
    assert shell("init", stdin=answers).status == 2
    assert not Path("privacy-desk.toml").exists()

    shell("init", stdin="Rings\nhello@rings.example\n127.0.0.2\nuser\\name\n127.0.0.2\n1\n")

    written = Path("privacy-desk.toml").read_text()
    assert 'password_from = "IMAP_PASSWORD"' in written
    assert 'password_from = "SMTP_PASSWORD"' in written
    assert shell("doctor").err == ""


def test_an_unfinished_init_writes_nothing(shell: Shell) -> None:
    assert shell("init", stdin="Example Rings\n").status != 0
    assert list(Path().iterdir()) == []


def test_a_desk_that_init_made_answers_by_the_policy_that_was_imported(shell: Shell, tmp_path: Path) -> None:
    shell("init", stdin=ANSWERS)
    shutil.copy(POLICY, tmp_path / "ours.txt")

    assert shell("policy import ours.txt --brand example-rings").status == 0
    assert shell("ask --brand example-rings --json", "Do you use cookies?").objects[0]["answered"] is True
