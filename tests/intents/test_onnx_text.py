"""Texts are run together where that is cheap: all of them, in order, and no short one padded to a long one's length."""

from hypothesis import given
from hypothesis import strategies as st

from intents.onnx_text import cheapest_cuts


@given(lengths=st.lists(st.integers(min_value=0, max_value=160), max_size=80).map(sorted))
def test_every_text_is_run_once_and_no_run_is_large(lengths: list[int]) -> None:
    cuts = cheapest_cuts(lengths)

    assert [place for first, end in cuts for place in range(first, end)] == list(range(len(lengths)))
    assert all(end - first == 1 or (end - first) * lengths[end - 1] <= 256 for first, end in cuts)


def test_a_long_text_does_not_pad_short_ones() -> None:
    assert cheapest_cuts([8] * 6 + [120]) == [(0, 6), (6, 7)]


def test_texts_of_like_length_are_run_together() -> None:
    assert cheapest_cuts([18, 19, 20, 21]) == [(0, 4)]


def test_nothing_is_no_run() -> None:
    assert cheapest_cuts([]) == []
