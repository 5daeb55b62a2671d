"""What the tests of the console share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.console.fakes import Room, a_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with a_room(tmp_path) as opened:
        yield opened
