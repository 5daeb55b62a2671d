"""Puts what a decision says into the outbox: the reply, and a code as a mail of its own."""

from sqlalchemy import insert

from bot.core.effects import Reply, SendCode
from bot.core.playbook import Mode
from bot.errors import OurFault
from bot.store import dispatch, serialise
from bot.store.ids import new_id
from bot.store.saved import Saving
from bot.store.schema import Outbox

#: Where a message of ours begins, by how much the bot may do by itself.
STATE_BY_MODE = {Mode.SHADOW: "shadow", Mode.APPROVE: "held", Mode.AUTOMATIC: "queued"}


async def reply(saving: Saving, ordinal: int, effect: Reply) -> None:
    message = saving.message
    recipient = message.thread if message.is_chat else message.address
    if not recipient:
        raise OurFault("A reply was decided on for a message without an address; hand it to staff.")
    await _queue(
        saving,
        ordinal,
        channel=message.channel,
        kind="reply",
        recipient=recipient,
        parts=serialise.parts_to_json(effect.parts),
        # Whoever forges a sender must not have a line of theirs delivered by us (RELIABILITY L20).
        subject=message.subject if message.authenticated else "",
        in_reply_to=message.message_id,
        thread_references=_thread(saving),
        nonce="",
        proves=[],
    )


async def send_code(saving: Saving, ordinal: int, effect: SendCode) -> None:
    await _queue(
        saving,
        ordinal,
        channel="email",
        kind="code",
        recipient=effect.address,
        parts=serialise.parts_to_json(effect.parts),
        subject="",
        in_reply_to="",
        # A mail of its own; but where its reader asked in a thread of ours, L16's cap does not stop it.
        thread_references=_thread(saving) if effect.address == saving.message.address else [],
        nonce=effect.nonce,
        proves=list(effect.references),
    )


def _thread(saving: Saving) -> list[str]:
    """Oldest first; as parsed the newest is first, and the one that it answers is usually named twice."""
    return list(dict.fromkeys(saving.message.references))[::-1]


async def _queue(saving: Saving, ordinal: int, *, channel: str, kind: str, **columns: object) -> None:
    outbox_id, conversation = new_id(), saving.decision.conversation
    message_id = saving.keys.message_id(outbox_id, conversation.id, saving.host) if channel == "email" else ""
    state = STATE_BY_MODE[saving.mode]
    await saving.connection.execute(
        insert(Outbox).values(
            id=outbox_id,
            inbox_id=saving.claim.inbox_id,
            ordinal=ordinal,
            conversation_id=conversation.id,
            brand=conversation.brand,
            channel=channel,
            kind=kind,
            language=conversation.language,
            message_id=message_id,
            intents=sorted(saving.decision.intents),
            state=state,
            attempts=0,
            not_before=saving.now,
            approved_by="",
            said="",
            reason="",
            created_at=saving.now,
            **columns,
        )
    )
    if state == "queued":
        await dispatch.deliver(saving.connection, outbox_id, conversation.id, saving.now)
    await saving.note(f"{kind}_written", outbox=outbox_id, state=state)
