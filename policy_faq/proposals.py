"""Proposes which units of a policy that nobody reviewed answer which topic.

A unit is proposed where it is like the topic's statements, holds one of its cues and can fill its slot; people may
correct it.
"""

import re
from collections.abc import Sequence
from math import exp
from types import MappingProxyType

import numpy as np

from policy_faq.catalogue import NO_TOPIC, Topic
from policy_faq.features import Matrix
from policy_faq.policy import Policy, Unit
from policy_faq.slots import holds_slot
from policy_faq.topic_map import Span, TopicMap
from policy_faq.topic_reader import TopicReader

#: A unit is proposed from this likeness to the topic's statements on, and where it is not far below the topic's best.
_FLOOR, _BELOW_BEST = 11.5, 5.0
#: The same where the likeness is of words alone.
_FLOOR_OF_WORDS, _BELOW_BEST_OF_WORDS = -3.5, 1.5
_MOST = 3


def propose_map(policy: Policy, topics: Sequence[Topic], statements: TopicReader, vectors: Matrix | None) -> TopicMap:
    """The proposed map; a topic that no unit answers is not in it."""
    own = [policy.text[unit.start : unit.end] for unit in policy.units]
    around = [f"{policy.context(unit)} {words}" for unit, words in zip(policy.units, own, strict=True)]
    likeness = statements.likeness(own, vectors)
    floor, below = (_FLOOR, _BELOW_BEST) if vectors is not None else (_FLOOR_OF_WORDS, _BELOW_BEST_OF_WORDS)
    spans: dict[str, tuple[Span, ...]] = {}
    sureness: dict[tuple[str, Span], float] = {}
    by_name = {topic.name: topic for topic in topics if topic.name != NO_TOPIC}
    for column, name in enumerate(statements.names):
        if name not in by_name:
            continue
        fitting = _fitting(by_name[name], own, around)
        found = _best(policy, likeness[:, column], fitting, floor, below)
        if found:
            spans[name] = tuple(span for span, _ in found)
            sureness.update({(name, span): 1 / (1 + exp(floor - score)) for span, score in found})
    return TopicMap(spans=MappingProxyType(spans), sureness=MappingProxyType(sureness))


def _fitting(topic: Topic, own: Sequence[str], around: Sequence[str]) -> list[bool]:
    """Which units hold a cue of the topic, themselves or in their headings, and can fill its slot."""
    cue = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, topic.cues))})", re.I) if topic.cues else None
    return [
        holds_slot(topic.slot, words) and (cue is None or cue.search(context) is not None)
        for words, context in zip(own, around, strict=True)
    ]


def _best(
    policy: Policy, likeness: Matrix, fitting: Sequence[bool], floor: float, below: float
) -> list[tuple[Span, float]]:
    found: list[tuple[Span, float]] = []
    for place in map(int, np.argsort(-likeness)):
        score = float(likeness[place])
        if score < floor or (found and score < found[0][1] - below) or len(found) == _MOST:
            break
        span = readable_span(policy, policy.units[place])
        if fitting[place] and not any(span[0] < end and start < span[1] for (start, end), _ in found):
            found.append((span, score))
    return found


def readable_span(policy: Policy, unit: Unit) -> Span:
    """The unit, or its whole list with the line that introduces it where the unit alone says too little."""
    if unit.end - unit.start >= 40 or unit.lead == (0, 0):
        return unit.start, unit.end
    same = [other for other in policy.units if other.lead == unit.lead and other.section == unit.section]
    start, end = min(unit.lead[0], same[0].start), same[-1].end
    return (start, end) if end - start <= 500 else (unit.start, unit.end)
