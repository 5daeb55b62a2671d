"""What the tests of the web chat share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.fakes import ChatHouse, chat_house


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[ChatHouse]:
    async with chat_house(tmp_path) as house:
        yield house
