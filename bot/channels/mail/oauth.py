"""Access tokens for accounts that take no password (XOAUTH2): a refresh token is traded for them (RFC 6749 section 6).

A token is used until shortly before its end. Blocking; called from the threads that talk to mail servers.
"""

import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

from bot.errors import BadSetting, NotNow

#: Seconds before its end after which a token is not used any more.
_EARLY = 120.0
_TIMEOUT = 20.0
_LARGEST_ANSWER = 64 * 1024


@dataclass(slots=True, kw_only=True)
class AccessTokens:
    """Fresh tokens of one account."""

    #: The provider's token endpoint.
    url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(repr=False)
    scope: str = ""
    _token: str = field(default="", init=False, repr=False)
    _good_until: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __call__(self) -> str:
        """A token that is good now; raises `NotNow` and `BadSetting`."""
        with self._lock:
            if time.monotonic() >= self._good_until:
                self._renew()
            return self._token

    def _renew(self) -> None:
        wanted = {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": self.refresh_token,
            "scope": self.scope,
        }
        form = urllib.parse.urlencode({name: value for name, value in wanted.items() if value}).encode()
        try:
            with urllib.request.urlopen(self.url, form, timeout=_TIMEOUT) as answer:
                given = json.loads(answer.read(_LARGEST_ANSWER))
            self._token, lasting = str(given["access_token"]), float(given.get("expires_in", 0))
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in (400, 401, 403):
                raise BadSetting(f"{self.url} refuses the refresh token; sign in again and set a new one") from error
            raise NotNow(f"{self.url} gives no access token now: {error.code}") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotNow(f"{self.url} gives no access token now: {type(error).__name__}") from error
        self._good_until = time.monotonic() + lasting - _EARLY
