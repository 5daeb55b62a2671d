"""A customer directory in the shop's own database: one query of the operator's, asked with the address."""

import asyncio
from collections.abc import Mapping

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from bot.directory.protocol import DirectoryUnavailable, Record
from bot.directory.values import record
from bot.errors import BadSetting
from bot.keys import Keys

#: Orders of one customer that are looked at.
_MOST_ROWS = 1000


class SqlDirectory:
    """`query` has the parameter :address; `columns` names for each detail the column of its result."""

    def __init__(self, url: str, query: str, columns: Mapping[str, str], keys: Keys) -> None:
        """Raises `BadSetting` for a URL or a query that cannot be used."""
        if ":address" not in query:
            raise BadSetting("directories: the query must name :address, e.g. ... WHERE email = :address")
        try:
            self._engine = create_engine(url, hide_parameters=True, pool_pre_ping=True)
        except (SQLAlchemyError, ImportError) as error:
            raise BadSetting("directories: the database URL cannot be used; write postgresql://HOST/NAME") from error
        self._query, self._columns, self._keys = text(query), dict(columns), keys

    async def records(self, address: str) -> tuple[Record, ...]:
        return await asyncio.to_thread(self._ask, address)

    def close(self) -> None:
        self._engine.dispose()

    def _ask(self, address: str) -> tuple[Record, ...]:
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(self._query, {"address": address}).mappings().fetchmany(_MOST_ROWS)
                connection.rollback()
            return tuple(
                record(self._keys, {name: row[column] for name, column in self._columns.items()}) for row in rows
            )
        except (SQLAlchemyError, OSError) as error:
            raise DirectoryUnavailable(f"the customer directory does not answer ({type(error).__name__})") from error
        except KeyError as error:
            raise DirectoryUnavailable(f"the query of the customer directory gives no column {error}") from error
