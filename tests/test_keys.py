"""Keys, and what is made of them: digests, codes and signed Message-IDs."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadSetting
from bot.keys import VARIABLE, Keys, Reference, load_keys

OLD, NEW = b"o" * 32, b"n" * 32
KEYS = Keys(current=NEW, old=(OLD,))
BEFORE = Keys(current=OLD)
WORDS = st.text(st.characters(exclude_categories=()), max_size=80)


def test_a_digest_is_the_same_each_time_and_shows_nothing() -> None:
    digest = KEYS.digest("inbox", "ada@customers.example")

    assert digest == KEYS.digest("inbox", "ada@customers.example")
    assert re.fullmatch("[0-9a-f]{64}", digest)


@pytest.mark.parametrize(
    "other",
    [("inbox", "a", "bc"), ("inbox", "abc"), ("inbox", "ab", "c", ""), ("outbox", "ab", "c"), ("inboxab", "c")],
    ids=str,
)
def test_digests_of_different_things_differ(other: tuple[str, ...]) -> None:
    purpose, *values = other

    assert KEYS.digest(purpose, *values) != KEYS.digest("inbox", "ab", "c")


def test_what_an_old_key_made_is_found_by_its_digest() -> None:
    assert KEYS.digests("inbox", "x") == (KEYS.digest("inbox", "x"), BEFORE.digest("inbox", "x"))


@given(WORDS)
def test_a_code_is_six_digits(nonce: str) -> None:
    code = KEYS.code(nonce)

    assert re.fullmatch("[0-9]{6}", code)
    assert code == KEYS.code(nonce)


def test_codes_are_spread_over_all_numbers() -> None:
    codes = [int(KEYS.code(str(number))) for number in range(20_000)]

    assert len(set(codes)) > 19_600
    assert all(1_800 < sum(code // 100_000 == first for code in codes) < 2_200 for first in range(10))


def test_a_code_under_way_stays_good_when_the_key_is_replaced() -> None:
    old = Keys(current=b"o" * 32)
    nonce = old.nonce()
    kept = old.code_digest("talk", old.code(nonce))
    new = Keys(current=b"n" * 32, old=(old.current,))

    assert new.code(nonce) == old.code(nonce)
    assert new.typed_digest("talk", old.code(nonce), kept) == kept
    assert new.typed_digest("talk", "000000", kept) != kept
    assert new.nonce()[:8] != nonce[:8]


def test_a_name_that_must_last_is_the_same_after_a_key_is_replaced() -> None:
    old = Keys(current=b"o" * 32)

    assert Keys(current=b"n" * 32, old=(old.current,)).lasting_digest("talk", "x") == old.lasting_digest("talk", "x")


def test_the_digest_of_a_code_is_good_in_its_conversation_only() -> None:
    assert KEYS.code_digest("talk", "123456") != KEYS.code_digest("other", "123456")
    assert KEYS.code_digest("talk", "123456") != KEYS.code_digest("talk", "123457")


@given(WORDS, WORDS)
def test_a_message_id_of_ours_is_read_back(outbox_id: str, conversation_id: str) -> None:
    message_id = KEYS.message_id(outbox_id, conversation_id, "Shop.Example")

    expected = Reference(outbox_id=outbox_id, conversation_id=conversation_id)
    assert KEYS.read_message_id(message_id) == KEYS.read_message_id(f" {message_id.upper()} ") == expected


def test_a_message_id_is_one_that_mail_programs_accept() -> None:
    message_id = KEYS.message_id("0123456789abcdef" * 2, "0123456789abcdef" * 4, "shop.example")

    assert re.fullmatch(r"<[a-z0-9.]+@shop\.example>", message_id)
    assert len(message_id) < 150


def test_a_message_id_signed_with_an_old_key_is_read() -> None:
    message_id = BEFORE.message_id("o", "talk", "shop.example")

    assert KEYS.read_message_id(message_id) == Reference(outbox_id="o", conversation_id="talk")
    assert Keys(current=NEW).read_message_id(message_id) is None


def test_a_message_id_that_was_bent_anywhere_is_not_ours() -> None:
    message_id = KEYS.message_id("outbox", "talk", "shop.example").strip("<>")

    for place, letter in enumerate(message_id):
        bent = message_id[:place] + ("x" if letter != "x" else "y") + message_id[place + 1 :]
        assert KEYS.read_message_id(f"<{bent}>") is None, bent


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "<>",
        "@",
        "<pd.@shop.example>",
        "<pd...@shop.example>",
        "<pd.mm.mm.mm@shop.example>",
        "<pd.é.é.é@shop.example>",
        "<pd.1.1.1@shop.example>",
        "<CAF=abc@mail.example>",
        "<pd." + "a" * 100_000 + ".mm.mm@shop.example>",
    ],
    ids=lambda text: text[:20],
)
def test_garbage_is_not_a_message_id_of_ours(garbage: str) -> None:
    assert KEYS.read_message_id(garbage) is None


@given(WORDS)
def test_no_text_makes_reading_a_message_id_raise(text: str) -> None:
    assert KEYS.read_message_id(f"<pd.{text}@shop.example>") is None


def test_keys_do_not_show_themselves() -> None:
    assert repr(KEYS) == "Keys()"


def test_the_key_file_is_made_at_the_first_start_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "keys"

    made = load_keys(path, {})

    assert load_keys(path, {}) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(made.current) == 32
    assert [file.name for file in path.parent.iterdir()] == ["keys"]


def test_many_first_starts_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: load_keys(tmp_path / "keys", {}), range(16)))

    assert len({keys.current for keys in made}) == 1


def test_a_key_file_holds_the_newest_key_first(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"{NEW.hex()}\n{OLD.hex()}\n")
    path.chmod(0o600)

    assert load_keys(path, {}) == KEYS


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "keys"

    assert load_keys(path, {VARIABLE: f"{NEW.hex()}, {OLD.hex()}"}) == KEYS
    assert not path.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys"
    load_keys(path, {})
    path.chmod(mode)

    with pytest.raises(BadSetting, match="chmod 600"):
        load_keys(path, {})


@pytest.mark.parametrize("content", [b"", b"swordfish", b"abcd", NEW.hex().encode() + b"\nab", b"\xff\xfe"])
def test_a_key_file_that_holds_no_key_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys"
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(BadSetting) as caught:
        load_keys(path, {})

    assert "swordfish" not in str(caught.value)


@pytest.mark.parametrize("value", ["swordfish", "abcd", ",", f"{NEW.hex()},"])
def test_a_variable_that_holds_no_key_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(BadSetting, match=VARIABLE):
        load_keys(tmp_path / "keys", {VARIABLE: value})


def test_a_key_file_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)

    with pytest.raises(BadSetting, match="cannot be used"):
        load_keys(tmp_path, {})
