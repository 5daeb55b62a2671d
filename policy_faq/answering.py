"""Answers a question with spans of a policy, or with none where the policy does not say.

A question is a topic of the catalogue or none; a topic without spans is "does not say", however similar a sentence
may be. Similarity chooses among the spans of a topic, never in place of one.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import MappingProxyType

import numpy as np

from policy_faq.answer_values import PolicyAnswer, Quote
from policy_faq.asked_details import holds_details
from policy_faq.catalogue import NO_TOPIC, Topic, load_topics
from policy_faq.errors import CatalogueError
from policy_faq.features import Encoder, Matrix
from policy_faq.names import named_in, names_of, words_of
from policy_faq.policy import Policy
from policy_faq.policy_index import PolicyIndex, cached_vectors, span_vectors
from policy_faq.proposals import propose_map
from policy_faq.question_parts import goes_on, in_their_sense, may_go_on, parts
from policy_faq.slots import asks_duration, fits, hides_contact, names_stale_law, names_way
from policy_faq.topic_map import Span, TopicMap, find_map
from policy_faq.topic_reader import Artefact, load_artefact

#: Topics that ask for an address: a hidden one is no answer to them.
_ADDRESS_TOPICS = frozenset(
    ("contact_email", "contact_phone", "company_address", "dpo", "complaint_route", "legal_entity")
)
_MOST_QUOTES = 3
#: From this chance on a question that points back is clear enough alone.
_CLEAR = 0.6
#: So many words at most has a question that only asks what a name stands for.
_SHORT = 6
_KEPT_INDEXES = 600
#: What a topic that a duration answers gains where a question that points back asks how long.
_DURATION_ASKED = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where the line runs between answering and "does not say"; trained values lie with the artefact."""

    #: Least probability of the topic that answers.
    floor: float = 0.20
    #: The same for a policy that nobody has reviewed, whose passages are weighed once more.
    proposed_floor: float = 0.10
    #: Least share of the best topic without spans that the answering one must reach.
    against_silence: float = 0.9
    #: What a topic loses at each step to a fallback.
    step_down: float = 0.7
    #: Share of the best topic that a second one needs to speak too.
    second: float = 0.15
    #: Share of the best topic from which a second one may even come before it.
    as_good: float = 0.8
    #: Most quotes of one topic where nobody reviewed its spans.
    proposed: int = 3


@dataclass(frozen=True, slots=True)
class _Found:
    """Spans for one part of a question."""

    topic: str
    spans: tuple[Span, ...]
    confidence: float
    hidden: bool = False
    conflicting: bool = False


