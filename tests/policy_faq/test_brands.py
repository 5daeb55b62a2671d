"""Brands: shipped folders first, the operator's laid over them."""

from pathlib import Path

import pytest

from policy_faq import BrandError, load_brand, shipped_brands


def lay_over(folder: Path, name: str, text: str) -> Path:
    (folder / name).mkdir()
    (folder / name / "brand.toml").write_text(text, encoding="utf-8")
    return folder


def test_every_shipped_brand_can_be_read() -> None:
    names = shipped_brands()

    brands = [load_brand(name) for name in names]

    assert {"je-taime", "cest-moi", "just-elegance", "jane-ellen", "james-allen", "marigold"} <= set(names)
    assert all(brand.name and brand.languages for brand in brands)


def test_an_unknown_brand_is_a_minimal_one() -> None:
    brand = load_brand("never-heard-of")

    assert brand.name == "never-heard-of"
    assert brand.contacts == ()


def test_a_later_folder_lies_over_an_earlier_one(tmp_path: Path) -> None:
    folder = lay_over(tmp_path, "jane-ellen", 'time_zone = "America/Chicago"\n')

    brand = load_brand("jane-ellen", folders=[folder])

    assert brand.time_zone == "America/Chicago"
    assert brand.promises == load_brand("jane-ellen").promises


def test_a_hidden_contact_is_given_out_only_from_an_override(tmp_path: Path) -> None:
    override = (
        '[[overrides]]\nfield = "contacts.email.privacy"\nvalue = "privacy@jane.example"\nauthor = "A. Clerk"\n'
        "date = 2026-01-31\n"
    )
    folder = lay_over(tmp_path, "jane-ellen", override)

    contact = load_brand("jane-ellen", folders=[folder]).contact("email")

    assert load_brand("jane-ellen").contact("email") is None
    assert contact is not None
    assert (contact.value, contact.state) == ("privacy@jane.example", "operator")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("colour = 3\n", "colour"),
        ("name = 3\n", "name"),
        ('languages = "en"\n', "languages"),
        ('[[promises]]\nwhat = "request"\n', "promises 1"),
        ("= broken", "brand.toml"),
    ],
)
def test_a_broken_brand_file_names_itself_and_its_mistake(text: str, reason: str, tmp_path: Path) -> None:
    folder = lay_over(tmp_path, "rings", text)

    with pytest.raises(BrandError, match=reason) as told:
        load_brand("rings", folders=[folder])

    assert "rings" in str(told.value)


@pytest.mark.parametrize("name", ["../etc", "", "A B", "x" * 41])
def test_a_name_that_cannot_be_a_folder_is_refused(name: str) -> None:
    with pytest.raises(BrandError):
        load_brand(name)


def test_facts_of_the_shipped_brands_name_their_lines() -> None:
    for name in shipped_brands():
        brand = load_brand(name)
        rows = (
            *brand.contacts,
            *brand.opt_out_routes,
            *brand.promises,
            *brand.retention,
            *brand.ages,
            *brand.regulators,
        )
        assert all(row.lines for row in rows), name
