"""What every test shares."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Tests written with `async def` run on asyncio."""
    return "asyncio"
