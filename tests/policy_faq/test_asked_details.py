"""A passage on the right topic is no answer where it lacks the very thing that was asked."""

import pytest
from policy_builders import a_policy

from policy_faq import Answerer
from policy_faq.asked_details import holds_details
from policy_faq.firms import firms_asked

COURIERS = "Delivery\n\nWe give your name and address to {} so that your parcel reaches you.\n"


@pytest.mark.parametrize(
    ("question", "couriers", "answered"),
    [
        ("Which couriers get my address?", "the postal service", False),
        ("Which couriers get my address?", "our courier, Swiftfoot Parcels,", True),
        ("Does DHL get my address?", "the postal service", False),
        ("Does DHL get my address?", "couriers such as UPS", False),
        ("Does DHL get my address?", "couriers such as DHL", True),
        ("Which courier gets my address, DHL?", "couriers such as UPS", True),
        ("Do couriers get my address?", "the postal service", True),
    ],
)
def test_a_firm_is_told_by_its_name_only(answerer: Answerer, question: str, couriers: str, answered: bool) -> None:
    assert answerer.answer(question, a_policy(COURIERS.format(couriers))).answered is answered


@pytest.mark.parametrize(
    ("question", "firms"),
    [
        ("is there a tiktok pixel on your pages", {"tiktok"}),
        ("Habt ihr ein TikTok-Pixel?", {"tiktok"}),
        ("If I write to you on Instagram, do you keep it?", set()),
        ("I paid with Klarna, who has my address now?", set()),
        ("can i opt out of facebook ads", set()),
        ("have you upset anybody with your adverts", set()),
    ],
)
def test_a_firm_that_is_only_the_place_of_something_is_not_asked_about(question: str, firms: set[str]) -> None:
    assert firms_asked(question) == firms


def test_who_names_the_owner_names_its_networks() -> None:
    assert holds_details("do you share with facebook", "Meta (for our adverts).")
    assert not holds_details("do you share with tiktok", "Meta (for our adverts).")


def test_a_firm_may_stand_in_the_heading_of_a_passage() -> None:
    assert holds_details("what does hotjar record", "It records clicks.", heading="Hotjar")
    assert not holds_details("what does hotjar record", "It records clicks.", heading="Analytics")


@pytest.mark.parametrize(
    ("question", "telling", "silent"),
    [
        ("who pays for it?", "Each side bears its own costs.", "A dispute goes to arbitration."),
        ("is my data kept outside the EU?", "Our servers are in the United States.", "We share data with agencies."),
        ("is my photo shown to other people?", "We show no picture of yours.", "A workshop mends your bracelet."),
        ("must i send you my passport?", "We never ask for a passport.", "We verify who you are."),
        ("is my password scrambled?", "Passwords are hashed.", "We keep your log-in and password."),
    ],
)
def test_a_detail_that_is_asked_for_must_stand_there(question: str, telling: str, silent: str) -> None:
    assert holds_details(question, telling)
    assert not holds_details(question, silent)


@pytest.mark.parametrize(
    "question",
    [
        "Do you tell anybody outside your company?",
        "Under which country's law do we argue?",
        "I don't want to send my ID, what else is there?",
        "Do others put cookies on my phone via your website?",
        "who pays you for my data",
    ],
)
def test_words_that_ask_for_something_else_ask_for_no_detail(question: str) -> None:
    assert holds_details(question, "We do as we say.")
