"""The customers' pages: "it was not me", and a code typed on a page instead of into a mail."""

from bot.web.customers.routes import CustomersPages

__all__ = ["CustomersPages"]
