"""The five laws, as far as the core owns them, over random conversations with given readings."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import event, given

from bot import words
from bot.core.decide import decide
from bot.core.effects import (
    AmendRequest,
    Drop,
    HandToStaff,
    LeaveUntouched,
    Line,
    OpenRequest,
    Part,
    Quotation,
    Reply,
    SendCode,
    Suppress,
)
from bot.core.kinds import KINDS
from bot.core.proving import MAX_CODES_AN_HOUR, MAX_WRONG_TRIES
from bot.core.tickets import PROVED_STATES, Request, State, Verification, level_needed
from bot.core.turn import Match
from intents import Doubt

from .builders import HANDLING, MAILBOX, OTHER_MAILBOX, SHOP_CONTACT
from .talks import MailedCode, Scene, Talk, played, talks

#: Values that a fixed sentence may carry; none of them can hold what somebody wrote.
VALUES = {
    "right": set(HANDLING),
    "first": set(HANDLING),
    "second": set(HANDLING),
    "state": {state.value for state in State},
    "left": {"1", "2", "3", "4"},
    "shop": {"Example Rings"},
    "kind": {kind for kinds in KINDS.values() for kind in kinds},
    "how": {"code", "code_and_match"},
    "points": {"order_number postcode", "order_number postcode phone"},
    "source": {"GDPR Art. 12(3)"},
    "contact": {SHOP_CONTACT},
}


@dataclass
class Witness:
    """What somebody who saw every mailbox and every guess would call proved."""

    live: MailedCode | None = None
    expires: datetime | None = None
    wrong: int = 0
    #: Mailbox -> until when a proof of it holds.
    proved: dict[str, datetime] = field(default_factory=dict)
    #: Mailbox -> until when a match with the shop's records, made by whoever had proved it, holds.
    matched: dict[str, datetime] = field(default_factory=dict)
    #: The code that was typed back in the present message, if any.
    confirmed: MailedCode | None = None

    def see(self, scene: Scene) -> None:
        """Judge the codes of one message, then take note of the code that it sends."""
        self.confirmed = None
        now, chat = scene.turn.now, scene.turn.message.is_chat
        silence = scene.turn.message.silence
        # Nothing that came by itself or over a list is looked at, and so it is no guess.
        if self.live and self.expires and now < self.expires and silence is None:
            looked_at = scene.turn.typed_codes[: MAX_WRONG_TRIES - self.wrong]
            if self.live.digest in looked_at:
                self.confirmed, self.live = self.live, None
                self.proved[self.confirmed.address] = now + (timedelta(minutes=30) if chat else timedelta(hours=24))
            else:
                self.wrong += len(looked_at)
                self.live = None if self.wrong >= MAX_WRONG_TRIES else self.live
        if scene.turn.match is Match.MATCHED and silence is None:
            self.matched |= {mailbox: until for mailbox, until in self.proved.items() if until > now}
        for sent in every(scene, SendCode):
            self.live = MailedCode(
                digest=scene.turn.fresh_code.digest, address=sent.address, references=sent.references, at=now
            )
            self.expires = now + (timedelta(minutes=10) if chat else timedelta(hours=24))
            self.wrong = 0

    def vouches_for(self, mailbox: str, now: datetime) -> bool:
        return self.proved.get(mailbox, now) > now


def every(scene: Scene, kind: type) -> list:  # type: ignore[type-arg]
    return [effect for effect in scene.decision.effects if isinstance(effect, kind)]


def opened(scene: Scene) -> Iterator[tuple[Request, Verification | None]]:
    """Every request that this message brought into a state that needs proof, with its proof."""
    for effect in scene.decision.effects:
        match effect:
            case OpenRequest(request=request, verification=verification) if request.state in PROVED_STATES:
                yield request, verification
            case AmendRequest(reference=reference, to=State() as to, verification=verification) if to in PROVED_STATES:
                yield next(r for r in scene.before.requests if r.reference == reference), verification
            case _:
                pass


def witnessed(talk: Talk) -> Iterator[tuple[Scene, Witness]]:
    witness = Witness()
    for scene in played(talk):
        witness.see(scene)
        yield scene, witness


def fixed_lines(parts: Iterable[Part]) -> list[Line]:
    return [part for part in parts if isinstance(part, Line)]


def all_parts(scene: Scene) -> list[Part]:
    return [part for effect in scene.decision.effects if isinstance(effect, Reply | SendCode) for part in effect.parts]


# Law 1: no verified request without proof.


@given(talk=talks())
def test_no_request_is_opened_without_the_proof_that_its_right_needs(talk: Talk) -> None:
    for scene, witness in witnessed(talk):
        for request, verification in opened(scene):
            needed = level_needed(request.right, request.kind, has_directory=talk.has_directory)
            assert verification is not None
            assert verification.level >= needed
            assert verification.subject == request.address
            if needed:
                event("opened with a code")
                assert witness.vouches_for(request.address, scene.turn.now)
            if needed == 2:
                event("opened with a match")
                assert witness.matched.get(request.address, scene.turn.now) > scene.turn.now


@given(talk=talks())
def test_no_request_of_the_conversation_becomes_open_without_an_effect_that_says_so(talk: Talk) -> None:
    for scene in played(talk):
        before = {request.reference for request in scene.before.requests if request.state in PROVED_STATES}
        after = {r.reference for r in scene.decision.conversation.requests if r.state in PROVED_STATES}
        assert after - before == {request.reference for request, _ in opened(scene)}


@given(talk=talks())
def test_an_erasure_is_opened_only_by_a_code_whose_mail_named_it(talk: Talk) -> None:
    for scene, witness in witnessed(talk):
        for request, _ in opened(scene):
            if request.right == "deletion":
                event("erasure opened")
                assert witness.confirmed is not None
                assert request.reference in witness.confirmed.references


@given(talk=talks(chat=False))
def test_a_robot_changes_nothing(talk: Talk) -> None:
    for scene in played(talk):
        silence = scene.turn.message.silence
        if silence is not None and silence.robot:
            event("robot")
            assert scene.decision.effects == (Drop(rule=silence.rule),)
            after = replace(scene.decision.conversation, language=scene.before.language)
            assert after == scene.before


@given(talk=talks())
def test_nobody_leaves_a_request_behind_without_a_deadline(talk: Talk) -> None:
    for scene in played(talk):
        assert all(request.deadlines for request in scene.decision.conversation.requests)
        assert all(effect.request.received_at == scene.turn.message.received_at for effect in every(scene, OpenRequest))


# Law 2: only policy bytes.


@given(talk=talks())
def test_every_quotation_is_a_quote_of_an_answer_of_this_turn(talk: Talk) -> None:
    for scene in played(talk):
        given_quotes = {
            (quote.text, quote.section, quote.first_line, quote.last_line, answer.policy_sha256)
            for answer in scene.turn.answers
            for quote in answer.quotes
        }
        for part in all_parts(scene):
            if isinstance(part, Quotation):
                event("quoted")
                said = (part.text, part.section, part.first_line, part.last_line, part.policy_sha256)
                assert said in given_quotes


@given(talk=talks())
def test_everything_else_is_a_fixed_sentence_that_every_language_can_say(talk: Talk) -> None:
    for scene in played(talk):
        for part in fixed_lines(all_parts(scene)):
            values = part.values | ({"code": "123456"} if part.key == "the_code" else {})
            for language in words.languages():
                assert words.phrase(part.key, language, **values)


# Law 3: ordinary mail is not ours.


@given(talk=talks(chat=False))
def test_ordinary_mail_is_left_exactly_as_it_was(talk: Talk) -> None:
    for scene in played(talk):
        before, turn = scene.before, scene.turn
        nothing_read = not turn.reading.intents and turn.reading.doubt is Doubt.NONE
        nothing_open = not (before.requests or before.asked)
        if nothing_read and nothing_open and turn.message.silence is None:
            event("ordinary mail")
            assert scene.decision.effects == (LeaveUntouched(),)
            assert replace(scene.decision.conversation, language=before.language) == before


@given(talk=talks(chat=False))
def test_a_mail_is_either_left_untouched_or_not_at_all(talk: Talk) -> None:
    for scene in played(talk):
        kinds = {type(effect) for effect in scene.decision.effects}
        assert LeaveUntouched not in kinds or kinds == {LeaveUntouched}
        assert scene.decision.effects


@given(talk=talks(chat=True))
def test_a_chat_is_always_answered_by_us_or_by_staff(talk: Talk) -> None:
    for scene in played(talk):
        assert not every(scene, LeaveUntouched)
        if scene.turn.unanswerable:
            event("came in late")
            assert every(scene, HandToStaff)
        else:
            assert len(every(scene, Reply)) == 1


# Law 4: nothing lost, nothing twice.


@given(talk=talks())
def test_a_message_gets_one_reply_and_one_code_at_most(talk: Talk) -> None:
    for scene in played(talk):
        assert len(every(scene, Reply)) <= 1
        assert len(every(scene, SendCode)) <= 1


@given(talk=talks())
def test_the_same_turn_gives_the_same_decision(talk: Talk) -> None:
    for scene in played(talk):
        assert decide(scene.turn, scene.before, scene.playbook) == scene.decision


@given(talk=talks())
def test_a_reference_is_used_once(talk: Talk) -> None:
    used: set[str] = set()
    for scene in played(talk):
        fresh = [effect.request.reference for effect in every(scene, OpenRequest)]
        assert len(set(fresh)) == len(fresh)
        assert not used & set(fresh)
        assert set(fresh) <= set(scene.turn.fresh_references)
        used |= set(fresh)
        references = [request.reference for request in scene.decision.conversation.requests]
        assert len(set(references)) == len(references)
        assert set(references) == used


@given(talk=talks())
def test_no_request_is_forgotten(talk: Talk) -> None:
    for scene in played(talk):
        kept = [request.reference for request in scene.decision.conversation.requests]
        assert kept[: len(scene.before.requests)] == [request.reference for request in scene.before.requests]


@given(talk=talks())
def test_every_wish_that_was_read_is_on_record_or_with_staff_or_asked_about(talk: Talk) -> None:
    for scene in played(talk):
        if scene.turn.message.silence is not None and scene.turn.message.silence.robot:
            continue
        after = scene.decision.conversation
        wished = [found.name for found in scene.turn.reading.intents if HANDLING[found.name] in {"request", "opt_out"}]
        chosen_instead = scene.before.asked and scene.turn.message.text in {"1", "2"}
        if chosen_instead or not after.address:
            continue
        on_record = {request.right for request in after.requests}
        assert set(wished) <= on_record


@given(talk=talks(chat=True))
def test_a_wish_without_a_mailbox_is_remembered(talk: Talk) -> None:
    for scene in played(talk):
        after = scene.decision.conversation
        wished = {found.name for found in scene.turn.reading.intents if HANDLING[found.name] in {"request", "opt_out"}}
        chosen_instead = scene.before.asked and scene.turn.message.text in {"1", "2"}
        if not after.address and not chosen_instead:
            assert wished <= {named.partition("/")[0] for named in after.wanted}


# Law 5: nothing said to the wrong person.


@given(talk=talks())
def test_a_code_goes_to_the_mailbox_that_the_conversation_names_and_nowhere_else(talk: Talk) -> None:
    for scene in played(talk):
        for sent in every(scene, SendCode):
            event("code sent")
            named = {scene.before.address, scene.turn.typed_address} if talk.chat else {talk.address}
            assert sent.address == scene.decision.conversation.address
            assert sent.address in named - {""}


@given(talk=talks())
def test_a_code_is_mailed_for_requests_of_that_mailbox_only(talk: Talk) -> None:
    for scene in played(talk):
        addresses = {r.reference: r.address for r in scene.decision.conversation.requests}
        for sent in every(scene, SendCode):
            assert sent.references
            assert {addresses[reference] for reference in sent.references} == {sent.address}


@given(talk=talks())
def test_a_mailbox_gets_at_most_three_codes_an_hour(talk: Talk) -> None:
    for scene in played(talk):
        if any(part.key == "code_later" for part in fixed_lines(all_parts(scene))):
            event("refused a fourth code")
        for sent in every(scene, SendCode):
            hour = [
                code
                for code in scene.mailed
                if code.address == sent.address and code.at > scene.turn.now - timedelta(hours=1)
            ]
            assert len(hour) < MAX_CODES_AN_HOUR


@given(talk=talks())
def test_five_wrong_guesses_kill_a_code(talk: Talk) -> None:
    """Whatever the core keeps of tries, no code is accepted after five wrong guesses at it."""
    wrong, digest = 0, ""
    for scene in played(talk):
        silence = scene.turn.message.silence
        opened_now = [effect for effect in every(scene, AmendRequest) if effect.to is State.OPEN]
        confirmed = [effect for effect in opened_now if effect.verification.method == "code"]
        guesses = () if silence else scene.turn.typed_codes
        if confirmed:
            assert guesses.index(digest) + wrong < MAX_WRONG_TRIES
        if wrong < MAX_WRONG_TRIES <= wrong + len(guesses):
            event("the fifth guess")
        wrong += sum(guess != digest for guess in guesses)
        if every(scene, SendCode):
            wrong, digest = 0, scene.turn.fresh_code.digest


@given(talk=talks())
def test_no_sentence_carries_anything_that_somebody_wrote(talk: Talk) -> None:
    for scene in played(talk):
        references = {request.reference for request in scene.decision.conversation.requests}
        days = {clock.due_on for request in scene.decision.conversation.requests for clock in request.deadlines}
        allowed = VALUES | {"reference": references, "last_four": {ref[-4:] for ref in references}, "due": days}
        for part in fixed_lines(all_parts(scene)):
            assert all(value in allowed[name] for name, value in part.values.items())


@given(talk=talks())
def test_no_reply_tells_an_address(talk: Talk) -> None:
    for scene in played(talk):
        told = " ".join(value for part in fixed_lines(all_parts(scene)) for value in part.values.values())
        assert MAILBOX not in told
        assert OTHER_MAILBOX not in told


@given(talk=talks())
def test_a_list_or_a_message_of_days_ago_is_sent_nothing_but_seen_by_staff(talk: Talk) -> None:
    for scene in played(talk):
        silence = scene.turn.message.silence
        if scene.turn.unanswerable and not (silence and silence.robot):
            assert not every(scene, Reply)
            assert not every(scene, SendCode)
            assert scene.decision.conversation.greeted == scene.before.greeted
            assert scene.decision.conversation.asked in {scene.before.asked, ()}
            if not scene.decision.untouched:
                event("seen by staff")
                assert every(scene, HandToStaff)


@given(talk=talks())
def test_an_opt_out_reaches_the_mailbox_that_asked_and_no_other(talk: Talk) -> None:
    for scene in played(talk):
        for suppressed in every(scene, Suppress):
            event("suppressed")
            assert suppressed.address == scene.decision.conversation.address != ""
