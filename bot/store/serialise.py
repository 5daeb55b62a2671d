"""Values of the core as rows and JSON, and back; pure, and exact in both directions."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, assert_never

from sqlalchemy import RowMapping

from bot.core.clocks import Deadline
from bot.core.conversation import Conversation, Proof, Proved, Unproved, WaitingForCode
from bot.core.effects import Line, Part, Quotation
from bot.core.tickets import Request, State


def parts_to_json(parts: Iterable[Part]) -> list[dict[str, Any]]:
    return [_part_to_json(part) for part in parts]


def _part_to_json(part: Part) -> dict[str, Any]:
    match part:
        case Line(key=key, values=values):
            return {"line": key, "values": dict(values)}
        case Quotation():
            return {"quotation": asdict(part)}
        case _:
            assert_never(part)


def parts_from_json(rows: Iterable[Mapping[str, Any]]) -> tuple[Part, ...]:
    return tuple(
        Quotation(**row["quotation"]) if "quotation" in row else Line(key=row["line"], values=row["values"])
        for row in rows
    )


def proof_to_row(proof: Proof) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(
        ("proof_digest", "proof_address", "proof_until", "proof_level", "proof_method", "proof_at")
    )
    row["proof_wrong_tries"] = 0
    match proof:
        case Unproved():
            return row | {"proof_kind": "unproved"}
        case WaitingForCode():
            return row | {
                "proof_kind": "waiting_for_code",
                "proof_digest": proof.digest,
                "proof_address": proof.address,
                "proof_until": proof.expires_at,
                "proof_wrong_tries": proof.wrong_tries,
            }
        case Proved():
            return row | {
                "proof_kind": "proved",
                "proof_level": proof.level,
                "proof_method": proof.method,
                "proof_address": proof.address,
                "proof_at": proof.at,
                "proof_until": proof.until,
            }
        case _:
            assert_never(proof)


def proof_from_row(row: RowMapping) -> Proof:
    match row["proof_kind"]:
        case "waiting_for_code":
            return WaitingForCode(
                digest=row["proof_digest"],
                address=row["proof_address"],
                expires_at=row["proof_until"],
                wrong_tries=row["proof_wrong_tries"],
            )
        case "proved":
            return Proved(
                level=row["proof_level"],
                method=row["proof_method"],
                address=row["proof_address"],
                at=row["proof_at"],
                until=row["proof_until"],
            )
        case _:
            return Unproved()


def conversation_to_row(conversation: Conversation) -> dict[str, Any]:
    """All columns but `version` and `changed_at`; requests have rows of their own."""
    return proof_to_row(conversation.proof) | {
        "id": conversation.id,
        "brand": conversation.brand,
        "channel": conversation.channel,
        "address": conversation.address,
        "language": conversation.language,
        "wanted": list(conversation.wanted),
        "asked": list(conversation.asked),
        "greeted": conversation.greeted,
        "taken_over_at": conversation.taken_over_at,
        "asked_about": conversation.asked_about,
    }


def conversation_from_row(row: RowMapping, requests: tuple[Request, ...]) -> Conversation:
    return Conversation(
        id=row["id"],
        brand=row["brand"],
        channel=row["channel"],
        address=row["address"],
        language=row["language"],
        proof=proof_from_row(row),
        requests=requests,
        wanted=tuple(row["wanted"]),
        asked=tuple(row["asked"]),
        greeted=row["greeted"],
        taken_over_at=row["taken_over_at"],
        asked_about=row["asked_about"],
    )


def request_from_row(row: RowMapping, deadlines: tuple[Deadline, ...]) -> Request:
    return Request(
        reference=row["reference"],
        right=row["right_name"],
        state=State(row["state"]),
        level=row["level_needed"],
        address=row["claimed_address"],
        received_at=row["received_at"],
        deadlines=deadlines,
        kind=row["kind"],
    )


def deadline_from_row(row: RowMapping) -> Deadline:
    names = ("regime", "step", "due_on", "due_at", "sum", "source", "extended")
    return Deadline(**{name: row[name] for name in names})


def deadline_to_row(deadline: Deadline) -> dict[str, Any]:
    """All columns but the reference and the place."""
    return asdict(deadline)
