"""Every test that asks for `store` runs on SQLite, and on a real PostgreSQL where Debian's is installed."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from bot.store import Store
from bot.store.database import read_url
from bot.store.schema import Table
from bot.store.upgrade import upgrade

from . import postgres
from .builders import KEYS, NOW


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database at the newest schema, to be copied: quicker than to upgrade for each test."""
    path = tmp_path_factory.mktemp("template") / "desk.sqlite3"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    if reason := postgres.why_not():
        pytest.skip(reason)
    with postgres.server() as url:
        upgrade(url)
        yield url


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "desk.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    tables = ", ".join(table.name for table in Table.metadata.sorted_tables)
    engine = create_engine(read_url(postgres_server))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"TRUNCATE {tables}")
    engine.dispose()
    return postgres_server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.real_server)])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """An empty store whose clock stands still at NOW."""
    opened = Store.open(url, KEYS, host="shop.example", clock=lambda: NOW)
    yield opened
    await opened.close()
