"""One call of one program, and the guard before every call."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.errors import StoreUnavailable
from bot.store.accounts import EVERY_BRAND, Accounts, Program
from bot.web.chat.limits import Limit

LARGEST_BODY = 64 * 1024
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Problem(Exception):
    """A call that is not answered; the text says what to do."""

    def __init__(self, status: HTTPStatus, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status, self.headers = status, headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A program that may ask, and what it asks."""

    request: Request
    program: Program
    #: The object in the body of a POST.
    body: Mapping[str, Any]

    @property
    def brand(self) -> str | None:
        """The one brand of its key; None for every one."""
        return None if self.program.brand == EVERY_BRAND else self.program.brand

    def only(self, *names: str) -> None:
        """A parameter that is not known is a slip of the pen: a filter must not be passed over in silence."""
        if unknown := sorted(set(self.request.query_params) - set(names)):
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{unknown[0][:40]!r} is unknown here; there are {names}")

    def asked(self, name: str, default: str = "") -> str:
        """A parameter of the address."""
        return self.request.query_params.get(name, default)

    def limit(self, most: int, usual: int) -> int:
        """How many rows: `limit`, from 1 to `most`."""
        text = self.asked("limit", str(usual))
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most):
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"limit must be a number from 1 to {most}")
        return int(text)

    def given(self, name: str, longest: int) -> str:
        """A text of the body. Raises `Problem`."""
        value = self.body.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= longest or "\0" in value:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name} must be a text of 1 to {longest} characters")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name} is not Unicode text") from None
        return value

    def check_brand(self, brand: str) -> None:
        if self.brand not in (None, brand):
            raise Problem(HTTPStatus.NOT_FOUND, "there is nothing of that name")


Handler = Callable[[Call], Awaitable[object]]


def guarded(accounts: Accounts, limit: Limit, scope: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """The call behind its guard."""

    async def answer(request: Request) -> Response:
        try:
            program = await _program(accounts, limit, request, scope)
            body = await _body(request) if request.method == "POST" else {}
            return JSONResponse(await handler(Call(request=request, program=program, body=body)), headers=_HEADERS)
        except Problem as problem:
            return problem_of(problem.status, str(problem), problem.headers)
        except StoreUnavailable as fault:
            return problem_of(HTTPStatus.SERVICE_UNAVAILABLE, str(fault), {"Retry-After": "5"})

    return answer


def problem_of(status: HTTPStatus, text: str, headers: Mapping[str, str] | None = None) -> Response:
    body = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": text}
    return JSONResponse(
        body, status_code=status, headers={**_HEADERS, **(headers or {})}, media_type="application/problem+json"
    )


async def _program(accounts: Accounts, limit: Limit, request: Request, scope: str) -> Program:
    host = request.client.host if request.client else ""
    if wait := limit.wait(f"host {host}"):
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too many calls from this address", **{"Retry-After": str(wait)})
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    program = await accounts.program(key.strip()) if kind.lower() == "bearer" and key.isascii() else None
    if program is None:
        needed = {"WWW-Authenticate": 'Bearer realm="privacy-desk"'}
        raise Problem(HTTPStatus.UNAUTHORIZED, "send a key of yours: Authorization: Bearer KEY", **needed)
    if wait := limit.wait(f"key {program.name}"):
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too many calls with this key", **{"Retry-After": str(wait)})
    if scope not in program.scopes:
        raise Problem(HTTPStatus.FORBIDDEN, f"this key lacks the scope {scope}")
    return program


async def _body(request: Request) -> Mapping[str, Any]:
    """The JSON object in the body."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send a JSON object, as application/json")
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > LARGEST_BODY:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"send at most {LARGEST_BODY} bytes, and their number")
    try:
        found = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise Problem(HTTPStatus.BAD_REQUEST, "the body is not JSON") from None
    if not isinstance(found, dict):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "the body is not a JSON object")
    return found
