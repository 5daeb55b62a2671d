"""/mydata and /forget in a chat: at once, for that chat alone, and what is under way is told."""

from bot.core.decide import decide
from bot.core.effects import Effect, Forget, Line, Reply
from bot.core.messages import InboundMessage
from bot.core.tickets import State
from bot.core.turn import Held

from .builders import MAILBOX, a_chat_line, a_conversation, a_mail, a_playbook, a_request, a_turn

HELD = Held(messages=3, replies=2, since="2026-03-01")


def decided(
    text: str, *states: State, message: InboundMessage | None = None, held: Held | None = HELD
) -> tuple[Effect, ...]:
    asked = message or a_chat_line(text)
    requests = tuple(a_request("access", state) for state in states)
    talk = a_conversation(asked, address=MAILBOX, greeted=True, requests=requests)
    return decide(a_turn(asked, held=held), talk, a_playbook()).effects


def keys(effects: tuple[Effect, ...]) -> list[str]:
    parts = [part for effect in effects if isinstance(effect, Reply) for part in effect.parts]
    return [part.key for part in parts if isinstance(part, Line)]


def test_mydata_counts_what_is_kept_and_lists_the_requests() -> None:
    effects = decided("/mydata", State.OPEN, State.COMPLETED)

    assert keys(effects) == [
        "held_here",
        "held_address",
        "status_closed",
        "status_closed",
        "held_erase",
        "held_elsewhere",
    ]


def test_forget_erases_and_names_only_what_is_under_way() -> None:
    effects = decided(" /FORGET@the_bot ", State.OPEN, State.COMPLETED)

    assert Forget() in effects
    assert keys(effects) == ["forgotten", "forgotten_but", "status_closed", "held_elsewhere"]


def test_a_chat_with_nothing_under_way_is_forgotten_whole() -> None:
    assert keys(decided("/forget", State.COMPLETED)) == ["forgotten", "held_elsewhere"]


def test_the_words_within_a_sentence_or_in_a_mail_are_no_command() -> None:
    assert Forget() not in decided("please /forget me", held=None)
    assert Forget() not in decided("", message=a_mail("/forget"))
