"""Trains the topic readers from the catalogue: `python -m policy_faq.train`, after `policy_faq.fine_tune` or alone.

A linear model of words joins each topic's nearest examples by the sentence model's vectors; without an encoder the
words stand alone. After small changes of the catalogue this is enough; the sentence model may be older.
"""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from policy_faq.catalogue import NO_TOPIC, Topic, load_topics
from policy_faq.encoder import load_encoder
from policy_faq.features import VECTOR, Encoder, Features, fit_features
from policy_faq.topic_reader import Artefact, Blend, TopicReader, save_artefact

#: Inverse strength of the words' regularisation.
_C_QUESTIONS, _C_STATEMENTS = 10.0, 30.0
#: Chosen on phrasings, one in ten by their hash, that neither the words nor the vectors had learned from.
_QUESTIONS = Blend(words=0.24, words_alone=1.5, nearest=24.0)
_STATEMENTS = Blend(words=0.24, words_alone=1.0, nearest=24.0, neighbours=1)


def train(topics: Sequence[Topic], encoder: Encoder | None) -> Artefact:
    """The readers of questions and of statements; without an encoder they are made of words only."""
    return Artefact(
        questions=fit_reader(questions_of(topics), encoder, strength=_C_QUESTIONS, blend=_QUESTIONS),
        statements=fit_reader(statements_of(topics), encoder, strength=_C_STATEMENTS, blend=_STATEMENTS),
        catalogue=catalogue_digest(topics),
        encoder=encoder.version if encoder else "",
    )


def questions_of(topics: Sequence[Topic]) -> list[tuple[str, str]]:
    """Every phrasing in every language, with its topic's name."""
    return [(text, topic.name) for topic in topics for text in all_phrasings(topic)]


def statements_of(topics: Sequence[Topic]) -> list[tuple[str, str]]:
    """How policies word a topic, and what it means, with its name."""
    return [
        (text, topic.name)
        for topic in topics
        for text in (*topic.statements, *(() if topic.name == NO_TOPIC else (topic.definition,)))
    ]


def fit_reader(
    labelled: Sequence[tuple[str, str]], encoder: Encoder | None, *, strength: float, blend: Blend
) -> TopicReader:
    """A reader for (text, topic) pairs."""
    texts = [text for text, _ in labelled]
    topics = np.array([name for _, name in labelled])
    features = fit_features(texts)
    model = LogisticRegression(C=strength, max_iter=150, tol=1e-3)
    model.fit(rows(features, texts), topics)
    names = sorted(set(map(str, topics)))
    order = np.argsort(topics, kind="stable")
    vectors = None if encoder is None else encoder.encode(texts)
    return TopicReader(
        names=tuple(names),
        blend=blend,
        features=features,
        weights=np.ascontiguousarray(model.coef_.T, dtype=np.float32),
        bias=np.asarray(model.intercept_, dtype=np.float32),
        examples=np.zeros((0, VECTOR), dtype=np.float32) if vectors is None else vectors[order],
        first_examples=tuple(int(place) for place in np.searchsorted(topics[order], names)),
    )


def rows(features: Features, texts: Sequence[str]) -> csr_matrix:
    """One row a text, as the features make them in use."""
    sparse = [features.row(text) for text in texts]
    ends = np.cumsum([0, *(len(columns) for columns, _ in sparse)])
    columns = np.concatenate([columns for columns, _ in sparse])
    values = np.concatenate([values for _, values in sparse])
    return csr_matrix((values, columns, ends), shape=(len(texts), features.width))


def all_phrasings(topic: Topic) -> Iterator[str]:
    """The phrasings of a topic in every language."""
    for phrasings in topic.phrasings.values():
        yield from phrasings


def catalogue_digest(topics: Sequence[Topic]) -> str:
    """SHA-256 over names, phrasings and statements: whether an artefact belongs to a catalogue."""
    digest = hashlib.sha256()
    for topic in topics:
        for text in (topic.name, *all_phrasings(topic), *topic.statements, topic.definition):
            digest.update(text.encode() + b"\0")
    return digest.hexdigest()


if __name__ == "__main__":
    save_artefact(train(load_topics(), load_encoder()))
