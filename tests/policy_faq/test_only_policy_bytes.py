"""Law 2: every quote is a verbatim span of the stored text, with its own section and lines."""

from collections.abc import Mapping

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_faq import Answerer, Policy, PolicyAnswer, find_map, load_topics

PHRASINGS = [text for topic in load_topics() for texts in topic.phrasings.values() for text in texts]
QUESTIONS = st.one_of(
    st.sampled_from(PHRASINGS),
    st.tuples(st.sampled_from(PHRASINGS), st.sampled_from(PHRASINGS)).map(" and ".join),
    st.tuples(st.sampled_from(PHRASINGS), st.text(max_size=40)).map(" ".join),
    st.text(max_size=300),
)


def assert_only_policy_bytes(answer: PolicyAnswer, policy: Policy) -> None:
    assert answer.policy_sha256 == policy.sha256
    for quote in answer.quotes:
        assert quote.text == policy.text[quote.start : quote.end]
        assert quote.text.strip()
        assert quote.section == policy.section_at(quote.start).label
        assert quote.first_line == policy.line_at(quote.start)
        assert quote.last_line == policy.line_at(quote.end - 1)
        dropped = [range(drop.first_line, drop.last_line + 1) for drop in policy.dropped]
        assert not any(line in lines for lines in dropped for line in range(quote.first_line, quote.last_line + 1))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=QUESTIONS, place=st.integers(min_value=0, max_value=5))
def test_every_quote_is_a_span_of_its_policy(
    question: str, place: int, answerer: Answerer, policies: Mapping[str, Policy]
) -> None:
    policy = list(policies.values())[place % len(policies)]

    assert_only_policy_bytes(answerer.answer(question, policy), policy)


def test_plain_text_quotes_stand_in_the_lines_of_the_file(answerer: Answerer, policies: Mapping[str, Policy]) -> None:
    for policy in policies.values():
        if policy.rendering != "plain/1":
            continue
        lines = policy.text.split("\n")
        for question in PHRASINGS[::60]:
            for quote in answerer.answer(question, policy).quotes:
                assert quote.text in "\n".join(lines[quote.first_line - 1 : quote.last_line])


def test_reviewed_spans_begin_and_end_with_whole_words(policies: Mapping[str, Policy]) -> None:
    for name, policy in policies.items():
        found = find_map(policy)
        assert found is not None, name
        for topic, spans in found.spans.items():
            for start, end in spans:
                before, after = policy.text[start - 1 : start], policy.text[end : end + 1]
                glued = before.islower() and policy.text[start].isupper()
                assert not before.isalnum() or not policy.text[start].isalnum() or glued, (name, topic)
                assert not after.isalnum() or not policy.text[end - 1].isalnum() or after.isupper(), (name, topic)


def test_each_real_policy_has_a_reviewed_map(real: Mapping[str, Policy]) -> None:
    for policy in real.values():
        assert find_map(policy) is not None
