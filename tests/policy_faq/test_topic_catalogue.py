"""The topic catalogue and the models that were trained from it."""

from pathlib import Path

import pytest

from policy_faq import CatalogueError, load_topics
from policy_faq.topic_reader import Blend, load_artefact
from policy_faq.train import catalogue_digest, fit_reader


def test_every_topic_is_asked_in_many_ways_and_worded_by_policies() -> None:
    topics = load_topics()

    assert len(topics) >= 120
    assert all(len(topic.phrasings["en"]) >= 8 for topic in topics)
    assert all(topic.statements for topic in topics)


def test_the_models_belong_to_the_catalogue() -> None:
    assert load_artefact().catalogue == catalogue_digest(load_topics())


def test_no_phrasing_stands_under_two_topics() -> None:
    seen: dict[str, str] = {}
    for topic in load_topics():
        for texts in topic.phrasings.values():
            for text in texts:
                assert seen.setdefault(text.casefold(), topic.name) == topic.name, text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('definition = "x"\nfallbacks = ["nowhere"]\n[phrasings]\nen = ["a"]\n', "nowhere"),
        ('definition = "x"\nslot = "colour"\n[phrasings]\n', "colour"),
        ('definition = "x"\nwhat = 1\n[phrasings]\n', "what"),
        ("definition", "sale.toml"),
    ],
)
def test_a_broken_topic_file_names_itself(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "sale.toml").write_text(text, encoding="utf-8")

    with pytest.raises(CatalogueError, match=reason):
        load_topics(tmp_path)


def test_a_missing_artefact_says_to_train_again(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="train it again"):
        load_artefact(tmp_path)


def test_a_reader_tells_topics_apart_by_words_alone() -> None:
    asked = {"sale": "do you sell my data", "cctv": "is there a camera", "cookies": "which cookies are there"}
    pairs = [(f"{text} {letter}", topic) for topic, text in asked.items() for letter in "abcdef"]

    reader = fit_reader(pairs, None, strength=10.0, blend=Blend(words=0.2, words_alone=1.0, nearest=20.0))

    assert reader.names[int(reader.read(["sell data?"], None)[0].argmax())] == "sale"
