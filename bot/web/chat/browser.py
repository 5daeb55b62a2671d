"""The browser behind one request: where its page lives, which brand it is about, and the session that it carries.

Law: on our own pages the session is a cookie that no script can read; a page of another site keeps it itself and shows
it in a header, and cookies count for nothing there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.keys import Keys
from bot.web.chat.sessions import Session, read_token, to_token

_COOKIE = "privacy_chat_"
_PATH = "/chat"
_LARGEST_BODY = 32_768


class BrowserRefused(Exception):
    """The widget has words for each code."""

    def __init__(self, status: int, code: str, *, wait: int = 0) -> None:
        super().__init__(code)
        self.status, self.code, self.wait = status, code, wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """One request's sender."""

    request: Request
    keys: Keys
    now: datetime
    #: Where people reach us, "" where the request itself says it best.
    public_url: str
    default_brand: str

    @property
    def brand(self) -> str:
        return self.request.query_params.get("brand") or self.default_brand

    @property
    def origin(self) -> str:
        return self.request.headers.get("origin", "")

    @property
    def is_at_home(self) -> bool:
        """Its page is ours; browsers name the origin of every request that may change something."""
        return self.origin in ("", self._own_origin)

    @property
    def carries_one(self) -> bool:
        return bool(self._token)

    @property
    def session(self) -> Session | None:
        session = read_token(self._token, self.keys, self.now)
        return session if session is not None and session.brand == self.brand else None

    def carry(self, session: Session, told: Mapping[str, Any], *, status: int = 200) -> JSONResponse:
        """Tell it something and give it its session."""
        token = to_token(session, self.keys)
        if not self.is_at_home:
            return no_store({**told, "token": token}, status=status)
        response = no_store(told, status=status)
        response.set_cookie(
            self._cookie, token, path=_PATH, httponly=True, samesite="lax", secure=self._own_origin.startswith("https:")
        )
        return response

    def forget(self) -> JSONResponse:
        """It carries no session any more."""
        response = no_store({})
        response.delete_cookie(self._cookie, path=_PATH, httponly=True, samesite="lax")
        return response

    @property
    def _token(self) -> str:
        if self.is_at_home:
            return self.request.cookies.get(self._cookie, "")
        scheme, _, token = self.request.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else ""

    @property
    def _cookie(self) -> str:
        return f"{_COOKIE}{self.brand}"

    @property
    def _own_origin(self) -> str:
        if self.public_url:
            return self.public_url
        return f"{self.request.url.scheme}://{self.request.headers.get('host', '')}"


async def json_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request; raises `BrowserRefused` for anything else, or for too much of it."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise BrowserRefused(415, "not_understood")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise BrowserRefused(413, "too_long")
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BrowserRefused(400, "not_understood") from error
    if not isinstance(given, dict):
        raise BrowserRefused(400, "not_understood")
    return given


def no_store(told: Mapping[str, Any], *, status: int = 200, wait: int = 0) -> JSONResponse:
    """An answer that nobody keeps; `wait` says after how many seconds to come again."""
    later = {"Retry-After": str(wait)} if wait else {}
    return JSONResponse(dict(told), status_code=status, headers={"Cache-Control": "no-store", **later})
