"""What a run of conversations comes to: lines for people, JSON, JUnit, and what no conversation reached."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree

from bot.core.decide import RULES
from bot.replay.checks import intent_names
from bot.replay.judging import Failure
from bot.replay.player import Outcome, Result
from bot.replay.scene import Scene

#: Sentences that no reply holds: the mail's frame says them.
_FRAME = ("mail_subject_", "mail_footer", "quote_caption")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """By name: how many turns came to it, 0 where no conversation does."""

    rules: Mapping[str, int]
    sentences: Mapping[str, int]
    intents: Mapping[str, int]


def counts(results: Iterable[Result]) -> Counter[str]:
    """How many passed, failed and had no answer."""
    return Counter(result.outcome.value for result in results)


def failure_text(failure: Failure) -> str:
    """Where, what was written, what came; below that the difference, line by line."""
    head = f"{failure.place}\n  expected  {failure.expected}\n  found     {failure.found}"
    return "\n".join([head, *(f"    {line}" for line in failure.difference)])


def as_objects(result: Result) -> Iterator[dict[str, Any]]:
    """One object for each turn that was played, then one for the conversation."""
    of = {
        "path": str(result.script.place.file),
        "conversation": result.script.title,
        "depth": result.depth,
        "channel": result.channel,
    }
    for number, turn in enumerate(result.turns, start=1):
        place = {"turn": number, "line": turn.place.line}
        yield {
            "kind": "turn",
            **of,
            **place,
            "outcome": turn.outcome.value,
            "failures": failures_of(turn.failures),
            "followed": followed(turn.scene),
        }
    yield {
        "kind": "conversation",
        **of,
        "line": result.script.place.line,
        "outcome": result.outcome.value,
        "reason": result.reason,
        "turns": len(result.turns),
        "seconds": round(result.seconds, 4),
    }


def failures_of(failures: Sequence[Failure]) -> list[dict[str, Any]]:
    """For JSON: where, what was written, what came."""
    return [
        {
            "line": failure.place.line,
            **({"column": failure.place.column} if failure.place.column else {}),
            "expected": failure.expected,
            "found": failure.found,
            **({"difference": list(failure.difference)} if failure.difference else {}),
        }
        for failure in failures
    ]


def followed(scene: Scene) -> dict[str, Any]:
    """What followed from a turn, without what differs from one run to the next: references and keys."""
    reading = scene.reading
    return {
        "intents": sorted(reading.names) if reading else [],
        "doubt": reading.doubt.value if reading else "",
        "outcome": scene.outcome,
        "rules": list(scene.rules),
        "sentences": [key for reply in scene.replies for key in reply.keys],
        "quotes": [f"{first}-{last}" for reply in scene.replies for first, last in reply.lines],
        "codes_to": [code.outgoing.recipient for code in scene.codes],
        "staff": [item.reason for item in scene.staff],
        "requests": [f"{ticket.right} {ticket.state}, due {ticket.due_on}" for ticket in scene.tickets],
        "suppressed": [f"{purpose} of {address}" for purpose, address in scene.suppressed],
    }


def run_object(results: Sequence[Result], *, depth: str, played_with: Mapping[str, str]) -> dict[str, Any]:
    """The whole run in one object: what was played with (version, commit, model), and the totals."""
    found = counts(results)
    policies = {result.script.brand: result.policy_sha256 for result in results if result.policy_sha256}
    return {
        "kind": "run",
        "depth": depth,
        **played_with,
        "policies": dict(sorted(policies.items())),
        "conversations": len(results),
        **{outcome.value.replace(" ", "_"): found[outcome] for outcome in Outcome},
        "turns": sum(len(result.turns) for result in results),
        "seconds": round(sum(result.seconds for result in results), 2),
    }


def junit(results: Sequence[Result]) -> bytes:
    """JUnit's XML: a conversation is a test case, and one without an answer is skipped."""
    found = counts(results)
    suite = ElementTree.Element(
        "testsuite",
        name="conversations",
        tests=str(len(results)),
        failures=str(found[Outcome.FAILED]),
        skipped=str(found[Outcome.NO_ANSWER]),
        errors="0",
        time=f"{sum(result.seconds for result in results):.3f}",
    )
    for result in results:
        file, line = str(result.script.place.file), str(result.script.place.line)
        name = f"{result.script.title} [{result.depth}, {result.channel}]"
        case = ElementTree.SubElement(
            suite, "testcase", classname=file, name=name, file=file, line=line, time=f"{result.seconds:.3f}"
        )
        if result.outcome is Outcome.FAILED:
            text = "\n".join(map(failure_text, result.failures))
            ElementTree.SubElement(case, "failure", message=text.partition("\n")[0]).text = text
        elif result.outcome is Outcome.NO_ANSWER:
            ElementTree.SubElement(case, "skipped", message=result.reason)
    whole: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return whole


def coverage_of(results: Iterable[Result]) -> Coverage:
    """How often each rule, sentence and intent was come to by the turns that were played."""
    scenes = [turn.scene for result in results for turn in result.turns]
    rules = Counter(rule for scene in scenes for rule in set(scene.rules))
    sentences = Counter(key for scene in scenes for key in {key for spoken in scene.spoken for key in spoken.keys})
    intents = Counter(name for scene in scenes if scene.reading for name in scene.reading.names)
    return Coverage(
        rules={rule.__name__: rules[rule.__name__] for rule in RULES},
        sentences={key: sentences[key] for key in _sentences()},
        intents={name: intents[name] for name in intent_names()},
    )


def _sentences() -> list[str]:
    words = tomllib.loads(files("bot.words").joinpath("en.toml").read_text(encoding="utf-8"))
    return [key for key in words["sentences"] if not key.startswith(_FRAME)]
