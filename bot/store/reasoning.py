"""Why the bot decided as it did, in a form that the audit may hold: names, numbers and keyed digests, no words.

Law: whoever has the message can check each digest; whoever has only the audit learns nothing that was said.
"""

from bot.core.effects import Quotation, Reply
from bot.store.saved import Saving
from intents.reading import FoundIntent


def of_decision(saving: Saving) -> dict[str, str | list[str]]:
    """What was read, by which words (as digests), which rules spoke, and which lines of which policy were quoted."""
    decision = saving.decision
    reading = decision.reading
    return {
        "rules": list(decision.rules),
        "digest": saving.keys.digest("raw message", saving.claim.arrival.raw.hex()),
        "read": [_found(saving, found) for found in reading.intents or reading.candidates],
        "doubt": reading.doubt.value,
        "language": reading.language,
        "quoted": [_quoted(part) for part in _said(saving) if isinstance(part, Quotation)],
    }


def _found(saving: Saving, found: FoundIntent) -> str:
    return f"{found.name} {found.confidence:.2f} {saving.keys.digest('evidence', found.evidence)[:32]}"


def _quoted(part: Quotation) -> str:
    return f"{part.policy_sha256} lines {part.first_line}-{part.last_line}"


def _said(saving: Saving) -> list[object]:
    return [part for effect in saving.decision.effects if isinstance(effect, Reply) for part in effect.parts]
