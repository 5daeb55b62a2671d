"""Is it an ordinary line in a chat, where the bot is the counterpart?"""

from bot.core.draft import Draft, line


def say_what_we_are_for(draft: Draft) -> Draft | None:
    """One line on what the bot is for and how to reach the shop (law 3)."""
    if draft.effects or not draft.message.is_chat:
        return None
    return draft.say(line("chat_purpose", shop=draft.playbook.shop, contact=draft.playbook.contact))
