"""What a platform vouches for is a chat, and never the mailbox that somebody has typed into it."""

from bot.core.effects import OpenRequest
from bot.core.tickets import State
from tests.core.builders import MAILBOX, a_chat_line, a_conversation, a_request, a_turn, decided, only


def test_a_platform_proves_no_mailbox_that_was_typed_into_its_chat() -> None:
    asked = a_chat_line("", platform_asks_for="deletion")
    talk = a_conversation(asked, address="victim@example.org")

    opened = only(decided(a_turn(asked), talk), OpenRequest)

    assert opened.verification is not None
    assert "victim@example.org" not in {opened.request.address, opened.claimed_address, opened.verification.subject}


def test_the_mailbox_that_was_typed_is_still_known_afterwards() -> None:
    asked = a_chat_line("", platform_asks_for="deletion")
    talk = a_conversation(asked, address=MAILBOX)

    assert decided(a_turn(asked), talk).conversation.address == MAILBOX


def test_a_deletion_of_the_account_is_not_lost_behind_one_of_a_mailbox_that_nobody_proves() -> None:
    asked = a_chat_line("", platform_asks_for="deletion")
    talk = a_conversation(asked, address=MAILBOX, requests=(a_request("deletion"),))

    opened = only(decided(a_turn(asked), talk), OpenRequest)

    assert opened.request.state is State.OPEN
