"""A customer directory in a CSV file that the shop exports: read whole, kept as hashes, read anew when it changes."""

import asyncio
import csv
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from bot.directory.protocol import DirectoryUnavailable, Record
from bot.directory.values import address_digest, record
from bot.errors import BadSetting
from bot.keys import Keys

_Version = tuple[int, int]


class CsvDirectory:
    """One line for each order or customer. `columns` names for "address" and for each detail its column."""

    def __init__(self, file: Path, columns: Mapping[str, str], keys: Keys) -> None:
        """Raises `BadSetting` where the file or a column is missing."""
        self._file, self._columns, self._keys = file, dict(columns), keys
        self._turn = asyncio.Lock()
        try:
            self._version, self._records = self._read()
        except DirectoryUnavailable as fault:
            raise BadSetting(f"directories: {fault}") from fault

    async def records(self, address: str) -> tuple[Record, ...]:
        async with self._turn:
            await asyncio.to_thread(self._look_again)
        return self._records.get(address_digest(self._keys, address), ())

    def _look_again(self) -> None:
        if self._version_now() != self._version:
            self._version, self._records = self._read()

    def _version_now(self) -> _Version:
        try:
            found = self._file.stat()
        except OSError as error:
            raise DirectoryUnavailable(f"{self._file} cannot be read: {error.strerror}") from error
        return found.st_mtime_ns, found.st_size

    def _read(self) -> tuple[_Version, dict[str, tuple[Record, ...]]]:
        version = self._version_now()
        records: defaultdict[str, list[Record]] = defaultdict(list)
        try:
            with self._file.open(encoding="utf-8-sig", newline="") as lines:
                rows = csv.DictReader(lines)
                if missing := sorted(set(self._columns.values()) - set(rows.fieldnames or ())):
                    raise DirectoryUnavailable(f"{self._file} has no column {', '.join(missing)}")
                for row in rows:
                    values = {name: row[column] for name, column in self._columns.items()}
                    if address := values.pop("address"):
                        records[address_digest(self._keys, address)].append(record(self._keys, values))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise DirectoryUnavailable(f"{self._file} cannot be read as CSV in UTF-8") from error
        return version, {address: tuple(found) for address, found in records.items()}
