"""A request that came by phone, letter or in the shop, as a clerk took it down."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.core import letters
from bot.core.conversation import Conversation
from bot.core.effects import Effect, OpenRequest, Reply, Suppress
from bot.core.kinds import KINDS
from bot.core.opening import clocks_of
from bot.core.playbook import Mode, Playbook
from bot.core.rules.honour_the_opt_out import PURPOSES
from bot.core.tickets import LEVELS, Request, State, Verification, level_needed
from bot.staff.clerk import Clerk, Done
from bot.staff.working import note
from bot.store import ByHand, NotAllowed
from bot.store.ids import new_reference
from bot.store.letters import is_mailbox

#: How a request may come that no channel of ours has seen.
DOORS = ("phone", "letter", "shop")
_NOON = time(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenDown:
    """A request as a clerk heard or read it."""

    brand: str
    right: str
    #: One of `DOORS`.
    door: str
    #: Their mailbox, or who they are where they have none.
    person: str
    received: date
    kind: str = ""
    language: str = ""
    note: str = ""


async def add(clerk: Clerk, taken: TakenDown) -> Done:
    """A new request by hand, verified by the clerk (level 3), its clocks counted from the day that it was received."""
    playbook = _check(clerk, taken)
    zone = ZoneInfo(playbook.time_zone)
    # Noon: the day is known and no more; it is the same day on every clock that counts from it.
    received_at = min(datetime.combine(taken.received, _NOON, zone), clerk.now())
    mailbox = taken.person if is_mailbox(taken.person) else ""
    request = Request(
        reference=new_reference(),
        right=taken.right,
        state=State.OPEN,
        level=level_needed(taken.right, taken.kind, has_directory=playbook.has_directory),
        received_at=received_at,
        address=taken.person,
        deadlines=clocks_of(playbook, taken.right, taken.kind, received_at),
        kind=taken.kind,
    )
    proof = Verification(level=3, method="staff", subject=taken.person, at=clerk.now())
    effects: list[Effect] = [OpenRequest(request=request, claimed_address=taken.person, verification=proof)]
    if mailbox:
        if taken.right in PURPOSES or (request.level == 0 and taken.kind == "marketing"):
            effects.append(Suppress(address=mailbox, purpose=PURPOSES.get(taken.right, "marketing")))
        effects.append(Reply(parts=letters.taken_by_hand(playbook, request, received=taken.received.isoformat())))
    language = taken.language or playbook.languages[0]
    conversation = Conversation(
        id=secrets.token_hex(16),
        brand=taken.brand,
        channel="email" if mailbox else taken.door,
        address=mailbox,
        language=language,
        greeted=bool(mailbox),
    )
    mode = Mode.SHADOW if playbook.mode_of(frozenset({taken.right})) is Mode.SHADOW else Mode.AUTOMATIC
    made = ByHand(
        door=taken.door,
        by=clerk.name,
        conversation=conversation,
        effects=tuple(effects),
        received_at=received_at,
        mode=mode,
        intents=frozenset({taken.right}),
    )
    await clerk.store.add_by_hand(made, now=clerk.now())
    if taken.note.strip():
        await note(clerk, request.reference, words=taken.note)
    told = ("shadow" if mode is Mode.SHADOW else "queued") if mailbox else ""
    return Done(reference=request.reference, state=State.OPEN, due_on=request.due_on, told=told)


def _check(clerk: Clerk, taken: TakenDown) -> Playbook:
    if taken.brand not in clerk.playbooks:
        raise NotAllowed(
            "There is no brand $brand; there are $brands.", brand=taken.brand, brands=", ".join(sorted(clerk.playbooks))
        )
    if taken.right not in LEVELS:
        raise NotAllowed("$right is no right; there are $rights.", right=taken.right, rights=", ".join(LEVELS))
    if taken.kind and taken.kind not in KINDS.get(taken.right, ()):
        raise NotAllowed("$kind is no kind of $right.", kind=taken.kind, right=taken.right)
    if taken.door not in DOORS:
        raise NotAllowed("$door is no way in; there are $doors.", door=taken.door, doors=", ".join(DOORS))
    if not taken.person.strip():
        raise NotAllowed("Say whose request it is: a mailbox, or who they are.")
    playbook = clerk.playbooks[taken.brand]
    if taken.received > clerk.now().astimezone(ZoneInfo(playbook.time_zone)).date():
        raise NotAllowed("$day has not come yet.", day=taken.received)
    if taken.language and taken.language not in playbook.languages:
        raise NotAllowed(
            "$language is not spoken; there are $languages.",
            language=taken.language,
            languages=", ".join(playbook.languages),
        )
    return playbook
