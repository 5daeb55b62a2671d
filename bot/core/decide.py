"""The bot's whole behaviour: an ordered table of rules.

Each rule asks one question of the draft. It returns None where it has nothing to say, or a new draft with the intents
that it settled taken out and its effects added. The rules run in order until one has spoken and nothing is left.
"""

from collections.abc import Callable
from dataclasses import replace

from bot.core.conversation import Conversation
from bot.core.draft import Draft, line
from bot.core.effects import AmendRequest, Effect, HandToStaff, LeaveUntouched, OpenRequest, Part, Reply, SendCode
from bot.core.kinds import NAMED_CONTENT
from bot.core.letters import receipt
from bot.core.playbook import Playbook
from bot.core.rules.alert_staff import alert_staff
from bot.core.rules.answer_from_the_policy import answer_from_the_policy, told
from bot.core.rules.ask_again_when_unsure import ask_again_when_unsure
from bot.core.rules.ask_for_proof import ask_for_proof
from bot.core.rules.ask_for_the_address import ask_for_the_address
from bot.core.rules.attach_to_the_request import attach_to_the_request
from bot.core.rules.cancel_what_was_not_theirs import cancel_what_was_not_theirs
from bot.core.rules.drop_robots import drop_robots
from bot.core.rules.hand_on_the_stray_code import hand_on_the_stray_code
from bot.core.rules.hand_on_who_disowns import hand_on_who_disowns
from bot.core.rules.hand_over_who_has_no_mailbox import hand_over_who_has_no_mailbox
from bot.core.rules.hand_to_a_human import hand_to_a_human
from bot.core.rules.heed_the_platform import heed_the_platform
from bot.core.rules.honour_the_opt_out import honour_the_opt_out
from bot.core.rules.join_what_is_asked_twice import join_what_is_asked_twice
from bot.core.rules.leave_ordinary_mail import leave_ordinary_mail
from bot.core.rules.let_them_write_again import let_them_write_again
from bot.core.rules.note_our_own_reply import note_our_own_reply
from bot.core.rules.note_the_bounce import note_the_bounce
from bot.core.rules.open_the_requests import open_the_requests
from bot.core.rules.pass_on_who_writes_for_others import pass_on_who_writes_for_others
from bot.core.rules.propose_what_was_forwarded import propose_what_was_forwarded
from bot.core.rules.report_status import report_status
from bot.core.rules.say_what_we_are_for import say_what_we_are_for
from bot.core.rules.take_back_the_request import take_back_the_request
from bot.core.rules.take_the_address import take_the_address
from bot.core.rules.take_the_choice import take_the_choice
from bot.core.rules.take_the_code import take_the_code
from bot.core.rules.take_the_command import take_the_command
from bot.core.rules.take_the_declaration import take_the_declaration
from bot.core.rules.take_the_list_unsubscribe import take_the_list_unsubscribe
from bot.core.rules.take_the_match import take_the_match
from bot.core.rules.take_the_yes import take_the_yes
from bot.core.rules.unlink_the_chat import unlink_the_chat
from bot.core.tickets import State
from bot.core.turn import Decision, Match, Turn

Rule = Callable[[Draft], Draft | None]

#: The table of contents of the bot.
RULES: tuple[Rule, ...] = (
    take_the_list_unsubscribe,
    heed_the_platform,
    note_the_bounce,
    note_our_own_reply,
    propose_what_was_forwarded,
    drop_robots,
    take_the_command,
    cancel_what_was_not_theirs,
    unlink_the_chat,
    let_them_write_again,
    hand_over_who_has_no_mailbox,
    take_the_code,
    take_the_yes,
    hand_on_who_disowns,
    take_the_match,
    take_the_declaration,
    take_the_choice,
    take_the_address,
    take_back_the_request,
    report_status,
    hand_to_a_human,
    alert_staff,
    pass_on_who_writes_for_others,
    join_what_is_asked_twice,
    ask_for_the_address,
    honour_the_opt_out,
    answer_from_the_policy,
    open_the_requests,
    ask_for_proof,
    ask_again_when_unsure,
    attach_to_the_request,
    hand_on_the_stray_code,
    leave_ordinary_mail,
    say_what_we_are_for,
)


def decide(turn: Turn, conversation: Conversation, playbook: Playbook) -> Decision:
    """What follows from one message. Pure: the same turn gives the same decision."""
    draft = Draft(
        turn=turn,
        playbook=playbook,
        conversation=replace(conversation, language=_language(turn, conversation, playbook)),
        left=_intents_that_count(turn, conversation, playbook),
    )
    spoke: list[str] = []
    for rule in RULES:
        answer = rule(draft)
        if answer is None:
            continue
        draft = answer
        spoke.append(rule.__name__)
        if not draft.left:
            break
    return _finish(draft, tuple(spoke))


