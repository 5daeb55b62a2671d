"""Everything that the road needs, put together once by the wiring."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.channels import Arrival, Channel
from bot.core.playbook import Playbook
from bot.keys import Keys
from bot.store import Store
from intents.reading import Classifier
from policy_faq import PolicyAnswer

#: Six digits that stand alone, possibly written in two groups of three.
_CODE = re.compile(r"(?<![\d\w])(\d{3})[ -]?(\d{3})(?![\d\w])")
#: An address as people type it in a chat; what is taken is checked again by sending a code there.
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_MAX_CODES = 3


class Oracle(Protocol):
    """Answers questions about a brand's policy in force."""

    async def answer(self, brand: str, question: str, *, language: str) -> PolicyAnswer | None:
        """The policy's answer, None where the brand has no policy."""
        ...


async def nothing_to_show(arrival: Arrival) -> None:
    """For a desk whose messages lie nowhere that people look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The real things behind the road, or their fakes."""

    store: Store
    classifier: Classifier
    oracle: Oracle
    channels: Mapping[str, Channel]
    playbooks: Mapping[str, Playbook]
    keys: Keys
    now: Callable[[], datetime]
    #: Told, once all is saved, of each message that was ours, to show it where it lies; never of ordinary mail.
    dealt_with: Callable[[Arrival], Awaitable[None]] = nothing_to_show


def typed_codes(text: str) -> tuple[str, ...]:
    """The first distinct six-digit numbers that the writer typed, at most three."""
    found = dict.fromkeys("".join(match.groups()) for match in _CODE.finditer(text))
    return tuple(found)[:_MAX_CODES]


def typed_address(text: str) -> str:
    """The one address in `text`, its domain in lower case; "" where there is none or more than one."""
    found = {_lower_domain(match.group()) for match in _ADDRESS.finditer(text)}
    return found.pop() if len(found) == 1 else ""


def _lower_domain(address: str) -> str:
    local, _, domain = address.rstrip(".").rpartition("@")
    return f"{local}@{domain.lower()}"
