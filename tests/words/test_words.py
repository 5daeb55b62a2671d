"""What every language file owes: the same sentences, the same values, and nothing that must never be said."""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from string import Template

import pytest

from bot.core.effects import Line, Quotation
from bot.core.kinds import KINDS
from bot.core.proving import POINTS
from bot.core.rules.hand_to_a_human import CALLS
from bot.core.tickets import DENIAL_REASONS, LEVELS, MATCH_METHODS, State
from bot.words import caption, languages, phrase, render
from intents import load_catalogue

LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl")

#: The word that each language offers, beside the English one, to call a person.
CALL_FOR_A_PERSON = {
    "de": "MENSCH",
    "en": "HUMAN",
    "es": "HUMANO",
    "fr": "HUMAIN",
    "it": "UMANO",
    "nl": "MENS",
    "pl": "CZŁOWIEK",
}
CALLING_KEYS = (
    "mail_footer_human",
    "mail_footer_human_reply",
    "chat_greeting",
    "policy_does_not_say",
    "policy_does_not_say_all",
)

#: Names of identity documents in the seven languages; asking for one is over-collection (RELIABILITY T19).
IDENTITY_DOCUMENT = re.compile(
    r"\b(?:passports?|identity (?:card|document)s?|id (?:card|document|copy)|driv(?:er'?s|ing) licen[cs]e"
    r"|(?:personal)?ausweis\w*|reisepass\w*|führerschein\w*"
    r"|pi[èe]ces? d'identité|cartes? d'identité|passeports?|permis de conduire"
    r"|paspoort\w*|identiteits(?:bewijs|kaart)\w*|legitimatie\w*|rijbewijs\w*"
    r"|pasaportes?|dni|documento de identidad|carn[ée] de (?:identidad|conducir)"
    r"|passaport[oi]|carta d'identità|documento d'identità|patente"
    r"|dow(?:ód|od)\w* osobist\w*|paszport\w*|praw\w+ jazdy)\b",
    re.IGNORECASE,
)
MARKUP_OR_LINK = re.compile(r"<\s*[a-z/!]|&\w+;|&#|https?:|www\.|mailto:|\]\(", re.IGNORECASE)

DUMMIES = {
    "right": "deletion",
    "first": "deletion",
    "second": "access",
    "state": "open",
    "due": "2026-03-08",
    "shop": "Marigold & Finch",
    "contact": "hello@shop.example",
    "version": "316523b37434",
    "policy_date": "28 February 2019",
    "reference": "PD-7K3Q-9M2X",
    "other": "PD-4F8T-2B6W",
    "last_four": "9M2X",
    "code": "123456",
    "left": "3",
    "section": "7. Your rights",
    "lines": "12-14",
    "kind": "publication",
    "how": "code",
    "reason": "no_match",
    "received": "2026-03-02",
    "source": "GDPR Art. 12(3)",
    "regulator": "Data Protection Commission",
    "points": "order_number postcode",
    "link": "the page",
    "words": "Invoices, for the tax office.",
    "messages": "3",
    "replies": "2",
    "person": "a…@example.org",
}


def words_of(language: str) -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("bot.words").joinpath(f"{language}.toml").read_text(encoding="utf-8"))


def placeholders(sentence: str) -> list[str]:
    return sorted(Template(sentence).get_identifiers())


