"""What the console keeps, on both databases: accounts, sessions, who is there, what was corrected, what is undone."""

from datetime import timedelta

import pytest

from bot.core.clocks import Deadline
from bot.core.effects import Line
from bot.core.playbook import Mode
from bot.core.tickets import State
from bot.store import Act, Letter, NotAllowed, Store
from bot.store.accounts import EVERY_BRAND, Account, Accounts, Program
from bot.store.casebook import Casebook
from bot.store.feed import Feed
from bot.store.figures import Figures
from bot.store.worklist import ANY_STATE, CLOSED, NOBODY, PRESENT, PROPOSED, Place, Wanted, Worklist

from .builders import ADDRESS, BRAND, KEYS, NOW, a_conversation, a_reply, a_verification, an_opening, saved

REFERENCE = "PD-AAAA-AAAA"
HOUR = timedelta(hours=1)


def an_account(name: str = "ada", **roles: str) -> Account:
    return Account(
        name=name, password="hash", must_change=False, totp_nonce="nonce", totp_step=0, disabled=False, language="",
        time_zone="", roles=roles or {EVERY_BRAND: "admin"},
    )  # fmt: skip


async def an_open_request(store: Store, reference: str = REFERENCE, key: str = "key-1") -> None:
    opening = an_opening(verification=a_verification(), reference=reference, state=State.OPEN)
    await saved(store, opening, a_reply(), key=key)


async def test_an_account_keeps_its_roles_and_a_name_is_given_once(store: Store) -> None:
    accounts = Accounts(store.database, KEYS)
    await accounts.add(an_account(rings="lead"), now=NOW)

    with pytest.raises(NotAllowed, match="is taken"):
        await accounts.add(an_account(), now=NOW)
    await accounts.set_roles("ada", {"rings": "agent", "pearls": "auditor"})

    found = await accounts.find("ada")
    assert found is not None
    assert dict(found.roles) == {"rings": "agent", "pearls": "auditor"}
    assert [one.name for one in await accounts.all()] == ["ada"]


async def test_a_session_is_known_by_its_token_until_it_ends(store: Store) -> None:
    accounts = Accounts(store.database, KEYS)
    await accounts.add(an_account(), now=NOW)
    await accounts.start_session("token", "ada", now=NOW, oldest=NOW - HOUR)

    async def known(later: timedelta = timedelta()) -> bool:
        return await accounts.who_is("token", now=NOW + later, idle=HOUR, absolute=2 * HOUR) is not None

    assert await known()
    assert not await known(HOUR)
    await accounts.keep_alive("token", now=NOW + HOUR / 2)
    assert await known(HOUR)
    assert not await known(2 * HOUR)
    await accounts.set_password("ada", "other", must_change=False)
    assert not await known()


async def test_a_time_step_is_used_once_and_never_an_earlier_one(store: Store) -> None:
    accounts = Accounts(store.database, KEYS)
    await accounts.add(an_account(), now=NOW)

    assert [await accounts.use_step("ada", step) for step in (10, 10, 9, 11)] == [True, False, False, True]


async def test_failures_are_counted_by_place_and_forgotten(store: Store) -> None:
    accounts = Accounts(store.database, KEYS)
    for minute in range(3):
        at = NOW + timedelta(minutes=minute)
        await accounts.note_failure("ada 10.0.0.1", "10.0.0.1", now=at, forget_before=NOW - HOUR)

    assert await accounts.failures("ada 10.0.0.1", NOW) == 3
    assert await accounts.failures("ada 10.0.0.1", NOW + timedelta(minutes=2)) == 1
    await accounts.forget_failures("ada 10.0.0.1")
    assert (await accounts.failures("ada 10.0.0.1", NOW), await accounts.failures("10.0.0.1", NOW)) == (0, 3)


async def test_a_program_is_known_by_its_key_until_it_is_ended(store: Store) -> None:
    accounts = Accounts(store.database, KEYS)
    program = Program(name="shop", brand=BRAND, scopes=frozenset({"events:read"}))
    await accounts.add_program(program, "key", now=NOW)

    assert await accounts.program("key") == program
    assert await accounts.program("other") is None
    await accounts.disable_program("shop")
    assert await accounts.program("key") is None


