"""The status page says what runs and counts, names nobody, and stays calm when the database is away."""

from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest

from bot.errors import StoreUnavailable
from bot.store import Overview, Store
from bot.web import application

pytestmark = pytest.mark.anyio


@dataclass
class CountingStore:
    """Counts, or is away."""

    away: bool = False
    trouble: str = ""

    async def overview(self) -> Overview:
        if self.away:
            raise StoreUnavailable("The database is locked by another program; it will be tried again.")
        return Overview(
            messages={"untouched": 3},
            requests={"open": 2},
            outgoing={"sent": 4},
            staff_items=1,
            shunted=0,
            unhandled=5,
            oldest_unhandled=None,
            undelivered=0,
        )


async def get(path: str, *, away: bool = False) -> httpx.Response:
    app = application(cast(Store, CountingStore(away=away)), {"mail in": "SMTP <127.0.0.1:8025>"})
    transport: Any = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.example") as client:
        return await client.get(path)


async def test_the_page_says_what_runs_and_counts() -> None:
    page = await get("/")

    assert page.status_code == 200
    assert "SMTP &lt;127.0.0.1:8025&gt;" in page.text
    for counted in ("untouched", "open", "sent", "shunted messages"):
        assert counted in page.text


async def test_the_page_calls_nobody_and_is_kept_by_nobody() -> None:
    page = await get("/")

    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert page.headers["Cache-Control"] == "no-store"
    assert "src=" not in page.text
    assert "<script" not in page.text


async def test_ready_tells_how_much_waits() -> None:
    assert (await get("/ready")).json() == {"ready": True, "unhandled": 5}


@pytest.mark.parametrize(("path", "status"), [("/", 503), ("/ready", 503), ("/health", 200)])
async def test_a_database_that_is_away_is_said_plainly(path: str, status: int) -> None:
    page = await get(path, away=True)

    assert page.status_code == status
    if status == 503:
        assert "The database is locked" in page.text
