"""A directory is configured, or the start says in one line what is wrong."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.directory import CsvDirectory, SqlDirectory
from bot.errors import BadSetting
from bot.keys import Keys
from bot.settings import BrandSettings, DirectorySettings, GivenSettings
from bot.wiring import make_directories, make_playbook

KEYS = Keys(current=b"k" * 32)
POINTS = {"order_number": "order", "postcode": "zip", "phone": "tel"}


def settings(folder: Path, **chosen: Any) -> GivenSettings:
    return GivenSettings(
        data_dir=folder,
        brands=(BrandSettings(name="marigold"),),
        directories=(DirectorySettings(**({"brand": "marigold", "points": POINTS} | chosen)),),
    )


def test_a_brand_with_a_directory_asks_for_its_details_in_their_order(tmp_path: Path) -> None:
    chosen = settings(tmp_path, file="customers.csv", address="email")

    playbook = make_playbook(chosen, chosen.brand("marigold"))

    assert playbook.has_directory
    assert playbook.points == ("order_number", "postcode", "phone")


def test_a_brand_without_one_asks_for_nothing(tmp_path: Path) -> None:
    chosen = GivenSettings(data_dir=tmp_path, brands=(BrandSettings(name="marigold"),))

    assert not make_playbook(chosen, chosen.brand("marigold")).has_directory


def test_a_file_and_a_query_become_their_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("email,order,zip,tel\n", encoding="utf-8")
    monkeypatch.setenv("SHOP_DATABASE", f"sqlite:///{tmp_path}/shop.sqlite3")
    query = "SELECT * FROM orders WHERE email = :address"

    with ExitStack() as stack:
        of_a_file = make_directories(settings(tmp_path, file=str(file), address="email"), KEYS, stack)
        of_a_query = make_directories(settings(tmp_path, url_from="SHOP_DATABASE", query=query), KEYS, stack)

        assert isinstance(of_a_file["marigold"], CsvDirectory)
        assert isinstance(of_a_query["marigold"], SqlDirectory)


def test_a_file_that_is_missing_stops_the_start(tmp_path: Path) -> None:
    with ExitStack() as stack, pytest.raises(BadSetting, match=r"none\.csv cannot be read"):
        make_directories(settings(tmp_path, file=str(tmp_path / "none.csv"), address="email"), KEYS, stack)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"file": "a.csv", "address": "email", "points": {"postcode": "zip"}}, "two details"),
        ({"file": "a.csv", "address": "email", "points": {"birthday": "b", "postcode": "zip"}}, "order_number"),
        ({"file": "a.csv"}, "column of the mailbox"),
        ({}, "either file, or query"),
        ({"query": "SELECT 1"}, "either file, or query"),
        ({"file": "a.csv", "address": "email", "brand": "nobody"}, "must be a name of"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        settings(tmp_path, **wrong)
