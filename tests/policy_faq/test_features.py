"""The features are TF-IDF as everybody else works it out, with numpy alone."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from policy_faq.catalogue import load_topics
from policy_faq.features import Features, fit_features, folded
from policy_faq.train import rows


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [text for topic in load_topics()[::6] for text in topic.phrasings["en"]] + [
        "",
        "?",
        "a",
        "İ ß ǅ",
        "é e\u0301",
    ]


@pytest.fixture(scope="module")
def vectorisers(texts: list[str]) -> tuple[TfidfVectorizer, TfidfVectorizer]:
    plain = [folded(text) for text in texts]
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"[^\W_]+")
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=3, sublinear_tf=True)
    return words.fit(plain), letters.fit(plain)


@pytest.fixture(scope="module")
def features(texts: list[str]) -> Features:
    return fit_features(texts)


def test_the_vocabularies_are_those_of_the_reference(
    features: Features, vectorisers: tuple[TfidfVectorizer, TfidfVectorizer]
) -> None:
    assert dict(features.words.places) == vectorisers[0].vocabulary_
    assert dict(features.letters.places) == vectorisers[1].vocabulary_


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_the_rows_are_those_of_the_reference(
    features: Features, vectorisers: tuple[TfidfVectorizer, TfidfVectorizer], text: str
) -> None:
    given_texts = [text, f"how long do you keep {text} orders"]

    ours = rows(features, given_texts)

    theirs = csr_matrix(hstack([vectoriser.transform([folded(t) for t in given_texts]) for vectoriser in vectorisers]))
    assert abs(ours - theirs).max() < 1e-9


def test_scores_are_the_rows_times_the_weights(features: Features, texts: list[str]) -> None:
    chance = np.random.default_rng(7)
    weights = chance.normal(size=(features.width, 5)).astype(np.float32)

    assert np.allclose(features.times(weights, texts), rows(features, texts) @ weights, atol=1e-4)


def test_answering_needs_neither_scipy_nor_scikit_learn() -> None:
    code = "import sys, policy_faq; sys.exit(bool({'scipy', 'sklearn'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
