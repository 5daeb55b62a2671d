"""A reader that is told what to read, so that the contract does not hang on what the real one has learned."""

from intents import Doubt, FoundIntent, Reading
from intents.catalogue import load_catalogue

#: Phrase -> intent.
WISHES = {"delete all my": "deletion", "unsubscribe me": "unsubscribe", "how long do you keep": "policy_question"}
#: Makes it abstain.
MUMBLE = "something about my data maybe"


class ToldReader:
    """Reads the phrases of `WISHES`; speaks English."""

    problem = ""

    def read(self, text: str, *, subject: str = "", channel: str = "email") -> Reading:
        said = text.lower()
        if MUMBLE in said:
            unsure = tuple(FoundIntent(name=name, confidence=0.4, evidence=text) for name in ("access", "deletion"))
            return Reading(candidates=unsure, language="en", doubt=Doubt.AMBIGUOUS)
        wishes = [intent for phrase, intent in WISHES.items() if phrase in said]
        assert set(wishes) <= set(load_catalogue())
        found = tuple(FoundIntent(name=name, confidence=0.9, evidence=text) for name in wishes)
        return Reading(intents=found, language="en")
