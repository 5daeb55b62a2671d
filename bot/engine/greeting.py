"""What the shop's own policy says of chats that are kept, for the first line of one."""

from dataclasses import replace

from bot.core.conversation import Conversation
from bot.core.messages import InboundMessage
from bot.engine.desk import Desk
from policy_faq import PolicyAnswer

#: The topic of the catalogue, and a question that asks for it.
_TOPIC, _QUESTION = "retention_chats", "How long are chats stored?"
#: A greeting is short: the passages that fit best are enough.
_MOST_QUOTES = 2


async def kept_of_chats(
    desk: Desk, message: InboundMessage, conversation: Conversation, *, language: str
) -> PolicyAnswer | None:
    """None where nobody is to be greeted, or the policy says nothing of chats. `language` is "" where it is unknown."""
    if not message.is_chat or conversation.greeted:
        return None
    ours = desk.playbooks[message.brand].languages
    spoken = next((one for one in (language, conversation.language, message.language) if one in ours), ours[0])
    found = await desk.oracle.answer(message.brand, _QUESTION, language=spoken)
    if found is None or found.topic != _TOPIC or not found.answered:
        return None
    return replace(found, quotes=found.quotes[:_MOST_QUOTES], unanswered=())
