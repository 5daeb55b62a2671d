"""Do they ask, in a chat, what is held of this chat, or that it be erased?"""

from bot.core.draft import Draft, line
from bot.core.effects import Forget, Part
from bot.core.tickets import FINAL_STATES

SHOW, ERASE = "/mydata", "/forget"
COMMANDS = (SHOW, ERASE)


def command_in(text: str) -> str:
    """The command that `text` is, "" for none; Telegram adds the bot's name in groups."""
    first = text.strip().lower().partition("@")[0]
    return first if first in COMMANDS else ""


def take_the_command(draft: Draft) -> Draft | None:
    """Done at once: whoever sits in the chat is whose chat it is. What is under way is told and kept."""
    held, command = draft.turn.held, command_in(draft.message.text)
    if not draft.message.is_chat or not command or held is None:
        return None
    draft, elsewhere = draft.settle(draft.left), line("held_elsewhere", shop=draft.playbook.shop)
    if command == ERASE:
        kept = [request for request in draft.conversation.requests if request.state not in FINAL_STATES]
        told = [line("forgotten"), *([line("forgotten_but")] if kept else [])]
        return draft.settle((), Forget()).say(*told, *_requests(draft, only_running=True), elsewhere)
    told = [line("held_here", messages=str(held.messages), replies=str(held.replies), received=held.since)]
    if draft.conversation.address:
        told.append(line("held_address"))
    return draft.say(*told, *_requests(draft), line("held_erase"), elsewhere)


def _requests(draft: Draft, *, only_running: bool = False) -> list[Part]:
    known = draft.conversation.requests
    wanted = [r for r in known if not (only_running and r.state in FINAL_STATES)]
    return [line("status_closed", reference=r.reference, right=r.right, state=r.state.value) for r in wanted]
