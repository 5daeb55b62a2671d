"""Proposes which units of a policy that nobody reviewed answer which topic.

A unit is proposed where the statement model is sure enough and the unit can fill the topic's slot; people may correct the map.
"""

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from policy_faq.catalogue import Topic
from policy_faq.features import Matrix
from policy_faq.policy import Policy, Unit
from policy_faq.slots import holds_slot
from policy_faq.topic_map import Span, TopicMap
from policy_faq.topic_reader import TopicReader

#: A unit is proposed from this probability on, and where it is not far below the topic's best.
_FLOOR = 0.12
_SHARE_OF_BEST = 0.4
_MOST = 4


def propose_map(policy: Policy, topics: Sequence[Topic], statements: TopicReader, vectors: Matrix | None) -> TopicMap:
    """The proposed map; a topic that no unit answers is not in it."""
    texts = [f"{policy.context(unit)[-120:]} {policy.text[unit.start : unit.end]}" for unit in policy.units]
    chances = statements.read(texts, vectors)
    spans: dict[str, tuple[Span, ...]] = {}
    sureness: dict[tuple[str, Span], float] = {}
    by_name = {topic.name: topic for topic in topics}
    for column, name in enumerate(statements.names):
        topic = by_name.get(name)
        found = _best(policy, topic, chances[:, column]) if topic else []
        if found:
            spans[name] = tuple(span for span, _ in found)
            sureness.update({(name, span): chance for span, chance in found})
    return TopicMap(spans=MappingProxyType(spans), sureness=MappingProxyType(sureness))


def _best(policy: Policy, topic: Topic, chances: Matrix) -> list[tuple[Span, float]]:
    found: list[tuple[Span, float]] = []
    best = 0.0
    for place in np.argsort(-chances)[: _MOST * 3]:
        unit, chance = policy.units[int(place)], float(chances[place])
        if chance < max(_FLOOR, best * _SHARE_OF_BEST) or len(found) == _MOST:
            break
        if not holds_slot(topic.slot, policy.text[unit.start : unit.end]):
            continue
        best = max(best, chance)
        span = readable_span(policy, unit)
        if span not in [other for other, _ in found]:
            found.append((span, chance))
    return found


def readable_span(policy: Policy, unit: Unit) -> Span:
    """The unit, or its whole list with the line that introduces it where the unit alone says too little."""
    if unit.end - unit.start >= 40 or unit.lead == (0, 0):
        return unit.start, unit.end
    same = [other for other in policy.units if other.lead == unit.lead and other.section == unit.section]
    start, end = min(unit.lead[0], same[0].start), same[-1].end
    return (start, end) if end - start <= 500 else (unit.start, unit.end)
