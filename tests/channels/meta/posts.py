"""What Meta posts, as its documentation shows it."""

import json
from typing import Any

from bot.channels.meta.signing import signature

PAGE, INSTAGRAM_ACCOUNT, NUMBER = "1001", "2002", "3003"
ADA = "7001"
SECRET = "0123456789abcdef-secret"
#: 2026-03-02 10:00 UTC.
THEN = 1772445600


def on_a_page(*said: dict[str, Any], object: str = "page", account: str = PAGE) -> dict[str, Any]:
    return {"object": object, "entry": [{"id": account, "time": THEN * 1000, "messaging": list(said)}]}


def a_message(text: str = "", *, mid: str = "m_1", person: str = ADA, at: int = THEN, **more: Any) -> dict[str, Any]:
    message = {"mid": mid} | ({"text": text} if text else {}) | more
    return {"sender": {"id": person}, "recipient": {"id": PAGE}, "timestamp": at * 1000, "message": message}


def on_whatsapp(*messages: dict[str, Any], statuses: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "4930123456", "phone_number_id": NUMBER},
        "contacts": [{"profile": {"name": "Ada"}, "wa_id": ADA}],
    }
    value |= {"messages": list(messages)} if messages else {}
    value |= {"statuses": list(statuses)} if statuses else {}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "9", "changes": [{"field": "messages", "value": value}]}],
    }


def a_text(text: str, *, id: str = "wamid.1", person: str = ADA, at: int = THEN, **more: Any) -> dict[str, Any]:
    return {"from": person, "id": id, "timestamp": str(at), "type": "text", "text": {"body": text}, **more}


def signed(post: dict[str, Any], secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    """The bytes and the headers of a post."""
    raw = json.dumps(post).encode()
    return raw, {"X-Hub-Signature-256": signature(raw, secret), "Content-Type": "application/json"}
