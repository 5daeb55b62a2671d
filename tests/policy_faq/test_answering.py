"""What is answered, and what is refused."""

from collections.abc import Mapping

import pytest
from policy_builders import a_policy

from policy_faq import Answerer, Policy, goes_on_asking
from policy_faq.question_parts import in_their_sense, parts
from policy_faq.slots import asks_duration

SHOP = """1. Orders

We keep orders and invoices for seven years after the purchase.

2. Selling

We do not sell your personal data to third parties.

3. Contact

Email: [email protected]

Phone: 1-800-555-1234

You can write to us at [Company Address][City, State].

4. Your requests

You have the right to access the personal data we hold about you.

We will answer your request promptly.

5. Transfers

Access from the United States is covered by our Privacy Shield registration.
"""


@pytest.fixture(scope="module")
def shop() -> Policy:
    return a_policy(SHOP)


def test_a_question_gets_the_sentence_that_answers_it(answerer: Answerer, shop: Policy) -> None:
    answer = answerer.answer("How long do you keep my invoices?", shop)

    assert [quote.text for quote in answer.quotes] == [
        "We keep orders and invoices for seven years after the purchase."
    ]
    assert answer.quotes[0].section == "1. Orders"


@pytest.mark.parametrize(
    "question",
    [
        "Do you film customers in your shop?",
        "Is there two-factor login?",
        "Do you record phone calls?",
        "What time do you open?",
    ],
)
def test_what_the_policy_never_touches_is_refused(question: str, answerer: Answerer, shop: Policy) -> None:
    answer = answerer.answer(question, shop)

    assert not answer.answered
    assert answer.confidence == 0.0


def test_how_many_days_needs_a_number_of_days(answerer: Answerer, shop: Policy) -> None:
    vague = answerer.answer("How soon do you answer my request?", shop)
    exact = answerer.answer("Within how many days do you answer my request?", shop)

    assert vague.answered
    assert not exact.answered


@pytest.mark.parametrize("question", ["What is your phone number?", "What is your postal address?"])
def test_a_hidden_contact_is_never_given_out(question: str, answerer: Answerer, shop: Policy) -> None:
    answer = answerer.answer(question, shop)

    assert not any("555" in quote.text or "[" in quote.text for quote in answer.quotes)


def test_two_questions_in_one_are_each_answered_or_refused(answerer: Answerer, shop: Policy) -> None:
    answer = answerer.answer("Do you sell my data and is there a camera in your shop?", shop)

    assert [quote.section for quote in answer.quotes] == ["2. Selling"]
    assert answer.unanswered == ("is there a camera in your shop?",)


def test_a_false_premise_gets_the_policys_own_words(answerer: Answerer, shop: Policy) -> None:
    answer = answerer.answer("Since you sell my data to third parties, how much do you earn?", shop)

    assert all("do not sell" in quote.text for quote in answer.quotes)


def test_stale_law_is_marked(answerer: Answerer, shop: Policy) -> None:
    answer = answerer.answer("What safeguards protect data that is transferred to the US?", shop)

    assert answer.answered
    assert answer.stale_law


def test_a_follow_up_uses_the_question_before(answerer: Answerer, marigold: Policy) -> None:
    answer = answerer.answer("and for how long?", marigold, context=("Do you keep the pictures of your shop cameras?",))

    assert any("30 days" in quote.text for quote in answer.quotes)


def test_quotes_of_one_answer_stand_in_reading_order(answerer: Answerer, policies: Mapping[str, Policy]) -> None:
    for policy in policies.values():
        for question in ("How do I unsubscribe?", "How long do you keep my data?", "How do I delete my data?"):
            starts = [quote.start for quote in answerer.answer(question, policy).quotes]
            assert starts == sorted(starts)


def test_a_quote_in_another_language_is_marked(answerer: Answerer, shop: Policy) -> None:
    assert answerer.answer("Verkauft ihr meine Daten?", shop, language="de").other_language
    assert not answerer.answer("Do you sell my data?", shop).other_language


def test_without_an_encoder_plain_questions_are_still_answered(marigold: Policy) -> None:
    answer = Answerer.load(None).answer("Do you sell my personal data?", marigold)

    assert any("do not sell" in quote.text for quote in answer.quotes)


def test_conflicting_passages_are_all_shown(answerer: Answerer, real: Mapping[str, Policy]) -> None:
    answer = answerer.answer("How many days do you take to answer a privacy request?", real["jane-ellen"])

    assert answer.conflicting
    assert {quote.first_line for quote in answer.quotes} >= {26, 622}


def test_a_redacted_address_of_a_real_policy_is_marked_not_given(
    answerer: Answerer, real: Mapping[str, Policy]
) -> None:
    answer = answerer.answer("What is your phone number for privacy questions?", real["jane-ellen"])

    assert answer.hidden_contact
    assert not any("555" in quote.text for quote in answer.quotes)


