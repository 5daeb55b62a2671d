"""One account at the Graph API: a post, and what its answer says about the message.

Law: the token goes in a header, never in an address; no text of Meta's errors goes any further than its numbers.
"""

import asyncio
import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any, NoReturn, Protocol
from urllib.parse import urlsplit

from bot.errors import BadSetting, NotNow, OutOfReach, Refused, Uncertain

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 15.0
_LARGEST_ANSWER = 256 * 1024

#: Too many calls: of the app, a user, a page, an account; WhatsApp: throughput, to one person, spam.
_TOO_MANY = frozenset({4, 17, 32, 613, 80006, 80007, 130429, 131048, 131056, 133016})
#: Seconds until the next call where Meta names none.
_PAUSE = 60.0
#: Passing trouble on Meta's side.
_TROUBLE = frozenset({1, 2, 131000, 131016, 133004})
#: The token is not good (any more), or lacks a permission: mended by the operator, and nothing is lost meanwhile.
_OUR_ACCOUNT = frozenset({0, 3, 102, 190, 131005, 131031, 131042})
#: The 24 hours are over.
_CLOSED = frozenset({131047})
_CLOSED_SUBCODES = frozenset({2018278, 2018065, 2534022})
#: Blocked us, left, or has no such account.
_GONE = frozenset({551, 131021, 131026, 131030, 131050})


class GraphApi(Protocol):
    """One page, Instagram account or telephone number, which speaks for one brand."""

    brand: str
    id: str

    async def send(self, body: Mapping[str, Any]) -> str:
        """Post one message, returns its id there; raises `NotNow`, `OutOfReach`, `Refused` or `Uncertain`."""
        ...


class GraphAccount:
    """Protocol `GraphApi` over https."""

    def __init__(self, *, brand: str, id: str, token: str, base_url: str, read_seconds: float = _READ_SECONDS) -> None:
        """`base_url` names the version, e.g. https://graph.facebook.com/v23.0; the network is not touched."""
        if not token or not token.isascii() or any(sign.isspace() for sign in token):
            raise BadSetting(f"meta: the token of {brand} is empty or is none; make one in the app's dashboard")
        self.brand, self.id = brand, id
        self._token = token
        self._base = urlsplit(base_url)
        self._read_seconds = read_seconds

    async def send(self, body: Mapping[str, Any]) -> str:
        return await asyncio.to_thread(self._send, json.dumps(body).encode())

    def _send(self, body: bytes) -> str:
        status, headers, said = self._post(f"{self._base.path.rstrip('/')}/{self.id}/messages", body)
        if status >= 300 or "error" in said:
            raise_ours(status, headers, said)
        messages = said.get("messages") or [{}]
        return str(said.get("message_id") or messages[0].get("id") or "taken")

    def _post(self, path: str, body: bytes) -> tuple[int, Mapping[str, str], Mapping[str, Any]]:
        connection = self._connection()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            try:
                connection.connect()
            except (OSError, http.client.HTTPException) as error:
                raise NotNow(f"Meta cannot be reached ({type(error).__name__})") from None
            if connection.sock is not None:
                connection.sock.settimeout(self._read_seconds)
            try:
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                return answer.status, dict(answer.headers), _json(answer.read(_LARGEST_ANSWER))
            except (OSError, http.client.HTTPException) as error:
                raise Uncertain(f"the line broke after the message was handed over ({type(error).__name__})") from None
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._base.hostname or "", self._base.port
        if self._base.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=_CONNECT_SECONDS)
        return http.client.HTTPSConnection(host, port, timeout=_CONNECT_SECONDS, context=ssl.create_default_context())


def raise_ours(status: int, headers: Mapping[str, str], said: Mapping[str, Any]) -> NoReturn:
    """What an error of Meta's says about the message, by its numbers."""
    error = said.get("error")
    error = error if isinstance(error, Mapping) else {}
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    named = f"Meta's error {code}" + (f"/{subcode}" if subcode else "")
    if code in _CLOSED or subcode in _CLOSED_SUBCODES:
        raise OutOfReach(f"the platform's time to answer is over ({named})")
    if code in _GONE:
        raise OutOfReach(f"the person has blocked us or cannot be reached there ({named})")
    if code in _TOO_MANY or status == 429:
        raise NotNow(f"Meta wants fewer calls ({named})", seconds=_wait_of(headers))
    if code in _OUR_ACCOUNT or status == 401:
        raise NotNow(f"Meta does not take our token ({named}); make a new one and set it, what waits is sent then")
    if code in _TROUBLE or status >= 500:
        raise NotNow(f"Meta is in trouble (HTTP {status}, {named})")
    raise Refused(f"Meta does not take this message (HTTP {status}, {named})")


def explain(code: int) -> str:
    """Why a message that was taken did not arrive, by Meta's number."""
    if code in _CLOSED:
        return f"the platform's time to answer is over (Meta's error {code})"
    return f"Meta could not deliver it (Meta's error {code})"


def _wait_of(headers: Mapping[str, str]) -> float:
    """Seconds that an answer names: `Retry-After`, or minutes in its usage header; a minute where it names none."""
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        if "retry-after" in lower:
            return max(1.0, float(lower["retry-after"]))
        usage = json.loads(lower.get("x-business-use-case-usage", "{}"))
        minutes = [float(one["estimated_time_to_regain_access"]) for used in usage.values() for one in used]
        return max(_PAUSE, 60 * max(minutes, default=0.0))
    except (ValueError, KeyError, TypeError, AttributeError):
        return _PAUSE


def _number(given: object) -> int:
    return given if isinstance(given, int) else 0


def _json(raw: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