async def test_the_list_shows_what_is_wanted(store: Store) -> None:
    await an_open_request(store)
    work = Worklist(store.database, KEYS)

    async def found(**wanted: object) -> list[str]:
        return [row.reference for row in await work.page(Wanted(**wanted), after=None, limit=10)]  # type: ignore[arg-type]

    for wanted in (
        {}, {"brands": (BRAND,)}, {"brands": (BRAND, "x")}, {"state": "open"}, {"right": "deletion"},
        {"search": "pd-aa"}, {"channel": "email"}, {"taken_by": NOBODY},
        {"search": ADDRESS.upper()}, {"state": ANY_STATE, "search": "PD-"},
    ):  # fmt: skip
        assert await found(**wanted) == [REFERENCE], wanted
    nobody = {"search": "zzz@customers.example"}
    for wanted in ({"brands": ("x",)}, {"state": CLOSED}, {"right": "access"}, nobody, {"due_before": NOW}):
        assert await found(**wanted) == [], wanted


async def test_pages_follow_each_other_without_a_gap(store: Store) -> None:
    for number in range(3):
        talk = a_conversation(id=f"talk {number}")
        opening = an_opening(verification=a_verification(), reference=f"PD-{number}", state=State.OPEN)
        await saved(store, opening, key=f"key {number}", conversation=talk)
    work = Worklist(store.database, KEYS)

    rows = await work.page(Wanted(), after=None, limit=1)
    rest = await work.page(Wanted(), after=rows[0].place, limit=10)

    assert [row.reference for row in (*rows, *rest)] == ["PD-0", "PD-1", "PD-2"]
    assert Place.read(str(rows[0].place)) == rows[0].place


async def test_whoever_looks_at_a_case_is_seen_for_a_while(store: Store) -> None:
    work = Worklist(store.database, KEYS)

    assert await work.be_present("ada", REFERENCE, now=NOW) == []
    assert await work.be_present("bob", REFERENCE, now=NOW) == ["ada"]
    assert await work.be_present("bob", REFERENCE, now=NOW + PRESENT) == []
    await work.leave("ada", REFERENCE)
    await work.looked("ada", "case", REFERENCE, now=NOW)
    assert [row["clerk"] for row in await work.viewings(reference=REFERENCE)] == ["ada"]


async def test_an_act_is_undone_with_its_letter_and_the_record_keeps_both(store: Store) -> None:
    await an_open_request(store)
    before = await store.request(REFERENCE)
    assert before is not None
    letter = Letter(parts=a_reply().parts, mode=Mode.AUTOMATIC, by="ada", rests=HOUR)
    act = Act(by="ada", seen=State.OPEN, to=State.DENIED, reason_code="other", words="No.", letter=letter)
    await store.act(REFERENCE, act, now=NOW)

    undone = await store.undo(REFERENCE, by="ada", now=NOW)

    after = await store.request(REFERENCE)
    assert after is not None
    assert undone == "request_denied"
    assert (after.request, after.deadlines, after.denial_words) == (before.request, before.deadlines, "")
    assert after.outgoing[-1].state == "stopped"
    assert [row.event for row in after.audit][-2:] == ["request_moved", "act_undone"]
    with pytest.raises(NotAllowed, match="can be undone"):
        await store.undo(REFERENCE, by="ada", now=NOW)


async def test_an_act_on_a_case_that_has_changed_is_refused(store: Store) -> None:
    await an_open_request(store)
    mark = await Casebook(store.database).mark(REFERENCE)
    await store.act(REFERENCE, Act(by="ada", seen=State.OPEN, event="assigned", taken_by="ada", mark=mark), now=NOW)

    with pytest.raises(NotAllowed, match="look at it again"):
        await store.act(REFERENCE, Act(by="bob", seen=State.OPEN, event="assigned", taken_by="bob", mark=mark), now=NOW)

    detail = await store.request(REFERENCE)
    assert detail is not None
    assert detail.request.taken_by == "ada"


async def test_a_talk_is_told_in_order_with_what_was_corrected(store: Store) -> None:
    await an_open_request(store)
    book = Casebook(store.database)
    detail = await store.request(REFERENCE)
    assert detail is not None
    message = detail.messages[0].inbox_id

    await book.correct(inbox_id=message, reference=REFERENCE, clerk="ada", intents=["access"], words="a copy", now=NOW)

    talk = await book.talk(detail.request.conversation)
    assert talk is not None
    assert [one.ours for one in talk.said] == [False, True]
    assert [(one["clerk"], one["intents"]) for one in talk.corrections] == [("ada", ["access"])]
    assert [(intents, words) for _, intents, words in await book.corrected()] == [(("access",), "a copy")]
    assert await book.linked(REFERENCE, talk.id, [ADDRESS], BRAND) == []
    assert await book.unsent("held", None, limit=5) == []


