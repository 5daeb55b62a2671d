"""Schemathesis makes up calls, good ones and bad ones, and holds the answers of a served API against its document."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from hypothesis import HealthCheck, settings
from starlette.applications import Starlette

from bot.store.accounts import EVERY_BRAND, Program
from bot.web.api import Api
from bot.web.api.routes import document
from bot.web.chat.limits import Rate
from tests.console.browsing import running
from tests.console.fakes import a_room
from tests.engine.fakes import KEYS, a_mail, receive, work

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
KEY = "pdk_key-of-the-shop"
AMPLE = Rate(burst=100_000, per_minute=100_000)
SCOPES = frozenset({"requests:read", "suppression:read", "suppression:write", "events:read"})
SCHEMA = schemathesis.openapi.from_dict(document())


@asynccontextmanager
async def a_served_api(folder: Path) -> AsyncIterator[str]:
    async with a_room(folder) as room:
        await room.a_case()
        await receive(room.desk, a_mail("unsubscribe", number=9))
        await work(room.desk)
        program = Program(name="shop", brand=EVERY_BRAND, scopes=SCOPES)
        await room.office.accounts.add_program(program, KEY, now=room.house.now)
        app = Starlette(routes=[Api(room.desk.store, KEYS, rate=AMPLE).mount()])
        with socket.create_server(("127.0.0.1", 0)) as listening:
            server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
            task = asyncio.create_task(server.serve(sockets=[listening]))
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/api/v1"
            server.should_exit = True
            await task


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("api")
    with running(lambda: a_served_api(folder)) as found:
        yield found.thing


@SCHEMA.parametrize()
@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_the_document_says(case: Any, served: str) -> None:
    case.call_and_validate(base_url=served, headers={"Authorization": f"Bearer {KEY}"})
