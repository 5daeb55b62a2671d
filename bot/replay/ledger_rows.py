"""What the ledger keeps, as the rows that the database would hold: only the columns that the core decides."""

from dataclasses import asdict

from bot.core.conversation import Conversation
from bot.core.tickets import Verification
from bot.replay.ledger import Entry, Ledger
from bot.replay.stored import StoredRow
from bot.store.serialise import proof_to_row


def rows_of(ledger: Ledger, table: str) -> tuple[StoredRow, ...]:
    """The rows of one of `CORE_TABLES`, oldest first."""
    match table:
        case "request":
            return tuple(map(_request, ledger.entries))
        case "verification":
            proofs = {(entry.talk, entry.verification): entry.verification for entry in ledger.entries}
            return tuple(_verification(talk, proof) for (talk, _), proof in proofs.items() if proof is not None)
        case "deadline":
            return tuple(row for entry in ledger.entries for row in _deadlines(entry))
        case "suppression":
            brands = {talk.id: talk.brand for talk in ledger.talks}
            return tuple(
                {"brand": brands[one.talk], "channel": "email", **asdict(one.effect)} for one in ledger.suppressions
            )
        case _:
            return tuple(map(_talk, ledger.talks))


def _request(entry: Entry) -> StoredRow:
    request, proof = entry.request, entry.verification
    return {
        "reference": request.reference,
        "conversation_id": entry.talk,
        "right_name": request.right,
        "kind": request.kind,
        "state": request.state.value,
        "level_needed": request.level,
        "received_at": request.received_at,
        "claimed_address": entry.claimed,
        "verification_level": proof.level if proof else None,
        "subject": proof.subject if proof else None,
        "denial_reason": entry.denial_reason,
        "denial_words": entry.denial_words,
    }


def _verification(talk: str, proof: Verification) -> StoredRow:
    return {"conversation_id": talk, **asdict(proof)}


def _deadlines(entry: Entry) -> list[StoredRow]:
    clocks = enumerate(entry.request.deadlines)
    return [{"reference": entry.request.reference, "place": place, **asdict(clock)} for place, clock in clocks]


def _talk(talk: Conversation) -> StoredRow:
    return {
        "id": talk.id,
        "brand": talk.brand,
        "channel": talk.channel,
        "address": talk.address,
        "language": talk.language,
        "wanted": list(talk.wanted),
        "asked": list(talk.asked),
        "greeted": talk.greeted,
        "taken_over_at": talk.taken_over_at,
        "asked_about": talk.asked_about,
        **proof_to_row(talk.proof),
    }
