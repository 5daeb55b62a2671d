"""An unsubscription by the address in a newsletter is one of its recipient's, whoever sent it on."""

from bot.core.effects import OpenRequest, Suppress
from bot.core.turn import Listed
from tests.core.builders import a_mail, a_turn, decided, keys_said, only

VICTIM = "ada@example.org"


def test_the_request_is_of_the_mailbox_that_the_newsletter_went_to() -> None:
    listed = Listed(address=VICTIM, purpose="marketing", right="unsubscribe")
    message = a_mail("", address="friend@example.org")

    decision = decided(a_turn(message, listed=listed))

    assert only(decision, Suppress).address == VICTIM
    assert only(decision, OpenRequest).request.address == VICTIM
    assert decision.conversation.address == "friend@example.org"
    assert keys_said(decision)
