"""Imported policies and mail cursors."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.effects import Line, NoteSilence, Quotation, Reply
from bot.core.playbook import Mode
from bot.store import ClaimLost, Cursor, Store

from .builders import NOW, a_conversation, a_decision, a_message, an_opening, saved

pytestmark = pytest.mark.anyio


async def imported(store: Store, sha256: str, *, brand: str = "marigold", days: int = 0) -> bool:
    return await store.import_policy_row(brand, sha256, f"{sha256}.md", sha256.encode(), NOW + timedelta(days=days))


async def in_force(store: Store, brand: str = "marigold") -> str | None:
    found = await store.policy_in_force(brand)
    return found and found.sha256


async def test_the_last_policy_imported_is_in_force(store: Store) -> None:
    fresh = [await imported(store, "one"), await imported(store, "two", days=1), await imported(store, "one", days=2)]

    assert fresh == [True, True, False]
    assert await in_force(store) == "one"
    assert [(policy.sha256, policy.in_force) for policy in await store.policies()] == [("two", False), ("one", True)]


async def test_brands_have_policies_of_their_own(store: Store) -> None:
    await imported(store, "one")
    await imported(store, "one", brand="other")
    await imported(store, "two", brand="other", days=1)

    assert (await in_force(store), await in_force(store, "other"), await in_force(store, "third")) == (
        "one",
        "two",
        None,
    )


async def test_a_policy_keeps_its_bytes(store: Store) -> None:
    await store.import_policy_row("marigold", "x", "policy.md", bytes(range(256)), NOW)

    found = await store.policy_in_force("marigold")
    assert found is not None
    assert (found.raw, found.name, found.imported_at) == (bytes(range(256)), "policy.md", NOW)


async def test_a_cursor_is_kept_for_each_folder(store: Store) -> None:
    largest = Cursor(uidvalidity=2**32 - 1, last_uid=2**32 - 1)

    await store.set_cursor("shop", "INBOX", Cursor(uidvalidity=1, last_uid=5))
    await store.set_cursor("shop", "INBOX", largest)
    await store.set_cursor("shop", "Sent", Cursor(uidvalidity=7, last_uid=0))

    assert await store.cursor("shop", "INBOX") == largest
    assert await store.cursor("shop", "Sent") == Cursor(uidvalidity=7, last_uid=0)
    assert await store.cursor("other", "INBOX") is None


async def test_what_a_policy_does_not_say_is_counted_by_topic_and_brand(store: Store) -> None:
    await saved(store, NoteSilence(topics=("gpc", "backups", "gpc")))
    await saved(store, NoteSilence(topics=("gpc", "")), key="2", now=NOW + timedelta(days=1))

    found = await store.silences("marigold")

    assert [(each.topic, each.times) for each in found] == [("gpc", 3), ("", 1), ("backups", 1)]
    assert found[0].last_at == NOW + timedelta(days=1)
    assert await store.silences("other") == []


async def test_a_decision_that_is_not_saved_counts_nothing(store: Store) -> None:
    claim = await saved(store, NoteSilence(topics=("gpc",)))

    with pytest.raises(ClaimLost):
        await store.save(
            claim, a_decision(NoteSilence(topics=("gpc",))), message=a_message(), mode=Mode.AUTOMATIC, now=NOW
        )
    assert [each.times for each in await store.silences("marigold")] == [1]


async def test_a_talk_remembers_what_it_was_about(store: Store) -> None:
    await saved(store, conversation=replace(a_conversation(), asked_about="cookie_types"))

    found = await store.conversation(a_conversation().id)

    assert found is not None
    assert found.asked_about == "cookie_types"


async def test_the_lines_that_an_open_request_was_told_are_known(store: Store) -> None:
    quotation = Quotation(text="We keep it.", section="5", first_line=7, last_line=8, policy_sha256="a" * 64)
    await saved(store, an_opening(), Reply(parts=(Line(key="policy_says"), quotation, quotation)))

    (cited,) = await store.cited_lines("marigold")

    assert (cited.sha256, cited.first_line, cited.last_line) == ("a" * 64, 7, 8)
    assert await store.cited_lines("other") == []
