"""The calls for the shop's own programs: keys, scopes, brands, pages, limits, and the document that describes them."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bot.store.accounts import EVERY_BRAND, Program
from bot.web.api import Api
from bot.web.chat.limits import Rate
from tests.console.fakes import Room, a_room
from tests.engine.fakes import KEYS, a_mail, receive, work

AMPLE = Rate(burst=100_000, per_minute=100_000)
SCOPES = frozenset({"requests:read", "suppression:read", "suppression:write", "events:read"})
KEY = "pdk_key-of-the-shop"


@dataclass(kw_only=True)
class Calls:
    """A program that calls the API of a room."""

    room: Room
    client: httpx.AsyncClient

    async def get(self, path: str, key: str = KEY, **query: str) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", params=query, headers={"Authorization": f"Bearer {key}"})

    async def post(self, path: str, body: Any, key: str = KEY) -> httpx.Response:
        return await self.client.post(f"/api/v1{path}", json=body, headers={"Authorization": f"Bearer {key}"})

    async def give(self, name: str, key: str, *, brand: str = "rings", scopes: frozenset[str] = SCOPES) -> None:
        program = Program(name=name, brand=brand, scopes=scopes)
        await self.room.office.accounts.add_program(program, key, now=self.room.house.now)


@pytest.fixture
async def calls(tmp_path: Path) -> AsyncIterator[Calls]:
    async with a_room(tmp_path) as room:
        app = Starlette(routes=[Api(room.desk.store, KEYS, rate=AMPLE).mount()])
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://desk.example")
        made = Calls(room=room, client=client)
        await made.give("shop", KEY)
        yield made


async def test_requests_are_listed_by_what_is_due_page_by_page(calls: Calls) -> None:
    references = {await calls.room.a_case(number=number) for number in (1, 2, 3)}
    seen, after = [], {}

    for _ in range(3):
        page = (await calls.get("/requests", limit="1", **after)).json()
        seen += [row["reference"] for row in page["items"]]
        after = {"after": page["next"] or ""}

    assert set(seen) == references
    assert page["next"] is None


async def test_one_request_comes_with_its_deadlines_and_the_look_is_on_record(calls: Calls) -> None:
    reference = await calls.room.a_case()

    found = (await calls.get(f"/requests/{reference}")).json()

    assert (found["person"], found["proved"]) == ("ada@example.org", True)
    assert found["deadlines"][0]["sum"].startswith("received")
    assert (await calls.room.office.worklist.viewings(reference=reference))[0]["clerk"] == "shop"


async def test_the_suppression_list_is_asked_fetched_and_confirmed(calls: Calls) -> None:
    await receive(calls.room.desk, a_mail("unsubscribe", number=1))
    await work(calls.room.desk)
    entry = {"brand": "rings", "purpose": "marketing", "address": "Ada@example.org"}

    asked = (await calls.post("/suppression/check", entry)).json()
    other = (await calls.post("/suppression/check", entry | {"address": "bob@example.org"})).json()
    [listed] = (await calls.get("/suppression")).json()["items"]
    confirmed = (await calls.post("/suppression/confirm", {"digests": [listed["digest"], "0" * 64]})).json()
    after = (await calls.get("/suppression")).json()

    assert (asked, other) == ({"suppressed": True}, {"suppressed": False})
    assert listed["address"] == "ada@example.org"
    assert (confirmed, after) == ({"confirmed": 1}, {"items": [], "more": False})
    assert (await calls.post("/suppression/check", entry)).json() == {"suppressed": True}


async def test_events_are_fetched_in_order_and_hold_no_person(calls: Calls) -> None:
    await calls.room.a_case()

    first = (await calls.get("/events", limit="1")).json()
    rest = (await calls.get("/events", after=first["items"][0]["id"])).json()

    assert first["next"] == first["items"][0]["id"]
    assert all(row["id"] > first["next"] for row in rest["items"])
    assert "ada@example.org" not in json.dumps([first, rest])


@pytest.mark.parametrize("key", ["", "wrong", "pdk_key-of-the-shop ", "ключ"])
async def test_without_a_key_there_is_no_answer(calls: Calls, key: str) -> None:
    header = f"Bearer {key}".encode()
    answer = await calls.client.get("/api/v1/requests", headers={"Authorization": header})

    assert answer.status_code == (200 if key.strip() == KEY else 401)
    if answer.status_code == 401:
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_key_that_was_ended_opens_nothing(calls: Calls) -> None:
    await calls.room.office.accounts.disable_program("shop")

    assert (await calls.get("/requests")).status_code == 401


@pytest.mark.parametrize(
    ("path", "method", "scope"),
    [
        ("/requests", "GET", "requests:read"),
        ("/requests/PD-1", "GET", "requests:read"),
        ("/suppression", "GET", "suppression:read"),
        ("/suppression/check", "POST", "suppression:read"),
        ("/suppression/confirm", "POST", "suppression:write"),
        ("/events", "GET", "events:read"),
    ],
)
async def test_each_call_needs_its_own_scope(calls: Calls, path: str, method: str, scope: str) -> None:
    await calls.give("other", "pdk_others", scopes=SCOPES - {scope})
    await calls.give("right", "pdk_right", scopes=frozenset({scope}))

    async def status(key: str) -> int:
        answer = await (calls.get(path, key) if method == "GET" else calls.post(path, {}, key))
        return answer.status_code

    assert await status("pdk_others") == 403
    assert await status("pdk_right") != 403


async def test_a_key_of_one_brand_sees_nothing_of_another(calls: Calls) -> None:
    reference = await calls.room.a_case()
    await receive(calls.room.desk, a_mail("unsubscribe", number=9))
    await work(calls.room.desk)
    await calls.give("pearls", "pdk_pearls", brand="pearls")
    await calls.give("all", "pdk_all", brand=EVERY_BRAND)

    for path in ("/requests", "/suppression", "/events"):
        assert (await calls.get(path, "pdk_pearls")).json()["items"] == []
        assert (await calls.get(path, "pdk_all")).json()["items"] != []
    assert (await calls.get(f"/requests/{reference}", "pdk_pearls")).status_code == 404
    assert (await calls.get("/requests", "pdk_pearls", brand="rings")).status_code == 404
    check = {"brand": "rings", "purpose": "marketing", "address": "ada@example.org"}
    assert (await calls.post("/suppression/check", check, "pdk_pearls")).status_code == 404
    digests = [row["digest"] for row in (await calls.get("/suppression")).json()["items"]]
    assert (await calls.post("/suppression/confirm", {"digests": digests}, "pdk_pearls")).json() == {"confirmed": 0}


async def test_too_many_calls_are_put_off(tmp_path: Path) -> None:
    async with a_room(tmp_path) as room:
        app = Starlette(routes=[Api(room.desk.store, KEYS, rate=Rate(burst=2, per_minute=1)).mount()])
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://desk.example")

        answers = [await client.get("/api/v1/requests") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"[" * 5000, b'{"brand": "\\ud800"}', b"\xff"])
async def test_a_body_that_is_no_object_is_refused_with_one_sentence(calls: Calls, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}

    answer = await calls.client.post("/api/v1/suppression/check", content=body, headers=headers)

    assert answer.status_code in (400, 422)
    assert answer.json()["detail"]
