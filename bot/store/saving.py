"""Carries out decisions: conversations, effects, audit and "done" in the transaction of their caller.

Law: all of it or nothing; one row for one effect; of ordinary mail nothing stays but its keyed digest and the verdict.
"""

from collections.abc import Sequence
from typing import assert_never

from bot.core.effects import (
    AmendRequest,
    Drop,
    Effect,
    Forget,
    HandToStaff,
    LeaveUntouched,
    LinkChat,
    NoteBounce,
    NoteSilence,
    OpenRequest,
    Reply,
    Resume,
    SendCode,
    Suppress,
    UnlinkChat,
)
from bot.errors import OurFault
from bot.store import conversations, forgetting, heeding, library, links, reasoning, recording, returned, saying, tries
from bot.store.intake import keep_claims
from bot.store.saved import Saving
from bot.store.verdict import forgets_message, is_quiet, outcome_of


async def save_all(savings: Sequence[Saving]) -> bool:
    """Carry out each, in this order, on the one connection; True where the content of a message was erased.

    The first statement fences off whoever lost a claim, and locks the rows. Raises `ClaimLost`.
    """
    for saving in savings:
        if saving.decision.conversation.id != saving.claim.conversation:
            raise OurFault("A decision must be about the conversation that was claimed.")
    await keep_claims(savings[0].connection, [(saving.claim, _ended(saving)) for saving in savings])
    return any([await _carry_out_all(saving) for saving in savings])


async def _carry_out_all(saving: Saving) -> bool:
    """True where the message's content was erased."""
    forgets, quiet = forgets_message(saving.decision.effects), is_quiet(saving.decision.effects)
    if saving.claim.version or not quiet:
        await conversations.write(
            saving.connection, saving.decision.conversation, version=saving.claim.version, now=saving.now
        )
    for ordinal, effect in enumerate(saving.decision.effects):
        await _carry_out(saving, ordinal, effect)
    await _give_back_the_tries(saving)
    if not quiet:
        await saving.note("message_handled", **reasoning.of_decision(saving))
    if saving.message.cards_hidden and not forgets:
        await saving.note("card_number_hidden")
    return forgets or saving.decision.confidential or saving.message.cards_hidden


def _ended(saving: Saving) -> dict[str, object]:
    """The columns of a message that is done."""
    forgets = forgets_message(saving.decision.effects)
    nothing = dict.fromkeys(("raw", "external_id", "origin", "envelope", "received_at", "conversation_id"))
    return {
        "state": "done",
        "reason": "",
        "claimed_by": None,
        "claimed_until": None,
        "outcome": outcome_of(saving.decision.effects),
        "rules": list(saving.decision.rules),
        "intents": sorted(saving.decision.intents),
        "done_at": saving.now,
        "attachments": 0 if saving.message.cards_hidden else len(saving.message.attachments),
        **(nothing if forgets else {"raw": None} if saving.decision.confidential else _without_cards(saving)),
    }


def _without_cards(saving: Saving) -> dict[str, bytes]:
    """Where a card number was hidden, what came is dropped in this very transaction."""
    return {"raw": saving.claim.arrival.raw} if saving.message.cards_hidden else {}


async def _give_back_the_tries(saving: Saving) -> None:
    """A message that proved something was no guess; what an earlier proof carries is not proved by it."""
    proofs = [e.verification for e in saving.decision.effects if isinstance(e, AmendRequest | OpenRequest)]
    made = [proof for proof in proofs if proof is not None and proof.at == saving.now]
    for address in {proof.subject for proof in made if proof.method not in ("none", "staff")}:
        await tries.give_back(saving.connection, saving.keys, address, saving.claim.inbox_id)


async def _carry_out(saving: Saving, ordinal: int, effect: Effect) -> None:
    match effect:
        case Reply():
            await saying.reply(saving, ordinal, effect)
        case SendCode():
            await saying.send_code(saving, ordinal, effect)
        case OpenRequest():
            await recording.open_request(saving, ordinal, effect)
        case AmendRequest():
            await recording.amend_request(saving, effect)
        case Suppress():
            await heeding.suppress(saving, effect)
        case Resume():
            await heeding.resume(saving, effect)
        case NoteBounce():
            await returned.note_bounce(saving, effect)
        case NoteSilence():
            await library.count_silences(
                saving.connection, saving.decision.conversation.brand, effect.topics, now=saving.now
            )
        case LinkChat():
            await links.link(saving, effect)
        case UnlinkChat():
            await links.unlink(saving)
        case HandToStaff():
            await heeding.hand_to_staff(saving, ordinal, effect)
        case Forget():
            await forgetting.forget_the_chat(saving)
        case LeaveUntouched() | Drop():
            # The verdict on the inbox row is all that there is to keep.
            pass
        case _:
            assert_never(effect)
