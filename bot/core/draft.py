"""A decision while the rules work on it: what is left to settle, and what has been decided so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.core.conversation import Conversation
from bot.core.effects import Effect, Line, Part, Reply
from bot.core.kinds import KINDS_OF_A_REGIME, kind_of
from bot.core.messages import InboundMessage
from bot.core.playbook import Playbook
from bot.core.tickets import FINAL_STATES, Request, State
from bot.core.turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The turn, the conversation as it will be, and the effects so far."""

    turn: Turn
    playbook: Playbook
    conversation: Conversation
    #: Intents that no rule has settled yet, most confident first.
    left: tuple[str, ...] = ()
    settled: frozenset[str] = frozenset()
    effects: tuple[Effect, ...] = ()
    #: Kinds of rights that are settled here but were named before, as right -> kind.
    kinds_before: Mapping[str, str] = field(default_factory=dict)
    #: How many of the turn's fresh references are used up.
    references_used: int = 0

    @property
    def message(self) -> InboundMessage:
        return self.turn.message

    @property
    def unanswerable(self) -> str:
        """Why the bot must say nothing now, a reason for staff; "" where it may speak."""
        return self.turn.unanswerable or ("a_person_answers_here" if self.conversation.taken_over_at else "")

    def left_with(self, *handlings: str) -> tuple[str, ...]:
        """The intents still left whose catalogue entry names one of `handlings`."""
        return tuple(name for name in self.left if self.playbook.handling.get(name) in handlings)

    def kind(self, right: str) -> str:
        """The kind of a request for `right` in this message, by the words that it was read from."""
        if right in self.kinds_before:
            return self.kinds_before[right]
        found = kind_of(self.playbook.phrases, right, self.evidence(right))
        law = KINDS_OF_A_REGIME.get(found, "")
        return "" if law and not self.playbook.is_under(law) else found

    def evidence(self, right: str) -> str:
        """The words that `right` was read from, "" where it was not read out of this message."""
        return next((found.evidence for found in self.turn.reading.intents if found.name == right), "")

    def active(self, right: str) -> Request | None:
        """The request for `right`, of the kind now asked for and for the present address, that is under way here.

        One that expired for want of proof is still there: proof revives it at its own receipt date.
        """
        wanted = (right, self.kind(right), self.conversation.address)
        ours = [r for r in self.conversation.requests if (r.right, r.kind, r.address) == wanted]
        found = [r for r in ours if r.state not in FINAL_STATES or r.state is State.EXPIRED]
        return found[-1] if found else None

    def want_again(self, requests: Sequence[Request]) -> "Draft":
        """What `requests` are for is wanted once more, of the same kinds."""
        kinds = {request.right: request.kind for request in requests}
        return replace(
            self, left=tuple(dict.fromkeys((*self.left, *kinds))), kinds_before={**self.kinds_before, **kinds}
        )

    def settle(self, names: Sequence[str], *effects: Effect) -> "Draft":
        """Take `names` out of what is left and add `effects`."""
        return replace(
            self,
            left=tuple(name for name in self.left if name not in names),
            settled=self.settled | set(names),
            effects=(*self.effects, *effects),
        )

    def say(self, *parts: Part) -> "Draft":
        """Add to the reply."""
        return replace(self, effects=(*self.effects, Reply(parts=parts)))

    def remember(self, **changes: object) -> "Draft":
        """Change the conversation's state."""
        return replace(self, conversation=replace(self.conversation, **changes))  # type: ignore[arg-type]

    def with_state(self, request: Request, state: State) -> "Draft":
        """The conversation knows `request` in another state."""
        changed = replace(request, state=state)
        known = tuple(changed if r.reference == request.reference else r for r in self.conversation.requests)
        return self.remember(requests=known)

    def next_reference(self) -> tuple[str, "Draft"]:
        """An unused reference for a new request."""
        reference = self.turn.fresh_references[self.references_used]
        return reference, replace(self, references_used=self.references_used + 1)


def line(key: str, **values: str) -> Line:
    """A fixed sentence with its values."""
    return Line(key=key, values=values)
