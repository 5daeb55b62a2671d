"""Trains the topic models from the catalogue alone: `train(load_topics(), encoder)`.

A linear model over words and sentence vectors is joined by the nearest phrasing; a second model does without vectors.
"""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from policy_faq.catalogue import NO_TOPIC, Topic
from policy_faq.features import VECTOR, Encoder, Features, Matrix, fit_features
from policy_faq.glossary import in_english
from policy_faq.topic_reader import Artefact, TopicReader

#: Inverse strength of the regularisation of each model.
_C_QUESTIONS = 10.0
_C_STATEMENTS = 30.0


def train(topics: Sequence[Topic], encoder: Encoder | None) -> Artefact:
    """The models for `topics`; without an encoder all three are made of words only."""
    questions = [(in_english(text), topic.name) for topic in topics for text in all_phrasings(topic)]
    statements = [
        (text, topic.name)
        for topic in topics
        for text in (*topic.statements, *(() if topic.name == NO_TOPIC else (topic.definition,)))
    ]
    return Artefact(
        with_vectors=fit_reader(questions, encoder, strength=_C_QUESTIONS),
        without_vectors=fit_reader(questions, None, strength=_C_QUESTIONS),
        statements=fit_reader(statements, encoder, strength=_C_STATEMENTS),
        catalogue=catalogue_digest(topics),
    )


def fit_reader(
    labelled: Sequence[tuple[str, str]], encoder: Encoder | None, *, strength: float, vectors: Matrix | None = None
) -> TopicReader:
    """A reader for (text, topic) pairs; `vectors` may give the texts' vectors ready made."""
    texts = [text for text, _ in labelled]
    if vectors is None and encoder is not None:
        vectors = encoder.encode(texts)
    topics = np.array([name for _, name in labelled])
    features = fit_features(texts)
    model = LogisticRegression(C=strength, max_iter=150, tol=1e-3)
    model.fit(rows(features, texts, vectors), topics)
    order = np.argsort(topics, kind="stable")
    examples = np.zeros((0, VECTOR), dtype=np.float32) if vectors is None else vectors[order]
    return TopicReader(
        features=features,
        names=tuple(map(str, model.classes_)),
        weights=np.ascontiguousarray(model.coef_.T, dtype=np.float32),
        bias=np.asarray(model.intercept_, dtype=np.float32),
        examples=examples,
        first_examples=tuple(int(place) for place in np.searchsorted(topics[order], model.classes_)),
    )


def rows(features: Features, texts: Sequence[str], vectors: Matrix | None) -> csr_matrix:
    """One row a text, as the features make them in use."""
    sparse = [features.sparse_row(text) for text in texts]
    ends = np.cumsum([0, *(len(columns) for columns, _ in sparse)])
    columns = np.concatenate([columns for columns, _ in sparse])
    values = np.concatenate([values for _, values in sparse])
    plain = csr_matrix((values, columns, ends), shape=(len(texts), features.width - VECTOR))
    dense = np.zeros((len(texts), VECTOR), dtype=np.float32) if vectors is None else vectors * features.vector_weight
    return csr_matrix(hstack([plain, csr_matrix(dense)]))


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
