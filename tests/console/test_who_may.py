"""Every role on every page, default deny, and nothing of a brand without a role there (RELIABILITY T36, T37)."""

from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response

from bot.console.acting import ACTS
from bot.console.app import PAGES, console
from bot.console.permissions import ROLES, May
from bot.console.visit import Visit
from tests.console.fakes import HOME, OTHER_BRAND, Browser, Room, csrf_in

AGENT, LEAD, AUDITOR, ADMIN = "agent", "lead", "auditor", "admin"
EVERYBODY = {AGENT, LEAD, AUDITOR, ADMIN}
WORKERS = {AGENT, LEAD, ADMIN}
LEADERS = {LEAD, ADMIN}
#: Who may, written out once more, so that a slip in the program's own table is seen.
EXPECTED: dict[tuple[str, str], set[str]] = {
    ("GET", "/"): EVERYBODY,
    ("GET", "/cases"): EVERYBODY,
    ("GET", "/cases/news"): EVERYBODY,
    ("POST", "/cases/bulk"): LEADERS,
    ("GET", "/cases.{form}"): {LEAD, AUDITOR, ADMIN},
    ("POST", "/views"): EVERYBODY,
    ("POST", "/views/drop"): EVERYBODY,
    ("GET", "/case/{reference}"): EVERYBODY,
    ("GET", "/case/{reference}/live"): EVERYBODY,
    ("POST", "/case/{reference}/package"): WORKERS,
    ("POST", "/case/{reference}/{act}"): WORKERS,
    ("GET", "/new"): WORKERS,
    ("POST", "/new"): WORKERS,
    ("GET", "/handed"): EVERYBODY,
    ("POST", "/handed/{item}"): WORKERS,
    ("GET", "/held"): EVERYBODY,
    ("POST", "/held/{message}"): LEADERS,
    ("GET", "/aside"): LEADERS,
    ("POST", "/aside"): LEADERS,
    ("GET", "/suppression"): EVERYBODY,
    ("POST", "/suppression"): EVERYBODY,
    ("POST", "/suppression/undo"): LEADERS,
    ("GET", "/policies"): EVERYBODY,
    ("GET", "/policies/{brand}"): EVERYBODY,
    ("GET", "/figures"): EVERYBODY,
    ("GET", "/figures.{form}"): {LEAD, AUDITOR, ADMIN},
    ("GET", "/settings"): {LEAD, AUDITOR, ADMIN},
    ("GET", "/modes"): {LEAD, AUDITOR, ADMIN},
    ("GET", "/people"): {ADMIN},
    ("POST", "/people"): {ADMIN},
    ("GET", "/audit"): {AUDITOR, ADMIN},
    ("GET", "/help"): EVERYBODY,
    ("GET", "/me"): EVERYBODY,
    ("POST", "/me"): EVERYBODY,
    ("POST", "/me/password"): EVERYBODY,
    ("POST", "/me/everywhere"): EVERYBODY,
    ("POST", "/sign-out"): EVERYBODY,
}


def test_every_page_stands_in_the_table_and_every_role_is_known() -> None:
    assert {(page.method, page.path) for page in PAGES} == set(EXPECTED)
    assert set(ROLES) == EVERYBODY


async def _reached(visit: Visit) -> Response:
    return PlainTextResponse("reached")


def _with_quiet_pages(room: Room, browser: Browser) -> Browser:
    """The same clerk before pages that only say that they were reached."""
    pages = [replace(page, handler=page.handler if page.path == "/me" else _reached) for page in PAGES]
    transport = httpx.ASGITransport(app=Starlette(routes=[console(room.office, pages)]))
    client = httpx.AsyncClient(transport=transport, base_url=HOME, cookies=browser.client.cookies)
    return Browser(room=room, client=client)


@pytest.mark.parametrize("role", [*sorted(EVERYBODY), "", "stranger"])
async def test_each_role_reaches_its_pages_and_no_other(room: Room, role: str) -> None:
    browser = room.browser() if role == "stranger" else await room.hire("ada", role)
    quiet = _with_quiet_pages(room, browser)
    token = csrf_in(await browser.get("/me")) if role in EVERYBODY else ""
    reached = set()

    for page in PAGES:
        path = "/console" + page.path.replace("{form}", "csv").replace("{", "").replace("}", "")
        if page.method == "POST":
            answer = await quiet.send(path, {"csrf": token})
        else:
            answer = await quiet.client.get(path)
        if answer.text == "reached" or (page.path == "/me" and answer.status_code in (200, 303) and token):
            reached.add((page.method, page.path))
        else:
            assert answer.status_code in ((401, 303) if role == "stranger" else (404,)), page

    assert reached == {place for place, roles in EXPECTED.items() if role in roles}