class Answerer:
    """Answers from any number of policies; built once for a process and safe to share between threads."""

    def __init__(
        self,
        topics: Sequence[Topic],
        artefact: Artefact,
        encoder: Encoder | None = None,
        *,
        folders: Sequence[Path] = (),
        cache: Path | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._topics: Mapping[str, Topic] = MappingProxyType({topic.name: topic for topic in topics})
        self._artefact = artefact
        self._reader = artefact.questions
        self._encoder = encoder
        self._folders = tuple(folders)
        self._cache = cache
        self._limits = limits or Limits()
        self._indexes: OrderedDict[str, PolicyIndex] = OrderedDict()
        self._lock = Lock()

    @classmethod
    def load(
        cls, encoder: Encoder | None = None, *, folders: Sequence[Path] = (), cache: Path | None = None
    ) -> "Answerer":
        """With the shipped topics and models; `folders` hold the operator's brands, `cache` what import works out.

        Raises CatalogueError where the topics were read off the vectors of another encoder.
        """
        artefact = load_artefact()
        if encoder is not None and encoder.version != artefact.encoder:
            raise CatalogueError("the topics were read off another sentence model: run python -m policy_faq.train")
        return cls(load_topics(), artefact, encoder, folders=folders, cache=cache)

    def prepare(self, policy: Policy) -> PolicyIndex:
        """Works out what answering needs once for each policy; the first answer does it if nobody did."""
        with self._lock:
            if policy.sha256 in self._indexes:
                self._indexes.move_to_end(policy.sha256)
                return self._indexes[policy.sha256]
        index = self._index(policy)
        with self._lock:
            self._indexes[policy.sha256] = index
            while len(self._indexes) > _KEPT_INDEXES:
                self._indexes.popitem(last=False)
        return index

    def topic_map(self, policy: Policy) -> TopicMap:
        """The reviewed map of this policy, or what the import proposes."""
        return self.prepare(policy).topics

    def answer(
        self, question: str, policy: Policy, *, language: str = "en", context: tuple[str, ...] = (), about: str = ""
    ) -> PolicyAnswer:
        """The one to three spans that answer.

        `context` holds the person's earlier questions, oldest first; where they are not kept, `about` is the topic of
        the last one.
        """
        if not context and about in self._topics:
            context = (self._topics[about].definition,)
        index = self.prepare(policy)
        question, context = _with_bytes(question), tuple(map(_with_bytes, context))
        asked = parts(question[:2000])
        leaning = asked[0] if len(asked) == 1 and context and self._leans(asked[0]) else ""
        if leaning:
            asked = (f"{context[-1]} {leaning}",)
        words = in_their_sense(asked)
        vectors = self._encoder.encode(words) if self._encoder else None
        chances = self._reader.read(words, vectors)
        if asks_duration(leaning):
            chances = self._of_durations(chances)
        found = [
            self._find(part, chances[place], index, None if vectors is None else vectors[place])
            for place, part in enumerate(asked)
        ]
        return self._told(question, asked, found, policy, language)

    def _leans(self, question: str) -> bool:
        """Whether a question needs the one before it: by its first words, or because it says too little alone."""
        if goes_on(question) or not may_go_on(question):
            return goes_on(question)
        chances = self._reader.read((question,), self._encoder.encode((question,)) if self._encoder else None)[0]
        best = int(chances.argmax())
        return self._reader.names[best] == NO_TOPIC or float(chances[best]) < _CLEAR

    def _of_durations(self, chances: Matrix) -> Matrix:
        """The chances where "and for how long?" was said after something else: topics that a duration answers first."""
        durations = [name in self._topics and self._topics[name].slot == "duration" for name in self._reader.names]
        raised = chances * np.where(durations, _DURATION_ASKED, 1.0)
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)

    def _index(self, policy: Policy) -> PolicyIndex:
        reviewed = find_map(policy, folders=self._folders)
        names = names_of(policy.text)
        if reviewed is not None:
            return PolicyIndex(policy, reviewed, None, self._span_vectors(policy, reviewed), names)
        vectors = cached_vectors(policy, self._encoder, self._cache) if self._encoder else None
        topics = propose_map(policy, tuple(self._topics.values()), self._artefact.statements, vectors)
        return PolicyIndex(policy, topics, vectors, names=names)

    def _span_vectors(self, policy: Policy, topics: TopicMap) -> dict[Span, Matrix]:
        """Vectors of the spans that questions must choose between."""
        rich = sorted({span for spans in topics.spans.values() if len(spans) > 1 for span in spans})
        if self._encoder is None or not rich:
            return {}
        return dict(zip(rich, span_vectors(policy, rich, self._encoder), strict=True))

    def _find(self, question: str, chances: Matrix, index: PolicyIndex, vector: Matrix | None = None) -> _Found:
        """The spans of the likeliest topic that has any, unless a likelier one has none."""
        ranked = [(self._reader.names[place], float(chances[place])) for place in np.argsort(-chances)[:8]]
        speaking: list[tuple[str, float, tuple[Span, ...]]] = []
        silent = 0.0
        for name, chance in ranked:
            topic, weight = self._speaker(name, index.topics)
            spans = self._fitting(topic, question, index, vector)
            if spans:
                speaking.append((topic, chance * weight, spans))
            else:
                silent = max(silent, chance)
        speaking.sort(key=lambda item: -item[1])
        first = ranked[0][0]
        hidden = first in _ADDRESS_TOPICS and any(
            hides_contact(index.text(span)) for span in index.topics.spans.get(first, ())
        )
        floor = self._limits.floor if index.topics.reviewed else self._limits.proposed_floor
        if not speaking or speaking[0][1] < max(floor, silent * self._limits.against_silence):
            named = self._named(question, index)
            if named is not None:
                return _Found(named[0], (named[1],), floor)
            return _Found("" if first == NO_TOPIC else first, (), 0.0, hidden=hidden)
        topic, chance, _ = speaking[0]
        spans = self._chosen(speaking, index)
        return _Found(topic, spans, chance, hidden, conflicting=topic in index.topics.conflicts)

    def _fitting(self, topic: str, question: str, index: PolicyIndex, vector: Matrix | None) -> tuple[Span, ...]:
        """The spans of a topic that hold what the question expressly asks for; a hidden address is none."""
        slot = self._topics[topic].slot if topic in self._topics else "none"
        contact = topic in _ADDRESS_TOPICS
        spans = tuple(
            span
            for span in index.topics.spans.get(topic, ())
            if fits(question, index.text(span), contact=contact, slot=slot)
            and holds_details(question, index.text(span), index.policy.section_at(span[0]).label)
            and not (contact and hides_contact(index.text(span)))
        )
        spans = tuple(span for span in spans if names_way(question, index.text(span))) or spans
        if vector is not None and index.topics.reviewed:
            # Of a contradiction all sides are shown, be they like the question or not.
            return spans if topic in index.topics.conflicts else index.nearest(spans, question, vector, _MOST_QUOTES)
        return spans if vector is None else tuple(sorted(spans, key=lambda span: -_merit(index, topic, span, vector)))

    def _named(self, question: str, index: PolicyIndex) -> tuple[str, Span] | None:
        """Topic and span with the name that a short question is about and no phrasing knows ("who is Mollie?")."""
        if len(question.split()) > _SHORT:
            return None
        named = named_in(question, index.names) - self._reader.features.words.places.keys()
        spans = ((topic, span) for topic, spans in index.topics.spans.items() for span in spans)
        return next(((topic, span) for topic, span in spans if named & words_of(index.text(span))), None)

    def _speaker(self, name: str, topics: TopicMap) -> tuple[str, float]:
        """The topic that answers for `name`: itself or a fallback, with what it loses on the way."""
        weight = 1.0
        if name in topics.spans or name not in self._topics:
            return name, weight
        for fallback in self._topics[name].fallbacks:
            weight *= self._limits.step_down
            if fallback in topics.spans:
                return fallback, weight
        return name, 1.0

    def _chosen(self, speaking: Sequence[tuple[str, float, tuple[Span, ...]]], index: PolicyIndex) -> tuple[Span, ...]:
        """The spans of the best topic, and the best of another that is as good or nearly so and comes after them."""
        topic, best, spans = speaking[0]
        most = _MOST_QUOTES if index.topics.reviewed else self._limits.proposed
        rivals = [item for item in speaking[1:] if item[0] != topic and item[1] >= best * self._limits.second]
        if rivals and topic not in index.topics.conflicts:
            most = min(most, _MOST_QUOTES - 1)
        chosen = list(spans[:most])
        for _, chance, others in rivals:
            if len(chosen) == _MOST_QUOTES:
                break
            after = [span for span in others[:1] if span > min(chosen) or chance >= best * self._limits.as_good]
            chosen += [span for span in after if not any(_overlap(span, kept) for kept in chosen)]
        return tuple(chosen)

    def _told(
        self, question: str, asked: Sequence[str], found: Sequence[_Found], policy: Policy, language: str
    ) -> PolicyAnswer:
        quotes: list[Quote] = []
        for part in found:
            new = [span for span in sorted(part.spans) if not any(_overlap(span, (q.start, q.end)) for q in quotes)]
            quotes += [policy.quote(start, end) for start, end in new]
        quotes = quotes[: max(_MOST_QUOTES, len(asked) * 2)]
        answered = [part for part in found if part.spans]
        return PolicyAnswer(
            question=question,
            quotes=tuple(quotes),
            confidence=min((part.confidence for part in answered), default=0.0),
            policy_sha256=policy.sha256,
            topic=(answered or list(found))[0].topic,
            policy_date=policy.dated,
            policy_language=policy.language,
            other_language=policy.language != language,
            hidden_contact=any(part.hidden for part in found) or any(hides_contact(quote.text) for quote in quotes),
            conflicting=any(part.conflicting for part in answered),
            stale_law=any(names_stale_law(quote.text) for quote in quotes),
            unanswered=tuple(text for text, part in zip(asked, found, strict=True) if not part.spans) if quotes else (),
            silent_topics=tuple(part.topic for part in found if not part.spans),
        )


def _with_bytes(text: str) -> str:
    """The text with "?" for half of a surrogate pair, as broken clients send it: no encoder could read that."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _merit(index: PolicyIndex, topic: str, span: Span, vector: Matrix) -> float:
    """How well a proposed span fits both its topic and the words of the question."""
    return index.topics.weight(topic, span) + 2 * index.likeness(span, vector)


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
