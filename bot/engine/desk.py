"""Everything that the road needs, put together once by the wiring."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Protocol

from bot import words
from bot.channels import Arrival, Channel
from bot.core.playbook import Playbook
from bot.directory import CustomerDirectory
from bot.engine.reading import Patience
from bot.engine.webhooks import Receiver
from bot.keys import Keys
from bot.store import Store
from bot.store.retention import Schedule
from intents.reading import Classifier
from policy_faq import PolicyAnswer

#: Six digits that stand alone, possibly written in two groups of three; no piece of a longer number.
_CODE = re.compile(r"(?<![\w])(?<!\d[-.])(?:(\d{6})(?![-.]?\d)|(?<!\d )(\d{3}[ -]\d{3})(?![ .-]?\d))(?!\w)")
#: "code" in the languages that we speak.
_NAMES_A_CODE = re.compile(r"c[oó]d(?:e|igo|ice)|\bkod", re.IGNORECASE)
#: Words beside a code in a mail that brings one: a name, or a sentence or two that speak of it.
_FEW_WORDS, _SOME_WORDS = 2, 30
#: An address as people type it in a chat; what is taken is checked again by sending a code there.
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_MAX_CODES = 3


class Oracle(Protocol):
    """Answers questions about a brand's policy in force."""

    async def answer(self, brand: str, question: str, *, language: str, about: str = "") -> PolicyAnswer | None:
        """The policy's answer, None where the brand has no policy; `about` is the topic of the question before."""
        ...


async def nothing_to_show(arrival: Arrival) -> None:
    """For a desk whose messages lie nowhere that people look."""


def nobody_is_barred(_address: str) -> str:
    """For a desk without mail."""
    return ""


async def as_it_came(arrival: Arrival) -> Arrival:
    """For a desk that takes nobody's word."""
    return arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much automatic mail leaves before the rest waits and staff are told (RELIABILITY L16)."""

    #: By this desk, to whomever.
    mails_an_hour: int = 300
    #: To one domain within ten minutes, to writers for whom no mail server vouches.
    mails_to_a_domain: int = 30


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
    #: The programs that are told of every change, by name.
    receivers: Mapping[str, Receiver] = field(default_factory=dict)
    #: What is kept how long.
    retention: Schedule = field(default_factory=Schedule)
    #: The shop's own records of its customers, by brand; none where none is configured.
    directories: Mapping[str, CustomerDirectory] = field(default_factory=dict)
    #: With a reader that hangs.
    patience: Patience = field(default_factory=Patience)
    #: Told, once all is saved, of each message that was ours, to show it where it lies; never of ordinary mail.
    dealt_with: Callable[[Arrival], Awaitable[None]] = nothing_to_show
    #: Adds to the envelope what can be proved of an arrival, once, before it is kept.
    vouch: Callable[[Arrival], Awaitable[Arrival]] = as_it_came
    #: The row of the sending rules that forbids any mail to an address, "" for none.
    barred: Callable[[str], str] = nobody_is_barred
    caps: Caps = field(default_factory=Caps)


def typed_codes(text: str) -> tuple[str, ...]:
    """The first distinct six-digit numbers that the writer typed, at most three; none that our own mail brought."""
    found = (match[1] or match[2] for match in _CODE.finditer(above_our_code_mail(text)))
    # Digits of any script are the same number.
    digits = dict.fromkeys("".join(str(int(c)) for c in written if c.isdigit()) for written in found)
    return tuple(digits)[:_MAX_CODES]


def brings_a_code(text: str) -> bool:
    """Whether a mail of its own is about a code, and not about an order that happens to have a number."""
    others = len(re.findall(r"\w+", text)) - 1
    most = _SOME_WORDS if _NAMES_A_CODE.search(text) else _FEW_WORDS
    return bool(typed_codes(text)) and others <= most


def above_our_code_mail(text: str) -> str:
    """`text` up to our own code mail where it is quoted without a mark: what it says was not typed (DESIGN 3)."""
    on_one_line = " ".join(text.split())
    for opening, lasting in _code_mails():
        if any(sentence in on_one_line for sentence in lasting):
            return on_one_line.partition(opening)[0]
    return text


@cache
def _code_mails() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """In each language the words before the code, and the first sentences after it."""
    lasting = ("code_lasts_hours", "code_lasts_minutes")
    return tuple(
        (
            " ".join(words.phrase("the_code", language, code="").split()),
            tuple(" ".join(words.phrase(key, language).partition(".")[0].split()) for key in lasting),
        )
        for language in words.languages()
    )


def typed_address(text: str) -> str:
    """The one address in `text`, its domain in lower case; "" where there is none or more than one."""
    found = {_lower_domain(match.group()) for match in _ADDRESS.finditer(text)}
    return found.pop() if len(found) == 1 else ""


def _lower_domain(address: str) -> str:
    local, _, domain = address.rstrip(".").rpartition("@")
    return f"{local}@{domain.lower()}"
