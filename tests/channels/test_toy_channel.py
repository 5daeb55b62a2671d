"""The guide "Add a channel" in CONTRIBUTING.md, followed: a pigeon loft where people leave notes and find answers.

If this test needs more than the guide says, the guide is wrong.
"""

import inspect
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.channels import Arrival, Channel, Outgoing, Receipt, Rendered
from bot.channels.chats.commands import meant
from bot.channels.memory import chat_text
from bot.core.messages import InboundMessage
from bot.core.playbook import Playbook
from bot.core.tickets import State
from bot.engine.intake import accept
from bot.errors import BadMessage, NotNow, OutOfReach
from tests.engine.fakes import House, work

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]


class PigeonLoft:
    """Notes are `{"from": "ring 7", "number": 3, "text": "..."}`; answers are put into that bird's box."""

    name = "pigeons"

    def __init__(self) -> None:
        self.boxes: dict[str, list[str]] = {}
        self.storms = 0
        self.flown_away: set[str] = set()

    def key(self, arrival: Arrival) -> str:
        return f"{self.name}:{arrival.brand}:{arrival.external_id}"

    def parse(self, arrival: Arrival) -> InboundMessage:
        try:
            note = json.loads(arrival.raw)
            bird, text = str(note["from"]), str(note["text"])
        except (ValueError, KeyError, TypeError) as error:
            raise BadMessage(f"not a note: {type(error).__name__}") from error
        return InboundMessage(
            channel=self.name,
            brand=arrival.brand,
            external_id=arrival.external_id,
            thread=bird,
            sender=bird,
            text=meant(text, "") or text,
            received_at=arrival.received_at,
        )

    def render(self, outgoing: Outgoing, playbook: Playbook) -> Rendered:
        return Rendered(recipient=outgoing.recipient, payload=chat_text(outgoing.parts, outgoing.language).encode())

    async def send(self, rendered: Rendered) -> Receipt:
        if self.storms:
            self.storms -= 1
            raise NotNow("no pigeon flies in this weather", seconds=30)
        if rendered.recipient in self.flown_away:
            raise OutOfReach("the pigeon has left the loft")
        box = self.boxes.setdefault(rendered.recipient, [])
        box.append(rendered.payload.decode())
        return Receipt(said=f"box {rendered.recipient}, note {len(box)}")


class Loft:
    """A house with pigeons."""

    def __init__(self, folder: Path) -> None:
        self.house = House(folder=folder)
        self.pigeons: PigeonLoft = PigeonLoft()
        plain = self.house.desk()
        channel: Channel = self.pigeons
        self.desk = replace(plain, channels={**plain.channels, channel.name: channel})

    async def lands(self, number: int, text: str, *, bird: str = "ring 7") -> None:
        """What a listener does: one arrival, kept before the bird gets its corn."""
        raw = json.dumps({"from": bird, "number": number, "text": text}).encode()
        arrival = Arrival(
            channel="pigeons", brand="rings", raw=raw, received_at=self.house.now, external_id=f"{bird}/{number}"
        )
        await accept(self.desk, arrival)
        self.house.later(seconds=1)
        await work(self.desk)

    @property
    def code(self) -> str:
        text = self.house.post[-1].payload.decode()
        return next(word for line in text.splitlines() for word in line.split() if word.isdigit() and len(word) == 6)


async def test_a_talk_by_pigeon_goes_to_a_verified_request(tmp_path: Path) -> None:
    loft = Loft(tmp_path)
    await loft.lands(1, "deletion")
    await loft.lands(2, "ada@example.org")
    await loft.lands(3, loft.code)
    await loft.lands(3, loft.code)

    (request,) = await loft.desk.store.requests()
    await loft.house.close()

    assert request.state is State.OPEN
    assert "automated privacy assistant" in loft.pigeons.boxes["ring 7"][0]
    assert len(loft.pigeons.boxes["ring 7"]) == 3


async def test_an_answer_waits_for_the_weather_as_told(tmp_path: Path) -> None:
    loft = Loft(tmp_path)
    loft.pigeons.storms = 1
    await loft.lands(1, "deletion")
    before = dict(loft.pigeons.boxes)
    loft.house.later(seconds=30)
    await work(loft.desk)
    await loft.house.close()

    assert before == {}
    assert len(loft.pigeons.boxes["ring 7"]) == 1


async def test_who_has_flown_away_is_for_staff(tmp_path: Path) -> None:
    loft = Loft(tmp_path)
    loft.pigeons.flown_away.add("ring 7")
    await loft.lands(1, "deletion")
    reasons = [item.reason for item in await loft.desk.store.staff_items()]
    await loft.house.close()

    assert reasons == ["sending_failed"]


def guide() -> str:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return text.partition("## Add a channel\n")[2].partition("\n## ")[0]


def test_the_guide_names_all_that_a_channel_must_have() -> None:
    wanted = [name for name, _ in inspect.getmembers(Channel) if not name.startswith("_")]

    assert wanted
    assert [name for name in wanted if f"`{name}" not in guide()] == []


def test_what_the_guide_points_at_is_there() -> None:
    paths = set(re.findall(r"`((?:bot|tests)/[\w/]+\.(?:py|toml))`", guide()))

    assert len(paths) >= 5
    assert [path for path in paths if not (ROOT / path).exists()] == []
    wiring = (ROOT / "bot/wiring/desk.py").read_text(encoding="utf-8")
    assert all(f"def {name}(" in wiring for name in ("_channels", "reading_channels"))
