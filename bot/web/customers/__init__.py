"""The customers' pages: "it was not me", and a code typed on a page instead of into a mail."""

from bot.web.customers.routes import CustomersPages, fields_of

__all__ = ["CustomersPages", "fields_of"]
