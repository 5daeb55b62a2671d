"""`/api/v1`, for the shop's own programs: requests, the suppression list, events.

Law: no answer without a key that has the scope, and nothing of another brand; what is refused says why, as a problem
document (RFC 9457).
"""

from bot.web.api.routes import Api

__all__ = ["Api"]