def test_spam_and_headers_are_never_quoted(answerer: Answerer, real: Mapping[str, Policy]) -> None:
    for question in ("How many customers and items sold?", "Which themes and templates do you have?"):
        assert not any(quote.first_line <= 8 for quote in answerer.answer(question, real["jane-ellen"]).quotes)
    archived = answerer.answer("When was this archived on the Wayback Machine?", real["james-allen"])
    assert not any(quote.first_line == 1 for quote in archived.quotes)


def test_a_clear_question_does_not_lean_on_the_one_before(answerer: Answerer, shop: Policy) -> None:
    answer = answerer.answer("Is this data sold to others?", shop, context=("How long do you keep my invoices?",))

    assert [quote.section for quote in answer.quotes] == ["2. Selling"]


@pytest.mark.parametrize(
    "question", ["\ud83d", "how long do you keep \udfff orders?", "", "\x00", "🙂" * 3000, "a\u202eb" * 99]
)
def test_no_text_makes_answering_fail(question: str, answerer: Answerer, shop: Policy) -> None:
    answer = answerer.answer(question, shop, context=("\udc00 and my orders?",))

    assert all(quote.text == shop.text[quote.start : quote.end] for quote in answer.quotes)


def test_a_question_for_a_name_is_refused_where_no_name_stands(answerer: Answerer) -> None:
    nameless = a_policy("Payment\n\nYour payment is processed by a payment provider who is bound to secrecy.\n")
    named = a_policy("Payment\n\nYour payment is processed by our payment provider, Copperbridge Payments.\n")

    found = [answerer.answer("which payment provider do you use, name please", each) for each in (nameless, named)]

    assert [answer.answered for answer in found] == [False, True]


@pytest.mark.parametrize(
    ("message", "understood"),
    [
        (
            "Can my lawyer ask in my place, and what must he show you?",
            "Can my lawyer ask in my place what must he show you?",
        ),
        ("How long do you keep orders, and is there a camera in your shop?", "is there a camera in your shop?"),
    ],
)
def test_a_part_that_leans_on_the_one_before_is_read_with_it(message: str, understood: str) -> None:
    assert in_their_sense(parts(message))[-1] == understood


@pytest.mark.parametrize(
    ("message", "goes_on"),
    [
        ("and for how long?", True),
        ("why?", True),
        ("und wie lange?", True),
        ("et combien de temps ?", True),
        ("Thanks, that is all.", False),
        ("yes please", False),
        ("Where is the parcel that I ordered last week with the two rings?", False),
    ],
)
def test_a_short_question_may_go_on_from_the_one_before(message: str, goes_on: bool) -> None:
    assert goes_on_asking(message) is goes_on


@pytest.mark.parametrize(
    ("about", "question", "line"),
    [("collected_order", "and for how long?", 54), ("access_how", "does it cost anything?", 127)],
)
def test_a_follow_up_is_answered_in_the_sense_of_the_topic_before(
    answerer: Answerer, marigold: Policy, about: str, question: str, line: int
) -> None:
    assert line in [quote.first_line for quote in answerer.answer(question, marigold, about=about).quotes]


@pytest.mark.parametrize(
    "question",
    [
        "Wie lange bewahrt ihr meine Rechnungen auf?",
        "Combien de temps gardez-vous mes factures ?",
        "¿Cuánto tiempo guardan mis facturas?",
        "Per quanto tempo conservate le mie fatture?",
        "Hoe lang bewaren jullie mijn facturen?",
        "Jak długo przechowujecie moje faktury?",
    ],
)
def test_a_question_in_each_language_gets_the_policys_own_words(
    question: str, answerer: Answerer, shop: Policy
) -> None:
    assert [quote.section for quote in answerer.answer(question, shop).quotes] == ["1. Orders"]


NAMES = """1. Partners

Our parcels are brought by couriers such as Swiftfoot and Larkpost.

Our mails are sent with Quillbird, and our tills are run by Copperbridge.

2. Rights

You have the right of access to the personal data that we hold about you.

Write to us at privacy@shop.example to use your right of access.
"""


def test_a_name_that_no_topic_knows_leads_to_the_sentence_that_names_it(answerer: Answerer) -> None:
    policy = a_policy(NAMES)

    found = [answerer.answer(f"whatever is this {name} thing", policy) for name in ("Quillbird", "Featherbill")]

    assert ["Quillbird" in quote.text for quote in found[0].quotes] == [True]
    assert not found[1].answered


def test_who_asks_which_address_to_write_to_gets_the_sentence_with_the_address(answerer: Answerer) -> None:
    answer = answerer.answer("Which e-mail address do I use to get a copy of my data?", a_policy(NAMES))

    assert answer.quotes
    assert all("privacy@shop.example" in quote.text for quote in answer.quotes)


@pytest.mark.parametrize("question", ["und wie lange?", "et pendant combien de temps ?", "i przez jak długo?"])
def test_how_long_is_heard_in_other_languages(question: str) -> None:
    assert asks_duration(question)
