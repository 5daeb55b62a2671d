"""A desk for each attack."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.fakes import House


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(folder=tmp_path)
    yield house
    await house.close()
