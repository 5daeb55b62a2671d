"""What the database keeps of a conversation, in memory: the same refusals, none of the waiting."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.conversation import Conversation, WaitingForCode
from bot.core.effects import AmendRequest, OpenRequest, Resume, Suppress
from bot.core.tickets import DENIAL_REASONS, PROVED_STATES, TRANSITIONS, Request, State, Verification
from bot.errors import OurFault, TheirFault
from bot.replay.scene import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A request with its proof."""

    request: Request
    talk: str
    claimed: str
    verification: Verification | None
    denial_reason: str | None = None
    denial_words: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """An address that gets no more of something, since a message of this talk."""

    effect: Suppress
    talk: str


class Ledger:
    """The talks, requests, suppressions and codes of one desk."""

    def __init__(self) -> None:
        self._talks: dict[str, Conversation] = {}
        self._entries: dict[str, Entry] = {}
        self._suppressed: dict[tuple[str, str], Suppressed] = {}
        self._codes: list[tuple[str, datetime]] = []

    def talk(self, name: str) -> Conversation | None:
        """The conversation with its requests as they stand now."""
        talk = self._talks.get(name)
        if talk is None:
            return None
        return replace(talk, requests=tuple(self._entries[request.reference].request for request in talk.requests))

    def keep_talk(self, talk: Conversation) -> None:
        self._talks[talk.id] = talk

    def waiting_talk(self, address: str, *, now: datetime) -> str | None:
        """The newest conversation by mail that waits for a code sent to `address`."""
        for name, talk in reversed(self._talks.items()):
            proof = talk.proof
            if talk.channel != "email" or not isinstance(proof, WaitingForCode):
                continue
            if proof.address == address and now < proof.expires_at:
                return name
        return None

    def open(self, effect: OpenRequest, talk: str) -> None:
        """Raises `OurFault` for a request that is open without proof (law 1)."""
        self._keep(
            Entry(request=effect.request, talk=talk, claimed=effect.claimed_address, verification=effect.verification)
        )

    def amend(self, effect: AmendRequest, talk: str) -> None:
        """Raises `OurFault` for a step that the states do not permit, or a request of another talk."""
        entry = self._entries.get(effect.reference)
        if entry is None or entry.talk != talk:
            raise OurFault(f"Request {effect.reference} does not belong to this conversation.")
        if effect.to is not None:
            before = entry.request.state
            if effect.to not in TRANSITIONS[before]:
                raise OurFault(f"Request {effect.reference} cannot go from {before} to {effect.to}.")
            entry = replace(entry, request=replace(entry.request, state=effect.to))
        self._keep(replace(entry, verification=effect.verification or entry.verification))

    def move(self, reference: str, to: State, *, reason_code: str = "", words: str = "") -> None:
        """A step of the staff. Raises `TheirFault` where the states do not permit it."""
        entry = self._entries[reference]
        if to is State.DENIED:
            if reason_code not in DENIAL_REASONS or not words.strip():
                raise TheirFault(f"{reference} cannot be denied without a known reason and the words for the person")
            entry = replace(entry, denial_reason=reason_code, denial_words=words)
        if to not in TRANSITIONS[entry.request.state] or (to in PROVED_STATES and entry.verification is None):
            raise TheirFault(f"{reference} cannot go from {entry.request.state} to {to}")
        self._entries[reference] = replace(entry, request=replace(entry.request, state=to))

    def suppress(self, effect: Suppress, talk: str) -> None:
        self._suppressed.setdefault((effect.purpose, effect.address), Suppressed(effect=effect, talk=talk))

    def resume(self, effect: Resume) -> None:
        self._suppressed.pop((effect.purpose, effect.address), None)

    def note_code(self, address: str, at: datetime) -> None:
        self._codes.append((address, at))

    def codes_since(self, address: str, since: datetime) -> int:
        return sum(to == address and at >= since for to, at in self._codes)

    @property
    def suppressed(self) -> tuple[tuple[str, str], ...]:
        return tuple(self._suppressed)

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """Every request, oldest first."""
        return tuple(map(_ticket, self._entries.values()))

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entries.values())

    @property
    def suppressions(self) -> tuple[Suppressed, ...]:
        return tuple(self._suppressed.values())

    @property
    def talks(self) -> tuple[Conversation, ...]:
        return tuple(self._talks.values())

    def _keep(self, entry: Entry) -> None:
        request, proof = entry.request, entry.verification
        if request.state in PROVED_STATES and (proof is None or proof.level < request.level):
            raise OurFault(f"Request {request.reference} is {request.state} without the proof that it needs (law 1).")
        self._entries[request.reference] = entry


def _ticket(entry: Entry) -> Ticket:
    request, proof = entry.request, entry.verification
    return Ticket(
        reference=request.reference,
        right=request.right,
        state=request.state.value,
        level=request.level,
        kind=request.kind,
        due_on=request.due_on,
        claimed=entry.claimed,
        subject=proof.subject if proof else "",
    )
