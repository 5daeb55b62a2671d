"""What programs may ask, each call with its scope; the document that describes it is `openapi.json`."""

import json
import re
import time
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from bot.core.tickets import LEVELS, State
from bot.keys import Keys
from bot.store import Store
from bot.store.accounts import Accounts
from bot.store.feed import Feed
from bot.store.suppression import CHANNELS, PURPOSES, Entry
from bot.store.worklist import CLOSED, END_OF_LIST, UNDER_WAY, Place, Wanted, Worklist, WorkRow
from bot.web.api.calling import Call, Problem, guarded, problem_of
from bot.web.chat.limits import Limit, Rate

ROOT = "/api/v1"
MOST_ROWS, USUAL_ROWS = 200, 50
MOST_DIGESTS = 500
_DIGEST = re.compile(r"[0-9a-f]{64}")
_EVENT = re.compile(r"[0-9a-f]{32}")
_NO_PLACE = "after must be the `next` of an earlier answer"
#: Of one key, and of one address.
RATE = Rate(burst=120, per_minute=300)


class Api:
    """The calls of one desk."""

    def __init__(self, store: Store, keys: Keys, *, rate: Rate = RATE) -> None:
        self._store = store
        self._accounts = Accounts(store.database, keys)
        self._worklist, self._feed = Worklist(store.database, keys), Feed(store.database)
        self._limit = Limit(rate, time.monotonic)

    def mount(self) -> Mount:
        calls = (
            ("/requests", "GET", "requests:read", self._requests),
            ("/requests/{reference}", "GET", "requests:read", self._request),
            ("/suppression", "GET", "suppression:read", self._suppressions),
            ("/suppression/check", "POST", "suppression:read", self._check),
            ("/suppression/confirm", "POST", "suppression:write", self._confirm),
            ("/events", "GET", "events:read", self._events),
        )
        routes = [
            Route(path, guarded(self._accounts, self._limit, scope, handler), methods=[method])
            for path, method, scope, handler in calls
        ]
        app = Starlette(
            routes=[Route("/openapi.json", _document, methods=["GET"]), *routes],
            exception_handlers={HTTPException: _no_such_call},
        )
        return Mount(ROOT, app=app)

    async def _requests(self, call: Call) -> object:
        call.only("state", "right", "brand", "after", "limit")
        limit = call.limit(MOST_ROWS, USUAL_ROWS)
        state, right = call.asked("state", UNDER_WAY), call.asked("right")
        if state not in (UNDER_WAY, *State, CLOSED):
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY, f"state must be {UNDER_WAY}, {CLOSED} or one of {', '.join(State)}"
            )
        if right and right not in LEVELS:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"right must be one of {', '.join(LEVELS)}")
        brand = call.asked("brand")
        if brand:
            call.check_brand(brand)
        brands = (brand,) if brand else None if call.brand is None else (call.brand,)
        wanted = Wanted(brands=brands, state=state, right=right)
        rows = await self._worklist.page(wanted, after=_place(call.asked("after")), limit=limit + 1)
        return {
            "items": [_request(row) for row in rows[:limit]],
            "next": str(rows[limit - 1].place) if len(rows) > limit else None,
        }

    async def _request(self, call: Call) -> object:
        call.only()
        detail = await self._store.request(str(call.request.path_params["reference"]).upper())
        if detail is None:
            raise Problem(HTTPStatus.NOT_FOUND, "there is nothing of that name")
        row = detail.request
        call.check_brand(row.brand)
        await self._worklist.looked(call.program.name, "api", row.reference, now=datetime.now().astimezone())
        return {
            "reference": row.reference,
            "brand": row.brand,
            "right": row.right,
            "kind": row.kind,
            "state": row.state.value,
            "received_at": row.received_at.isoformat(),
            "due_on": row.due_on or None,
            "person": row.subject or row.claimed_address,
            "proved": bool(row.subject),
            "assignee": row.taken_by or None,
            "denial_reason": detail.denial_reason or None,
            "deadlines": [
                {"regime": one.regime, "step": one.step, "due_on": one.due_on, "sum": one.sum, "extended": one.extended}
                for one in detail.deadlines
            ],
        }

    async def _suppressions(self, call: Call) -> object:
        """What the shop's own lists do not know yet."""
        call.only()
        rows = await self._store.suppression.unconfirmed(call.brand)
        return {
            "items": [
                {
                    "digest": row.digest,
                    "brand": row.brand,
                    "channel": row.channel,
                    "purpose": row.purpose,
                    "address": row.address,
                    "since": row.created_at.isoformat(),
                }
                for row in rows[:MOST_DIGESTS]
            ],
            "more": len(rows) > MOST_DIGESTS,
        }

    async def _check(self, call: Call) -> object:
        purpose, channel = call.given("purpose", 40), str(call.body.get("channel", "email"))
        if purpose not in PURPOSES or channel not in CHANNELS:
            said = f"purpose must be one of {', '.join(PURPOSES)}, channel one of {', '.join(CHANNELS)}"
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, said)
        brand, address = call.given("brand", 40), call.given("address", 320)
        call.check_brand(brand)
        entry = Entry(brand=brand, purpose=purpose, address=address, channel=channel)
        return {"suppressed": await self._store.suppression.has(entry)}

    async def _confirm(self, call: Call) -> object:
        """The shop's own lists know these now: their addresses are erased here."""
        given = call.body.get("digests")
        sent: list[Any] = given if isinstance(given, list) else []
        digests = [one for one in sent if isinstance(one, str) and _DIGEST.fullmatch(one)]
        if not digests or len(digests) != len(sent) or len(digests) > MOST_DIGESTS:
            said = f"digests must be a list of 1 to {MOST_DIGESTS} digests, each 64 hexadecimal digits"
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, said)
        known = {row.digest for row in await self._store.suppression.unconfirmed(call.brand)}
        theirs = [digest for digest in digests if digest in known]
        return {"confirmed": await self._store.suppression.confirm(theirs, by=call.program.name)}

    async def _events(self, call: Call) -> object:
        call.only("after", "limit")
        limit = call.limit(MOST_ROWS, USUAL_ROWS)
        after = call.asked("after")
        if after and not _EVENT.fullmatch(after):
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, _NO_PLACE)
        rows = await self._feed.page(brand=call.brand, after=after, limit=limit + 1)
        return {
            "items": [
                {
                    "id": row.id,
                    "type": row.kind,
                    "brand": row.brand,
                    "reference": row.reference or None,
                    "at": row.at.isoformat(),
                    "details": dict(row.details),
                }
                for row in rows[:limit]
            ],
            "next": rows[limit - 1].id if len(rows) > limit else None,
        }


def _request(row: WorkRow) -> Mapping[str, Any]:
    return {
        "reference": row.reference,
        "brand": row.brand,
        "right": row.right,
        "kind": row.kind,
        "state": row.state,
        "channel": row.channel,
        "received_at": row.received_at.isoformat(),
        "due_at": None if row.due_at >= END_OF_LIST else row.due_at.isoformat(),
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        "person": row.person,
        "proved": row.proved,
        "assignee": row.taken_by or None,
    }


def _place(text: str) -> Place | None:
    place = Place.read(text)
    if text and place is None:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, _NO_PLACE)
    return place


async def _document(request: Request) -> Response:
    del request
    return JSONResponse(document())


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    text = files("bot.web.api").joinpath("openapi.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


async def _no_such_call(request: Request, fault: Exception) -> Response:
    del request
    status = fault.status_code if isinstance(fault, HTTPException) else HTTPStatus.NOT_FOUND
    headers = fault.headers if isinstance(fault, HTTPException) else None
    return problem_of(HTTPStatus(status), f"there is no such call; see {ROOT}/openapi.json", headers)