def _intents_that_count(turn: Turn, conversation: Conversation, playbook: Playbook) -> tuple[str, ...]:
    """The intents read, but for those that the playbook does not know and for a call for a human in ordinary mail.

    In mail everybody writes to humans: `human` counts only beside another intent or inside a privacy conversation.
    """
    names = tuple(found.name for found in turn.reading.intents if found.name in playbook.handling)
    others = tuple(name for name in names if playbook.handling[name] != "human")
    ours = turn.message.is_chat or conversation.greeted or bool(others)
    return names if ours else others


def _language(turn: Turn, conversation: Conversation, playbook: Playbook) -> str:
    """The writer's language where we speak it, else the talk's so far, else their app's, else the brand's first."""
    if turn.reading.language in playbook.languages:
        return turn.reading.language
    of_their_app = turn.message.language if turn.message.language in playbook.languages else ""
    return conversation.language or of_their_app or playbook.languages[0]


def _finish(draft: Draft, rules: tuple[str, ...]) -> Decision:
    """One message, one reply: all that was said is put together, or withheld where no answer may follow."""
    said = tuple(part for effect in draft.effects if isinstance(effect, Reply) for part in effect.parts)
    effects: tuple[Effect, ...] = tuple(effect for effect in draft.effects if not isinstance(effect, Reply))
    said += _receipts(draft)
    if said and draft.message.cards_hidden:
        said += (line("card_masked"),)
    if reason := draft.unanswerable:
        effects = _withhold(effects, reason, spoke=bool(said))
    elif said:
        # The code leaves before the words about it: where a cap on mails lets only one go, it is the code.
        codes = tuple(effect for effect in effects if isinstance(effect, SendCode))
        others = tuple(effect for effect in effects if not isinstance(effect, SendCode))
        effects = (*codes, Reply(parts=(*_opening(draft), *said)), *others)
        draft = draft.remember(greeted=True)
    intents = draft.settled or frozenset(found.name for found in draft.turn.reading.candidates)
    return Decision(
        conversation=draft.conversation,
        effects=effects,
        rules=rules,
        intents=intents,
        reading=draft.turn.reading,
        confidential=draft.turn.match is not Match.NOT_TRIED and not _asks_for_more(draft),
    )


def _asks_for_more(draft: Draft) -> bool:
    """Beside the details stands what staff must read to do it, e.g. what is to be corrected."""
    waiting = {request.right for request in draft.conversation.requests if request.level > 1}
    acted_on = {name for name in draft.settled if draft.playbook.handling.get(name) in ("request", "urgent")}
    return bool(acted_on - waiting)


def _receipts(draft: Draft) -> tuple[Part, ...]:
    """How what this message made was understood; and once for all that it opened: verification and dates."""
    made = [effect.request for effect in draft.effects if isinstance(effect, OpenRequest)]
    amended = [effect for effect in draft.effects if isinstance(effect, AmendRequest)]
    moved = {effect.reference for effect in amended if effect.to is State.OPEN}
    known = [r for r in draft.conversation.requests if r.reference in moved]
    opened = [request for request in (*known, *made) if request.state is State.OPEN and request.level > 0]
    kinds = [line("receipt_kind", kind=request.kind) for request in made if request.kind and request.level > 0]
    content = [line("which_content")] if any(request.kind in NAMED_CONTENT for request in made) else []
    return (*kinds, *content, *(receipt(draft.playbook, opened, method=_method(draft)) if opened else ()))


def _method(draft: Draft) -> str:
    """How what this message opened was proved: one message proves all of it in one way."""
    proofs = [e.verification for e in draft.effects if isinstance(e, OpenRequest | AmendRequest) if e.verification]
    return next((proof.method for proof in proofs if proof.level), "none")


def _withhold(effects: tuple[Effect, ...], reason: str, *, spoke: bool) -> tuple[Effect, ...]:
    """Nothing is sent to a list (L01-L14) or after days of silence; staff see what would have been answered."""
    kept = tuple(effect for effect in effects if not isinstance(effect, SendCode))
    flagged = any(isinstance(effect, HandToStaff) for effect in kept)
    if spoke and not flagged and kept != (LeaveUntouched(),):
        return (*kept, HandToStaff(reason=reason))
    return kept


def _opening(draft: Draft) -> tuple[Part, ...]:
    """The first line of a chat says what speaks and what is stored, also in the policy's words; else a footer does."""
    if not draft.message.is_chat:
        return (line("mail_opening"),)
    if draft.conversation.greeted:
        return ()
    kept, asked = draft.turn.kept_of_chats, {answer.topic for answer in draft.turn.answers}
    quoted = told(kept, draft.playbook.contact) if kept is not None and kept.topic not in asked else ()
    return (line("chat_greeting", shop=draft.playbook.shop), *quoted)
