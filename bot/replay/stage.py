"""Where a conversation is played, and the parts that a stage is built from.

A stage takes what came in and shows what followed; its clock is frozen and its keys are known, so that a talk plays
the same each time.
"""

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.channels import Arrival, Channel
from bot.channels.mail.channel import MailChannel
from bot.channels.mail.smtp_out import Submission
from bot.channels.memory import MemoryChannel
from bot.channels.meta.channel import MetaChannel
from bot.channels.meta.events import PLATFORMS
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.webchat import WebChatChannel
from bot.core.playbook import Mode, Playbook
from bot.keys import Keys
from bot.replay.customers import Customers, points_in
from bot.replay.scene import Scene
from bot.replay.script import Given, Script, StaffMove
from bot.replay.stored import StoredRow
from intents.reading import Classifier
from policy_faq import Policy, PolicyAnswer

#: Of a desk that exists only under test.
KEYS = Keys(current=b"recorded conversations have keys", old=())
HOST = "desk.example"
AUTHSERV_ID = "mx.desk.example"
#: The shop's own people write from here.
COLLEAGUES = frozenset({"staff.desk.example"})


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, starts: datetime) -> None:
        self.now = starts

    def later(self, delay: timedelta) -> None:
        self.now += delay


class Answers(Protocol):
    """Anything that answers questions from a policy."""

    def answer(self, question: str, policy: Policy, *, language: str, about: str = "") -> PolicyAnswer: ...


class House(Protocol):
    """The real parts, made when they are first asked for and shared by all conversations."""

    def playbook(self, brand: str, mode: Mode, modes: Mapping[str, Mode]) -> Playbook:
        """What the operator of the brand may choose."""
        ...

    def policy(self, brand: str, path: str) -> Policy | None:
        """The policy in the file `path`; "" the brand's own, "none" none. Raises `BadSetting`."""
        ...

    def classifier(self) -> Classifier: ...

    def answerer(self) -> Answers: ...


class Stage(Protocol):
    """One desk for one conversation."""

    async def hear(self, arrival: Arrival, given: Given, *, as_given: bool = False) -> Scene:
        """Take in one message and do all that follows from it now; `as_given`: nobody reads it, whatever the depth."""
        ...

    async def move(self, reference: str, move: StaffMove) -> None:
        """Staff move a request. Raises `TheirFault` where the states do not permit it."""
        ...

    async def look(self) -> Scene:
        """Send what waits to be sent, and show what is there when nobody wrote."""
        ...

    async def wait(self) -> Scene:
        """Do what is due because time has passed, and show what is there."""
        ...

    async def stored(self, tables: Collection[str]) -> Mapping[str, tuple[StoredRow, ...]]:
        """The rows of those tables that this stage keeps."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Props:
    """What a stage is built from, for one script."""

    playbook: Playbook
    policy: Policy | None
    channels: Mapping[str, Channel]
    clock: Clock
    #: None where the script names no customers.
    customers: Customers | None = None


class OpenStage(Protocol):
    """Builds a stage and takes it down again."""

    def __call__(self, house: House, props: Props) -> AbstractAsyncContextManager[Stage]: ...


def props_for(script: Script, house: House) -> Props:
    """Raises `BadSetting` for a brand or policy that is not there."""
    path = script.policy if script.policy in ("", "none") else str(script.place.file.parent / script.policy)
    playbook = house.playbook(script.brand, script.mode, script.modes)
    if script.has_directory or script.customers:
        playbook = replace(playbook, has_directory=True, points=points_in(script.customers) or playbook.points)
    return Props(
        playbook=playbook,
        policy=house.policy(script.brand, path),
        channels=channels_for(script.brand),
        clock=Clock(script.starts),
        customers=Customers(script.customers, KEYS) if script.customers else None,
    )


def shop_address(brand: str) -> str:
    """Where the shop reads its mail, and what it writes from."""
    return f"hello@{brand}.desk.example"


def channels_for(brand: str) -> dict[str, Channel]:
    """The channels of one shop; nothing is ever sent over them."""
    mail = MailChannel(
        addresses={brand: shop_address(brand)},
        host=HOST,
        authserv_id=AUTHSERV_ID,
        colleagues=COLLEAGUES,
        keys=KEYS,
        submission=Submission(host="127.0.0.1"),
    )
    chats: list[Channel] = [MemoryChannel(), WebChatChannel(), TelegramChannel({})]
    chats += [MetaChannel(platform, {}) for platform in PLATFORMS]
    return {channel.name: channel for channel in (mail, *chats)}
