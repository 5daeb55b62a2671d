"""The web application: what is running, and whether it is well."""

from bot.web.app import application

__all__ = ["application"]
