"""What becomes of a policy's file at import."""

import contextlib
import time

import pytest
from policy_builders import a_policy

from policy_faq import NotAPolicy, Policy, import_policy


def words_of(policy: Policy) -> list[str]:
    return [policy.text[unit.start : unit.end] for unit in policy.units]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (b"\x00\x01\x02" * 1000, "binary"),
        (bytes(range(1, 32)) * 500, "binary"),
        (b"privacy personal data cookies. " * 2_000_000, "more than 50,000,000"),
        (b"privacy personal data cookies. " * 100_000, "characters of text"),
        (b"privacy personal data cookies.\n" + b"\n" * 100_001, "lines"),
        (b"<html><body><p>privacy, cookies</p>" + b"<p>" * 1_000_001, "tags"),
        (b"%PDF-1.7 privacy personal data cookies", "a PDF"),
        (b"PK\x03\x04 privacy personal data cookies", "archive"),
        (b"privacy personal data\n\n" + b"# Your cookies\n\n" * 49_000, "headings"),
        (b"Two eggs, flour and a pinch of salt. Stir, bake and serve warm.\n" * 40, "does not read like"),
    ],
)
def test_a_file_that_is_no_policy_is_refused_in_one_clear_line(raw: bytes, reason: str) -> None:
    with pytest.raises(NotAPolicy) as told:
        import_policy(raw, name="file")

    assert reason in str(told.value)
    assert "\n" not in str(told.value)


def test_plain_text_is_stored_as_it_is() -> None:
    raw = "Privacy\n\nWe keep your personal data safe.\u00a0 \n\nOur “cookies” don’t bite".encode()

    policy = import_policy(raw, name="p")

    assert policy.text == raw.decode()
    assert policy.rendering == "plain/1"


def test_the_last_rule_counts_though_the_file_has_no_final_newline() -> None:
    policy = a_policy("Contact\n\nShould anything be unclear, write to us at privacy@shop.example and we will help")

    last = policy.units[-1]

    assert policy.text[last.start : last.end].endswith("we will help")
    assert policy.quote(last.start, last.end).first_line == 7


def test_no_break_spaces_and_curly_quotes_stay_in_the_quote() -> None:
    policy = a_policy("Clarity.\u00a0\n\nWe don’t sell your “personal data” to\u00a0anybody at all, and we never will.")

    assert words_of(policy)[-1] == "We don’t sell your “personal data” to\u00a0anybody at all, and we never will."


def test_a_line_ends_at_line_feed_and_the_first_is_one() -> None:
    policy = import_policy(b"Privacy policy\r\n\r\nWe use cookies and personal data.\r\nWe keep it safe.\r\n", name="p")

    lines = [policy.quote(unit.start, unit.end).first_line for unit in policy.units]

    assert lines == [3, 4]


def test_a_flattened_table_gives_its_cells_and_keeps_the_name_of_the_row() -> None:
    policy = a_policy("Right to access your informationYou can ask us for a copy of the personal data at any time.\n")

    unit = policy.units[-1]

    assert policy.text[unit.start : unit.end] == "You can ask us for a copy of the personal data at any time."
    assert policy.text[slice(*unit.lead)] == "Right to access your information"


def test_menus_and_advertisements_are_dropped_and_listed() -> None:
    menu = "Rings\nBy share\nHalo necklaces\nBracelets\n"
    advert = "😄😄😄Thousands of easy themes for any project。Join the community of millions today。😄\n"
    raw = (menu + advert + "Privacy policy\nWe use your personal data and cookies with care.\n").encode()

    policy = import_policy(raw, name="p")

    assert [(drop.first_line, drop.last_line, drop.reason) for drop in policy.dropped] == [
        (1, 4, "menu"),
        (5, 5, "advertisement"),
    ]
    assert words_of(policy) == ["We use your personal data and cookies with care."]


def test_two_headings_of_one_title_are_two_sections() -> None:
    policy = a_policy("OUR DATA\n\nWe use your data for orders.\n\nOUR DATA\n\nWe never sell your data to anyone.\n")

    sections = [policy.section_at(unit.start) for unit in policy.units[-2:]]

    assert [section.title for section in sections] == ["OUR DATA", "OUR DATA"]
    assert sections[0].line != sections[1].line


