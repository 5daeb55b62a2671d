"""What a message tries to prove: looked at before `decide` is asked, and paid for before it is looked at.

Law: details that the shop knows are compared here and go no further; codes are only counted here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.conversation import Conversation, Proved, WaitingForCode
from bot.core.messages import InboundMessage
from bot.core.playbook import Playbook
from bot.core.proving import (
    MAX_MATCH_TRIES,
    MAX_STRAY_CODES_A_DAY,
    MAX_WRONG_CODES_A_DAY,
    MAX_WRONG_TRIES,
    points_of,
    waits_for_points,
)
from bot.core.turn import Match
from bot.directory import compare, runs
from bot.engine.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of it."""

    #: The codes that may be looked at.
    codes: tuple[str, ...] = ()
    codes_are_spent: bool = False
    codes_are_strays: bool = False
    match: Match = Match.NOT_TRIED
    match_tries_left: int = 0


async def try_proofs(
    desk: Desk,
    message: InboundMessage,
    conversation: Conversation,
    playbook: Playbook,
    codes: Sequence[str],
    *,
    inbox_id: str,
) -> Tried:
    """Codes where one is awaited, details where they were asked for; nothing of a message that no person wrote."""
    if message.silence is not None or message.channel != conversation.channel:
        return Tried(codes=tuple(codes))
    match conversation.proof:
        case WaitingForCode() as waiting if codes and desk.now() < waiting.expires_at:
            return await _count_codes(desk, message, conversation, waiting, codes, inbox_id)
        case Proved() as proof:
            return await _match(desk, message, conversation, playbook, proof, inbox_id)
        case _:
            return Tried(codes=tuple(codes))


async def _count_codes(
    desk: Desk,
    message: InboundMessage,
    conversation: Conversation,
    waiting: WaitingForCode,
    codes: Sequence[str],
    inbox_id: str,
) -> Tried:
    looked_at = codes[: MAX_WRONG_TRIES - waiting.wrong_tries]
    stray = not message.is_chat and not _is_the_owners(desk, message, conversation, waiting)
    granted, left = await desk.store.tries.take(
        "code in a chat" if message.is_chat else "code",
        waiting.address,
        inbox_id,
        wanted=len(looked_at),
        most=MAX_WRONG_CODES_A_DAY,
        now=desk.now(),
        most_strays=MAX_STRAY_CODES_A_DAY if stray else None,
    )
    if granted:
        return Tried(codes=tuple(codes[:granted]))
    return Tried(codes=tuple(codes), codes_are_spent=True, codes_are_strays=stray and left > 0)


def _is_the_owners(desk: Desk, message: InboundMessage, conversation: Conversation, waiting: WaitingForCode) -> bool:
    """It answers a mail of this talk, which its mailbox alone has got, or our mail server vouches for the sender."""
    named = map(desk.keys.read_message_id, message.references)
    answers = any(found is not None and found.conversation_id == conversation.id for found in named)
    return answers or (message.authenticated and message.address == waiting.address)


async def _match(
    desk: Desk,
    message: InboundMessage,
    conversation: Conversation,
    playbook: Playbook,
    proof: Proved,
    inbox_id: str,
) -> Tried:
    waiting, found = waits_for_points(conversation), runs(message.text)
    if not waiting or not found or not playbook.has_directory:
        return Tried()
    now, points = desk.now(), points_of(playbook, waiting)
    directory = desk.directories.get(playbook.brand)
    if now >= proof.until:
        return Tried(match=Match.TOO_LATE)
    if directory is None:
        return Tried(match=Match.UNAVAILABLE)
    if sum(map(len, found)) < len(points):
        return Tried(match=Match.INCOMPLETE)
    granted, left = await desk.store.tries.take(
        "match", proof.address, inbox_id, wanted=1, most=MAX_MATCH_TRIES, now=now
    )
    if not granted:
        return Tried(match=Match.SPENT)
    match = await compare(directory, desk.keys, address=proof.address, points=points, found=found)
    return Tried(match=match, match_tries_left=left)
