"""The shop's customers as a conversation file names them: compared and counted as on the real road."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.core.conversation import Conversation, Proved
from bot.core.playbook import Playbook
from bot.core.proving import MAX_MATCH_TRIES, POINTS, points_of, waits_for_points
from bot.core.turn import Match
from bot.directory import Record, compare, runs
from bot.directory.values import address_digest, record
from bot.keys import Keys

_A_DAY = timedelta(days=1)


class Customers:
    """Protocol `CustomerDirectory`."""

    def __init__(self, rows: Sequence[Mapping[str, str]], keys: Keys) -> None:
        self._keys = keys
        self._rows = [(address_digest(keys, row["address"]), record(keys, row)) for row in rows]
        self._tries: list[tuple[str, datetime]] = []

    async def records(self, address: str) -> tuple[Record, ...]:
        wanted = address_digest(self._keys, address)
        return tuple(found for digest, found in self._rows if digest == wanted)

    async def tried(self, text: str, talk: Conversation, playbook: Playbook, now: datetime) -> tuple[Match, int]:
        """What the details in `text` come to, and the tries left; as `bot.engine.proving` does it with a database."""
        waiting, found, proof = waits_for_points(talk), runs(text), talk.proof
        if not waiting or not found or not isinstance(proof, Proved):
            return Match.NOT_TRIED, 0
        points = points_of(playbook, waiting)
        if now >= proof.until:
            return Match.TOO_LATE, 0
        if sum(map(len, found)) < len(points):
            return Match.INCOMPLETE, 0
        used = sum(address == proof.address and at > now - _A_DAY for address, at in self._tries)
        if used >= MAX_MATCH_TRIES:
            return Match.SPENT, 0
        self._tries.append((proof.address, now))
        match = await compare(self, self._keys, address=proof.address, points=points, found=found, at_least=0.0)
        return match, MAX_MATCH_TRIES - used - 1


def points_in(rows: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """The details that every row has, in the order in which they are asked for."""
    return tuple(point for point in POINTS if rows and all(point in row for row in rows))