def test_headings_are_never_units() -> None:
    policy = a_policy("1. Retention\n\nWe keep your data for six years after your last order.\n")

    assert "1. Retention" not in words_of(policy)
    assert policy.section_at(policy.units[-1].start).label == "1. Retention"


def test_markdown_loses_its_marks_and_keeps_its_lines() -> None:
    source = (
        "## 1\\. Privacy policy\n\nWe use _personal data_ and **cookies** of yours.\n\n## 2\\. Contact\n\n"
        "Write to [_us@shop.example_](mailto:us@shop.example) or use [our form](https://shop.example/form).\n"
    )

    policy = import_policy(source.encode(), name="p")

    assert policy.rendering == "markdown/1"
    assert words_of(policy) == [
        "We use personal data and cookies of yours.",
        "Write to us@shop.example or use our form (https://shop.example/form).",
    ]
    assert policy.quote(policy.units[1].start, policy.units[1].end).first_line == 7
    assert policy.section_at(policy.units[1].start).title == "2. Contact"


def test_html_becomes_visible_text_with_the_lines_of_the_file() -> None:
    source = (
        "<html><head><title>x</title><script>alert('privacy')</script></head>\n<body><nav><p>Shop</p></nav>\n"
        "<h1>Privacy policy</h1>\n<p>We use your\npersonal data &amp; cookies.</p>\n"
        "<table><tr><td>Orders</td><td>Kept for seven years.</td></tr></table></body></html>"
    )

    policy = import_policy(source.encode(), name="p")
    sentence, *cells = policy.units
    quote = policy.quote(sentence.start, sentence.end)

    assert quote.text == "We use your personal data & cookies."
    assert (quote.first_line, quote.last_line) == (4, 5)
    assert "alert" not in policy.text
    assert policy.text[slice(*cells[-1].lead)] == "Orders"


def test_a_short_paragraph_of_a_page_is_a_heading() -> None:
    long = "We use your personal data to deliver what you ordered and to answer what you asked."
    source = (
        f"<div><p><b>Why we use data</b></p>\n<p>{long}</p>\n<p><b>Cookies</b></p>\n<p>{long} Cookies too.</p></div>"
    )

    policy = import_policy(source.encode(), name="p")

    assert [section.title for section in policy.sections if section.title] == ["Why we use data", "Cookies"]


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 200_000,
        "<h1>Privacy</h1>" * 100_000,
        "<!--" * 200_000,
        "<script>" * 100_000,
        "<p>" + "<b <" * 200_000,
        "<nav>" * 100_000 + "</nav>",
        "&amp" * 200_000,
    ],
)
def test_a_hostile_page_is_read_or_refused_within_seconds(body: str) -> None:
    source = "<html><body><p>Privacy: we use personal data and cookies.</p>" + body
    begun = time.process_time()

    with contextlib.suppress(NotAPolicy):
        import_policy(source.encode(), name="p")

    assert time.process_time() - begun < 5


def test_a_saved_page_may_be_large_for_its_pictures() -> None:
    picture = b'<img src="data:' + b"A" * 10_000_000 + b'">'
    page = b"<html><body><h1>Privacy</h1><p>We keep your personal data.</p>" + picture + b"<p>We use cookies.</p>"

    assert len(import_policy(page, name="saved.html").units) == 2


@pytest.mark.parametrize(
    "odd", ["[" * 300_000, "\n" * 90_000, "a@" * 200_000, "1.1 " * 100_000, "| " * 200_000, "*_" * 200_000]
)
def test_a_hostile_text_is_read_within_seconds(odd: str) -> None:
    begun = time.monotonic()

    import_policy(f"Privacy\n\nWe keep your personal data.\n\n{odd}\n".encode(), name="odd.txt")

    assert time.monotonic() - begun < 10


def test_no_sentence_of_a_policy_is_lost(marigold: Policy) -> None:
    kept = "".join(marigold.text[unit.start : unit.end] for unit in marigold.units)
    titles = "".join(section.title for section in marigold.sections)
    leads = {marigold.text[slice(*unit.lead)] for unit in marigold.units}

    for line in marigold.text.split("\n"):
        words = line.strip(" *•-")
        assert not words or words in kept or words in titles or words in leads or words.split()[0] in kept


def test_the_same_file_is_the_same_version() -> None:
    raw = b"Privacy policy\n\nWe use cookies and personal data of yours.\n"

    assert import_policy(raw, name="a").sha256 == import_policy(raw, name="b").sha256
