"""Unsubscribing by the link or the address that every newsletter carries (RFC 8058, RFC 2369), and taking it back.

Law: a link is sealed for one recipient and tells nobody else whose it is; it acts by POST alone; it is taken back only
by a link that went to the mailbox itself.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from bot import seals
from bot.core.conversation import Conversation
from bot.core.effects import Effect, Line, OpenRequest, Reply, Suppress
from bot.core.messages import InboundMessage
from bot.core.opening import clocks_of
from bot.core.playbook import Mode, Playbook
from bot.core.rules.honour_the_opt_out import PURPOSES
from bot.core.tickets import Request, State, Verification
from bot.core.turn import Listed
from bot.engine.desk import Desk
from bot.keys import Keys
from bot.store import ByHand
from bot.store.ids import new_reference
from bot.store.suppression import Entry

STOP, RESUME = "unsubscribe", "resubscribe"
_DOOR = "one-click"
_TOKEN = re.compile(r"unsubscribe\W{1,3}([A-Za-z0-9_-]{70,1000})\s*$", re.IGNORECASE)
_UNDO_LIVES = timedelta(days=7)
#: Mails to one mailbox in an hour, so that nobody is flooded by presses of a button.
_MOST_MAILS = 3
_RIGHTS = {purpose: right for right, purpose in PURPOSES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """What a newsletter to one recipient must carry."""

    list_unsubscribe: str
    #: "" where there is no page that could be posted to.
    list_unsubscribe_post: str


def headers_for(keys: Keys, entry: Entry, *, public_url: str, mailbox: str) -> Headers:
    """`mailbox` is the brand's own, which this desk reads. Source: RFC 8058 section 3, RFC 2369 section 3.2."""
    token = seals.token(keys, STOP, _text(entry))
    mailto = f"<mailto:{quote(mailbox, safe='@')}?subject=unsubscribe%20{token}>"
    if not public_url:
        return Headers(list_unsubscribe=mailto, list_unsubscribe_post="")
    return Headers(
        list_unsubscribe=f"<{public_url}/{STOP}/{token}>, {mailto}",
        list_unsubscribe_post="List-Unsubscribe=One-Click",
    )


def read_stop(keys: Keys, token: str) -> Entry | None:
    """Whose link it is, None for what is none of ours. It never ends: a newsletter may be opened years later."""
    return _entry(seals.read_token(keys, STOP, token))


def read_resume(keys: Keys, token: str, now: datetime) -> Entry | None:
    until, _, rest = (seals.read_token(keys, RESUME, token) or "").partition("\n")
    return _entry(rest) if until and datetime.fromisoformat(until) > now else None


def listed_in(keys: Keys, message: InboundMessage) -> Listed | None:
    """Whose newsletter of this brand a mail's subject names, by a word that we sealed."""
    found = None if message.is_chat else _TOKEN.search(message.subject)
    entry = read_stop(keys, found[1]) if found else None
    if entry is None or entry.brand != message.brand:
        return None
    return Listed(address=entry.address, purpose=entry.purpose, right=_RIGHTS[entry.purpose])


async def stop(desk: Desk, entry: Entry) -> bool:
    """No more from now on; False where it was so before."""
    if await desk.store.suppression.has(entry):
        return False
    playbook, now = desk.playbooks[entry.brand], desk.now()
    right = _RIGHTS[entry.purpose]
    request = Request(
        reference=new_reference(),
        right=right,
        state=State.OPEN,
        level=0,
        received_at=now,
        address=entry.address,
        deadlines=clocks_of(playbook, right, "", now),
    )
    proof = Verification(level=0, method="none", subject=entry.address, at=now)
    opened = OpenRequest(request=request, claimed_address=entry.address, verification=proof)
    suppressed = Suppress(address=entry.address, purpose=entry.purpose)
    await _record(desk, playbook, entry, (opened, suppressed), intents=frozenset({right}))
    return True


async def offer_to_resume(desk: Desk, entry: Entry, *, public_url: str) -> bool:
    """Mail the owner a link to take it back; False where nothing is to be taken back, or too many were sent."""
    now, playbook = desk.now(), desk.playbooks[entry.brand]
    sent = await desk.store.mails_sent(entry.address, since=now - timedelta(hours=1))
    if sent >= _MOST_MAILS or not await desk.store.suppression.has(entry):
        return False
    token = seals.token(desk.keys, RESUME, f"{(now + _UNDO_LIVES).isoformat()}\n{_text(entry)}")
    link = f"{public_url}/{RESUME}/{token}"
    told = Reply(
        parts=(Line(key="letter_undo", values={"shop": playbook.shop, "link": link}), Line(key="letter_undo_not_you"))
    )
    await _record(desk, playbook, entry, (told,), intents=frozenset())
    return True


async def resume(desk: Desk, entry: Entry) -> bool:
    """The owner has taken it back; False where there was nothing."""
    return await desk.store.suppression.undo(entry, by="owner", reason="by a link that was sent to the mailbox")


async def _record(
    desk: Desk, playbook: Playbook, entry: Entry, effects: Sequence[Effect], *, intents: frozenset[str]
) -> None:
    conversation = Conversation(
        id=secrets.token_hex(16),
        brand=entry.brand,
        channel="email",
        address=entry.address,
        language=playbook.languages[0],
        greeted=True,
    )
    mode = Mode.SHADOW if playbook.mode_of(intents) is Mode.SHADOW else Mode.AUTOMATIC
    made = ByHand(
        door=_DOOR,
        by="owner",
        conversation=conversation,
        effects=tuple(effects),
        received_at=desk.now(),
        mode=mode,
        intents=intents,
    )
    await desk.store.add_by_hand(made, now=desk.now())


def _text(entry: Entry) -> str:
    return f"{entry.brand}\n{entry.purpose}\n{entry.address}"


def _entry(text: str | None) -> Entry | None:
    match (text or "").split("\n"):
        case [brand, purpose, address] if purpose in _RIGHTS and address:
            return Entry(brand=brand, purpose=purpose, address=address)
        case _:
            return None