@pytest.mark.parametrize(
    ("said", "silent"), [("policy_does_not_say", True), ("policy_does_not_say_all", True), ("policy_says", False)]
)
async def test_a_question_that_the_policy_leaves_open_is_listed(store: Store, said: str, silent: bool) -> None:
    claim = await saved(store, a_reply(parts=(Line(key=said),)))

    found = await Figures(store.database).unanswered(BRAND, NOW - HOUR, limit=5)

    assert [inbox_id for inbox_id, _ in found] == ([claim.inbox_id] if silent else [])


async def test_figures_and_events_are_read(store: Store) -> None:
    await an_open_request(store)

    figure = await Figures(store.database).between(NOW - HOUR, NOW + HOUR, None)
    events = await Feed(store.database).page(brand=BRAND, after="", limit=10)

    assert (figure.open, figure.overdue, figure.unassigned) == (1, 0, 1)
    assert [event.reference for event in events] == [REFERENCE]


def a_clock(days: int) -> Deadline:
    at = NOW + timedelta(days=days)
    return Deadline(regime="eu", step="answer", due_at=at, due_on=at.date().isoformat(), sum=f"{days} days")


async def test_an_act_waits_for_a_second_person_and_is_decided_once(store: Store) -> None:
    await an_open_request(store)
    worklist = Worklist(store.database, KEYS)

    proposal = await store.proposals.propose(REFERENCE, "deny", {"words": "No."}, by="ada")
    with pytest.raises(NotAllowed, match="Another act"):
        await store.proposals.propose(REFERENCE, "cancel", {}, by="bob")
    with pytest.raises(NotAllowed, match="yourself"):
        await store.proposals.approve(proposal, by="Ada")
    [listed] = await worklist.page(Wanted(state=PROPOSED), after=None, limit=9)
    await store.proposals.approve(proposal, by="bob")
    with pytest.raises(NotAllowed, match="decided"):
        await store.proposals.approve(proposal, by="eve")

    assert (listed.reference, listed.proposed_by) == (REFERENCE, "ada")
    [decided] = await store.proposals.of_request(REFERENCE)
    assert (decided.state, decided.decided_by, decided.content) == ("approved", "bob", {"words": "No."})
    assert await worklist.page(Wanted(state=PROPOSED), after=None, limit=9) == []


async def test_what_is_handled_together_stands_once_in_the_list_is_closed_together_and_taken_apart(
    store: Store,
) -> None:
    await an_open_request(store)
    await an_open_request(store, "PD-BBBB-BBBB", "key-2")
    worklist, letter = Worklist(store.database, KEYS), Letter(parts=(Line(key="greeting"),), mode=Mode.AUTOMATIC)

    async def listed() -> list[str]:
        return [row.reference for row in await worklist.page(Wanted(), after=None, limit=9)]

    async def join() -> None:
        await store.joining.join(
            "PD-BBBB-BBBB", REFERENCE, before=[a_clock(30)], after=[a_clock(20)], letter=letter, by="ada"
        )

    await join()
    together, before = await listed(), await store.joining.before("PD-BBBB-BBBB")
    await store.joining.part("PD-BBBB-BBBB", REFERENCE, clocks=before, letter=letter, by="ada")
    apart = await listed()
    await join()
    closing = Act(by="ada", seen=State.OPEN, to=State.COMPLETED)
    await store.act(REFERENCE, closing, now=NOW)
    closed = [(await store.request(one)).request.state for one in (REFERENCE, "PD-BBBB-BBBB")]  # type: ignore[union-attr]
    await store.undo(REFERENCE, by="ada", now=NOW)

    assert together == [REFERENCE]
    assert before == (a_clock(30),)
    assert sorted(apart) == [REFERENCE, "PD-BBBB-BBBB"]
    assert closed == [State.COMPLETED, State.COMPLETED]
    assert await listed() == [REFERENCE]
    assert await store.broken_chains() == ()


async def test_whoever_is_bound_to_a_provider_is_found_before_whoever_has_the_mailbox(store: Store) -> None:
    accounts = Accounts(store.database, KEYS)
    await accounts.add(an_account("ada"), now=NOW)
    await accounts.add(an_account("bob"), now=NOW)
    await accounts.set_mailbox("ada", "Shared@Shop.example")
    await accounts.bind("bob", "https://id.example 1")

    found = [
        await accounts.known_by("https://id.example 1", "shared@shop.example"),
        await accounts.known_by("https://id.example 2", "shared@shop.example"),
        await accounts.known_by("https://id.example 2", ""),
        await accounts.known_by("", ""),
    ]

    assert [one.name if one else "" for one in found] == ["bob", "ada", "", ""]
    with pytest.raises(NotAllowed, match="belongs to another account"):
        await accounts.set_mailbox("bob", "shared@shop.example")
