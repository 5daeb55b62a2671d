"""The plug is pulled at each point of the road, with each kind of message: afterwards all is as if it had not been.

A kill is a `BaseException` that nothing on the road catches: what was not committed is gone, and a new desk takes up
the rows, as a new process would. Only what was just being handed over may be left uncertain, never sent twice.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from email.parser import BytesHeaderParser
from email.policy import default
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from bot.channels import Arrival
from bot.engine.desk import Desk
from bot.engine.intake import accept
from bot.engine.loop import EmbeddedLoop
from tests.engine.fakes import House, a_mail

pytestmark = pytest.mark.anyio

STEPS = ("accept_all", "claim", "save_all", "claim_outgoing", "send", "mark_sent")
POINTS = tuple(f"{when} {step}" for step in STEPS for when in ("before", "after"))
#: Where something of ours may have been on its way.
IN_BETWEEN = frozenset({"after claim_outgoing", "before send", "after send", "before mark_sent"})
WISHES = (
    *("unsubscribe", "access", "deletion", "correction", "portability", "restriction", "objection"),
    *("automated_decision", "withdraw_consent", "opt_out_of_sale", "cookie_question", "complaint", "child_data"),
    *("security_report", "request_status", "human", "access deletion", "unsubscribe complaint"),
)
KINDS: dict[str, Callable[[], bytes]] = {
    **{wish: partial(a_mail, wish) for wish in WISHES},
    "a question that the policy answers": partial(a_mail, "policy_question orders"),
    "a question that it does not": partial(a_mail, "policy_question"),
    "ordinary mail": partial(a_mail, "Where is my ring?"),
    "a robot's mail": partial(a_mail, "unsubscribe", Auto_Submitted="auto-replied"),
    "mail without a sender": partial(a_mail, "access", sender=""),
    "not a mail at all": lambda: b"\x00\xff" * 50,
    "a chat": lambda: b'{"id": "1", "chat": "7", "text": "complaint"}',
}


class Killed(BaseException):
    """The process is gone."""


class Breaking:
    """A part of the desk that is there until the point is reached."""

    def __init__(self, real: Any, point: str) -> None:
        self._real, (self._when, _, self._step) = real, point.partition(" ")
        self._is_whole = True

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        if name != self._step or not self._is_whole:
            return real

        async def breaking(*given: Any, **named: Any) -> Any:
            if self._when == "before":
                self._break()
            result = await real(*given, **named)
            # Looking into an empty box is no step.
            if result is None and name.startswith("claim"):
                return None
            self._break()
            return result

        return breaking

    def _break(self) -> None:
        self._is_whole = False
        raise Killed


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """What is left when all is done."""

    messages: dict[str, int]
    requests: dict[str, int]
    shunted: int
    written: int
    uncertain: int
    #: Message-IDs of the mails that arrived, as often as they did.
    arrived: int
    arrived_once: int
    #: The point was reached.
    died: bool


async def lived_through(folder: Path, kind: str, point: str = "") -> After:
    """The life of one message, with one death at `point`."""
    house, died = House(folder=folder), False
    try:
        desk = house.desk()
        if point:
            broken = replace(
                desk,
                store=Breaking(desk.store, point),
                channels={name: Breaking(channel, point) for name, channel in desk.channels.items()},
            )
            try:
                await _live(broken, kind)
            except Killed:
                died = True
                await desk.store.close()
        desk = house.desk()
        await _live(desk, kind)
        return await _after(desk, house, died=died)
    finally:
        await house.close()


async def _live(desk: Desk, kind: str) -> None:
    """A new process takes up what the last has left; whoever was not told that it was taken sends it again."""
    loop = EmbeddedLoop(desk)
    await loop.take_up()
    raw, channel = KINDS[kind](), "terminal" if kind == "a chat" else "email"
    await accept(desk, Arrival(channel=channel, brand="rings", raw=raw, received_at=desk.now(), external_id="1"))
    await loop.handle_all()
    await loop.deliver_all()


async def _after(desk: Desk, house: House, *, died: bool) -> After:
    overview = await desk.store.overview()
    assert (overview.unhandled, overview.undelivered) == (0, 0)
    assert not any((await desk.store.reckoning.what_must_not_be()).values())
    parse = BytesHeaderParser(policy=default).parsebytes
    arrived = [parse(mail.payload)["Message-ID"] for mail in house.post]
    return After(
        messages=dict(overview.messages),
        requests=dict(overview.requests),
        shunted=overview.shunted,
        written=sum(overview.outgoing.values()),
        uncertain=overview.outgoing.get("uncertain", 0),
        arrived=len(arrived),
        arrived_once=len(set(arrived)),
        died=died,
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_a_death_at_any_point_changes_nothing(tmp_path: Path, kind: str) -> None:
    with TemporaryDirectory() as folder:
        peaceful = await lived_through(Path(folder), kind)
    for number, point in enumerate(POINTS):
        folder = tmp_path / str(number)
        folder.mkdir()

        after = await lived_through(folder, kind, point)

        unlike = {"uncertain": 0, "arrived": 0, "arrived_once": 0, "died": False}
        assert replace(after, **unlike) == replace(peaceful, **unlike), point
        assert after.died or not peaceful.arrived, point
        assert after.arrived == after.arrived_once, point
        assert after.uncertain <= (point in IN_BETWEEN), point
        assert after.arrived >= peaceful.arrived - after.uncertain, point


def test_the_matrix_is_whole() -> None:
    assert (len(POINTS), len(KINDS)) == (12, 25)