def test_the_bot_speaks_every_language_that_the_reader_knows() -> None:
    assert languages() == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_exactly_the_tables_and_keys_of_english_in_its_order(language: str) -> None:
    english, words = words_of("en"), words_of(language)

    assert [(table, list(keys)) for table, keys in words.items()] == [(t, list(keys)) for t, keys in english.items()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_has_the_placeholders_of_the_english_one(language: str) -> None:
    english, words = words_of("en")["sentences"], words_of(language)["sentences"]

    assert {key: placeholders(words[key]) for key in words} == {key: placeholders(english[key]) for key in english}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_has_a_stray_dollar_sign(language: str) -> None:
    assert [key for key, said in words_of(language)["sentences"].items() if not Template(said).is_valid()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_right_every_intent_and_every_state_has_a_word(language: str) -> None:
    words = words_of(language)

    assert set(words["rights"]) == set(LEVELS) | set(load_catalogue())
    assert set(words["states"]) == {state.value for state in State}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_every_reason_and_every_proof_has_a_word(language: str) -> None:
    words = words_of(language)

    assert set(words["kinds"]) == {kind for kinds in KINDS.values() for kind in kinds}
    assert set(words["reasons"]) == set(DENIAL_REASONS)
    assert set(words["proofs"]) == {"none", "code", "reply", "staff"} | MATCH_METHODS
    assert set(words["points"]) == set(POINTS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_rights_and_two_states_never_share_their_word(language: str) -> None:
    words = words_of(language)

    assert len(set(words["rights"].values())) == len(words["rights"])
    assert len(set(words["states"].values())) == len(words["states"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_asked_for_an_identity_document(language: str) -> None:
    assert [key for key, said in words_of(language)["sentences"].items() if IDENTITY_DOCUMENT.search(said)] == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Please send a copy of your passport.",
        "Bitte senden Sie eine Kopie Ihres Personalausweises.",
        "Joignez une pièce d'identité.",
        "Stuur een kopie van uw identiteitsbewijs.",
        "Adjunte una copia de su DNI.",
        "Alleghi un documento d'identità.",
        "Prosimy o skan dowodu osobistego.",
    ],
)
def test_the_check_for_identity_documents_can_fail(sentence: str) -> None:
    assert IDENTITY_DOCUMENT.search(sentence)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_contains_a_link_or_markup(language: str) -> None:
    assert [key for key, said in words_of(language)["sentences"].items() if MARKUP_OR_LINK.search(said)] == []


@pytest.mark.parametrize("sentence", ["See https://shop.example", "a <b>word</b>", "one &amp; two", "[here](there)"])
def test_the_check_for_links_and_markup_can_fail(sentence: str) -> None:
    assert MARKUP_OR_LINK.search(sentence)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_one_clean_line(language: str) -> None:
    words = words_of(language)

    said = [sentence for table in words.values() for sentence in table.values()]
    assert [sentence for sentence in said if re.search(r"^\s|\s$|  |[\t\r\n]", sentence)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_can_be_said(language: str) -> None:
    for key in words_of("en")["sentences"]:
        said = phrase(key, language, **DUMMIES)

        assert said
        assert "$" not in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", CALLING_KEYS)
def test_a_person_is_called_with_the_english_word_or_with_the_languages_own(language: str, key: str) -> None:
    said = words_of(language)["sentences"][key]

    assert {"human", CALL_FOR_A_PERSON[language].casefold()} <= CALLS
    assert re.search(r"\bHUMAN\b", said)
    assert re.search(rf"\b{CALL_FOR_A_PERSON[language]}\b", said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_time_a_code_lives_is_told_in_every_language(language: str) -> None:
    said = words_of(language)["sentences"]

    assert all("24" in said[key] for key in ("code_sent_mail", "code_lasts_hours"))
    assert all("10" in said[key] for key in ("code_sent_chat", "code_lasts_minutes"))


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("de", "8. März 2026"),
        ("en", "March 8, 2026"),
        ("es", "8 de marzo de 2026"),
        ("fr", "8 mars 2026"),
        ("it", "8 marzo 2026"),
        ("nl", "8 maart 2026"),
        ("pl", "8 marca 2026"),
    ],
)
def test_a_date_comes_out_in_the_language(language: str, written: str) -> None:
    opened = Line(key="opened", values={"right": "deletion", "reference": "PD-7K3Q-9M2X", "due": "2026-03-08"})

    assert written in render(opened, language)


def test_a_right_and_a_state_come_out_in_the_language() -> None:
    values = {"reference": "PD-1", "right": "deletion", "state": "open", "due": "2026-03-08"}

    assert phrase("status", "de", **values) == "Antrag PD-1 (Löschung Ihrer Daten): offen, fällig bis zum 8. März 2026."


def test_a_missing_value_is_an_error_and_not_a_hole() -> None:
    with pytest.raises(KeyError):
        phrase("opened", "en", right="deletion")


def test_a_quotation_is_said_as_it_stands() -> None:
    quoted = Quotation(text="We keep $ and <b>.", section="4", first_line=3, last_line=3, policy_sha256="0" * 64)

    assert render(quoted, "pl") == "We keep $ and <b>."


def test_a_caption_names_the_date_that_the_policy_gives_itself() -> None:
    quoted = Quotation(
        text="x", section="", first_line=3, last_line=3, policy_sha256="ab" * 32, policy_date="1 May 2026"
    )

    assert caption(quoted, "de").endswith("Zeile 3 (1 May 2026, Fassung abababababab)")


@pytest.mark.parametrize(
    ("last_line", "section", "expected"),
    [
        (3, "Cookies", 'From our privacy policy, section "Cookies", line 3 (version 000000000000)'),
        (5, "Cookies", 'From our privacy policy, section "Cookies", lines 3-5 (version 000000000000)'),
        (3, "", "From our privacy policy, line 3 (version 000000000000)"),
    ],
)
def test_a_caption_names_the_section_and_the_lines(last_line: int, section: str, expected: str) -> None:
    quoted = Quotation(text="x", section=section, first_line=3, last_line=last_line, policy_sha256="0" * 64)

    assert caption(quoted, "en") == expected
