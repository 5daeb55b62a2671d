"""The web chat: its widget, and the few addresses that the widget calls."""

from bot.web.chat.routes import Chat

__all__ = ["Chat"]
