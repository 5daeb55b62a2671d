"""Topic maps: written by line numbers, read back to the same spans, and kept vectors."""

from pathlib import Path

import pytest
from policy_builders import a_policy

from policy_faq import Answerer, Policy, PolicyError, find_map
from policy_faq.encoder import load_encoder
from policy_faq.topic_map import as_toml, load_map

TEXT = "Orders\n\nWe keep orders and invoices for seven years. We share them with nobody.\n\nWe never sell your data.\n"


def a_map(folder: Path, policy: Policy, spans: str) -> Path:
    (folder / "shop").mkdir(exist_ok=True)
    path = folder / "shop" / "topics.toml"
    path.write_text(f'policy_sha256 = "{policy.sha256}"\n\n[spans]\n{spans}\n', encoding="utf-8")
    return path


def test_a_span_is_a_line_lines_or_characters_of_a_line(tmp_path: Path) -> None:
    policy = a_policy(TEXT)
    path = a_map(tmp_path, policy, 'sale_of_data = ["9"]\nretention_orders = ["7:0-44"]\nsharing_general = ["7-9"]')

    found = load_map(path, policy)

    assert found is not None
    texts = {topic: policy.text[slice(*spans[0])] for topic, spans in found.spans.items()}
    assert texts["sale_of_data"] == "We never sell your data."
    assert texts["retention_orders"] == "We keep orders and invoices for seven years."
    assert texts["sharing_general"].endswith("We never sell your data.")


def test_a_map_for_another_version_is_not_used(tmp_path: Path) -> None:
    path = a_map(tmp_path, a_policy(TEXT), 'sale_of_data = ["9"]')

    assert load_map(path, a_policy(TEXT + "\nMore about your data.\n")) is None


def test_the_operators_map_is_found_by_the_hash_of_the_policy(tmp_path: Path) -> None:
    policy = a_policy(TEXT)
    a_map(tmp_path, policy, 'sale_of_data = ["9"]')

    found = find_map(policy, folders=[tmp_path])

    assert found is not None
    assert list(found.spans) == ["sale_of_data"]


@pytest.mark.parametrize("span", ["99", "x", "7:5-5"])
def test_a_span_that_is_not_there_is_named(span: str, tmp_path: Path) -> None:
    policy = a_policy(TEXT)
    path = a_map(tmp_path, policy, f'sale_of_data = ["{span}"]')

    with pytest.raises(PolicyError, match="sale_of_data"):
        load_map(path, policy)


def test_a_proposed_map_can_be_written_down_and_read_back(tmp_path: Path, answerer: Answerer) -> None:
    policy = a_policy(TEXT)
    proposed = answerer.topic_map(policy)
    path = tmp_path / "topics.toml"
    path.write_text(as_toml(policy, proposed, author="A. Clerk"), encoding="utf-8")

    found = load_map(path, policy)

    assert found is not None
    assert found.reviewed_by == "A. Clerk"
    assert dict(found.spans) == dict(proposed.spans)
    assert "seven" not in path.read_text(encoding="utf-8")


def test_what_an_import_works_out_is_kept_under_the_hashes_of_policy_and_encoder(tmp_path: Path) -> None:
    encoder = load_encoder()
    assert encoder is not None
    policy = a_policy(TEXT)

    first = Answerer.load(encoder, cache=tmp_path).answer("Do you sell my data?", policy)
    second = Answerer.load(encoder, cache=tmp_path).answer("Do you sell my data?", policy)

    assert [path.name for path in tmp_path.iterdir()] == [f"{policy.sha256}.{encoder.version}.npy"]
    assert first.quotes == second.quotes
