"""`privacy-desk console`: the pages for staff, and the calls of the shop's programs, without anything that takes in."""

from pathlib import Path

import httpx

from bot.service import at_the_console
from bot.settings import GivenSettings, WebSettings


async def test_the_console_by_itself_answers_the_shops_programs_too(tmp_path: Path) -> None:
    settings = GivenSettings(data_dir=tmp_path, web=WebSettings(port=0))

    async with at_the_console(settings) as running, httpx.AsyncClient(base_url=running["pages"]) as client:
        answers = {
            path: (await client.get(path)).status_code
            for path in ("/console/sign-in", "/api/v1/openapi.json", "/api/v1/requests", "/chat/widget.js")
        }

    assert answers == {
        "/console/sign-in": 200,
        "/api/v1/openapi.json": 200,
        "/api/v1/requests": 401,
        "/chat/widget.js": 404,
    }