@pytest.mark.parametrize("path", ["/nothing", "/case", "/case/a/b/c", "/people/1", "/static/../app.py", "/../people"])
async def test_what_is_not_in_the_table_is_not_there(room: Room, path: str) -> None:
    browser = await room.hire("root", "admin", "*")

    assert (await browser.get(path)).status_code == 404


async def test_a_case_of_another_brand_is_not_there(room: Room) -> None:
    """IDOR: each way to a case, its messages and its tables."""
    reference = await room.a_case()
    stranger = await room.hire("eve", "admin", OTHER_BRAND)
    item = (await room.desk.store.staff_items() or [None])[0]
    before = await room.desk.store.request(reference)

    answers = [
        await stranger.get(f"/case/{reference}"),
        await stranger.get(f"/case/{reference}/live"),
        *[await stranger.post(f"/case/{reference}/{act}", {"words": "x", "reason": "other"}) for act in sorted(ACTS)],
        await stranger.get("/policies/rings"),
        *([await stranger.post(f"/handed/{item.item_id}", {"act": "close"})] if item else []),
        await stranger.post(f"/case/{reference}/package", {"act": "offer"}),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert await room.desk.store.request(reference) == before


@pytest.mark.parametrize(
    "path",
    [
        "/cases",
        "/cases?brand=rings",
        "/cases?q=PD-",
        "/cases?q=Ada@example.org",
        "/cases.csv",
        "/cases.csv?brand=rings",
        "/held",
        "/handed",
        "/cases?state=proposed",
        "/modes",
    ],
)
async def test_lists_searches_and_tables_show_nothing_of_another_brand(room: Room, path: str) -> None:
    reference = await room.a_case()
    insider = await room.hire("ida", "lead")
    stranger = await room.hire("eve", "lead", OTHER_BRAND)

    shown = (await stranger.get(path)).text

    assert reference not in shown
    assert "ada@example.org" not in shown
    if path.startswith("/cases") and "proposed" not in path:
        assert reference in (await insider.get(path)).text


async def test_many_at_once_reaches_no_case_of_another_brand(room: Room) -> None:
    reference = await room.a_case()
    stranger = await room.hire("eve", "lead", OTHER_BRAND)

    answer = await stranger.post("/cases/bulk", {"reference": [reference], "act": "cancel", "words": ""})

    assert answer.status_code == 409
    detail = await room.desk.store.request(reference)
    assert detail is not None
    assert detail.request.state.value == "open"


async def test_an_admin_of_one_brand_makes_nobody_for_another(room: Room) -> None:
    browser = await room.hire("eve", "admin", OTHER_BRAND)
    await room.hire("ada", "agent")

    made = await browser.post("/people", {"act": "add", "name": "mallory", "role": "admin", "brand": "rings"})
    everywhere = await browser.post("/people", {"act": "add", "name": "mallory", "role": "admin", "brand": "*"})
    stolen = await browser.post("/people", {"act": "password", "name": "ada"})
    raised = await browser.post("/people", {"act": "role", "name": "eve", "role": "admin", "brand": "*"})

    assert {answer.status_code for answer in (made, everywhere, stolen, raised)} == {404}
    assert await room.office.accounts.find("mallory") is None


async def test_a_role_of_one_brand_counts_for_no_other(room: Room) -> None:
    reference = await room.a_case()
    browser = await room.hire("ida", "agent")
    await room.office.accounts.set_roles("ida", {"rings": "auditor", OTHER_BRAND: "admin"})

    answer = await browser.post(f"/case/{reference}/note", {"words": "x"})

    assert answer.status_code == 404
    assert (await browser.get(f"/case/{reference}")).status_code == 200


async def test_every_look_at_a_person_is_on_record(room: Room) -> None:
    reference = await room.a_case()
    browser = await room.hire("ida", "agent")

    await browser.get(f"/case/{reference}")
    await browser.get("/cases")

    seen = await room.office.worklist.viewings()
    assert [(row["clerk"], row["what"], row["reference"]) for row in seen] == [
        ("ida", "list", ""),
        ("ida", "case", reference),
    ]


def test_a_role_of_every_page_is_needed() -> None:
    assert all(page.permission in May for page in PAGES)
