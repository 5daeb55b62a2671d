"""Tells other programs what happened, by the Standard Webhooks: an id, a time, and a signature over both and the body.

Law: called are only public addresses, but for those that the operator has named as their own; no redirect is followed.
What is not answered with 2xx is told again, always with the same id, so that a receiver can tell repeats.
"""

import asyncio
import hmac
import http.client
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

import structlog

from bot import outside
from bot.errors import BadSetting, NotNow, PrivacyDeskError
from bot.store import Store
from bot.store.events import Telling

_log = structlog.get_logger()

_SECONDS = 15.0
#: Bytes of an answer that are read.
_ANSWER = 10_000
SECRET_MARK = "whsec_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One program that is told."""

    name: str
    url: str
    secret: bytes = field(repr=False)
    #: Only events of this brand; "" all.
    brand: str = ""
    #: The operator has named it as one of their own, within their network.
    private: bool = False


#: Posts and gives the status of the answer; blocking. Raises `PrivacyDeskError` where there was none.
Post = Callable[[Receiver, Mapping[str, str], bytes], int]


def read_secret(text: str) -> bytes:
    """The bytes of "whsec_...". Raises `BadSetting`."""
    try:
        secret = b64decode(text.removeprefix(SECRET_MARK), validate=True)
    except ValueError:
        secret = b""
    if not text.startswith(SECRET_MARK) or not 24 <= len(secret) <= 64:
        raise BadSetting(f"a webhook's secret is {SECRET_MARK} and 24 to 64 bytes in base64; make one: webhooks secret")
    return secret


def signed(secret: bytes, event_id: str, moment: int, body: bytes) -> dict[str, str]:
    """The three headers."""
    given = hmac.new(secret, f"{event_id}.{moment}.".encode() + body, sha256).digest()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": f"v1,{b64encode(given).decode('ascii')}",
        "content-type": "application/json",
        "user-agent": "privacy-desk",
    }


async def tell_all(store: Store, receivers: Mapping[str, Receiver], moment: Callable[[], float], post: Post) -> int:
    """Tell all that is due now; how many events were taken. Raises only `StoreUnavailable`."""
    while await store.events.spread({name: receiver.brand for name, receiver in receivers.items()}):
        pass
    taken = 0
    while receivers and (telling := await store.events.claim(list(receivers))) is not None:
        taken += await _tell(store, receivers[telling.receiver], telling, int(moment()), post)
    return taken


async def _tell(store: Store, receiver: Receiver, telling: Telling, moment: int, post: Post) -> bool:
    content = {"type": telling.kind, "timestamp": telling.at.isoformat(), "data": dict(telling.data)}
    body = json.dumps(content, ensure_ascii=False).encode()
    try:
        status = await asyncio.to_thread(post, receiver, signed(receiver.secret, telling.event_id, moment, body), body)
        reason = "" if 200 <= status < 300 else f"it answered {status}"
    except PrivacyDeskError as fault:
        reason = str(fault)
    except Exception as fault:
        reason = f"{type(fault).__name__}: it could not be called"
    if not reason:
        await store.events.told(telling)
        return True
    goes_on = await store.events.put_off(telling, reason)
    _log.warning("webhook not taken", event_id=telling.event_id, receiver=receiver.name, goes_on=goes_on)
    return False


def post_outside(receiver: Receiver, headers: Mapping[str, str], body: bytes) -> int:
    """Over https to a judged public address, or as it was typed to one that the operator has named as their own."""
    if receiver.private:
        return _post_within(receiver.url, headers, body)
    request = outside.Request(url=receiver.url, method="POST", headers=headers, body=body)
    return outside.exchange(request, outside.Limits(seconds=_SECONDS, size=_ANSWER)).status


def _post_within(url: str, headers: Mapping[str, str], body: bytes) -> int:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_SECONDS)
    try:
        connection.request("POST", parts.path or "/", body=body, headers=dict(headers))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise NotNow(f"{parts.hostname} cannot be reached: {type(error).__name__}") from error
    finally:
        connection.close()
