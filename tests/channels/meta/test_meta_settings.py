"""What an operator can get wrong about Meta is said before anything is taken in."""

from typing import Any

import pytest
from pydantic import ValidationError

from bot.errors import BadSetting
from bot.settings import BrandSettings, GivenSettings, MetaSettings, Settings, WebSettings
from bot.wiring import make_meta_accounts, make_meta_channels

ENVIRONMENT = {"TOKEN": "EAAtoken", "SECRET": "0123456789abcdef", "WORD": "our-own-verify-word", "EMPTY": ""}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def an_account(platform: str = "messenger", brand: str = "rings", **more: Any) -> MetaSettings:
    given = {"id": "1001", "token_from": "TOKEN", "secret_from": "SECRET", "verify_from": "WORD"} | more
    return MetaSettings(brand=brand, platform=platform, **given)


def settings(*accounts: MetaSettings, public_url: str = "https://privacy.rings.example") -> Settings:
    return GivenSettings(brands=(BrandSettings(name="rings"),), meta=accounts, web=WebSettings(public_url=public_url))


def test_each_platform_is_a_channel() -> None:
    made = make_meta_channels(settings(an_account(), an_account("whatsapp"), an_account("instagram")))

    assert {channel.name for channel in made} == {"messenger", "whatsapp", "instagram"}
    assert make_meta_channels(settings()) == ()


@pytest.mark.parametrize("accounts", [[an_account(), an_account(id="1002")], [an_account(brand="nobody")]])
def test_accounts_that_do_not_fit_are_named(accounts: list[MetaSettings]) -> None:
    with pytest.raises(ValidationError, match="meta"):
        settings(*accounts)


def test_a_webhook_needs_an_address_that_meta_can_reach() -> None:
    with pytest.raises(ValidationError, match="public_url"):
        settings(an_account(), public_url="")


@pytest.mark.parametrize("url", ["http://graph.facebook.com/v23.0", "ftp://x"])
def test_a_token_goes_only_over_https(url: str) -> None:
    with pytest.raises(ValidationError, match="https"):
        an_account(base_url=url)


@pytest.mark.parametrize("variable", ["MISSING", "EMPTY"])
def test_secrets_that_are_not_there_are_bad_settings(variable: str) -> None:
    with pytest.raises(BadSetting):
        make_meta_channels(settings(an_account(token_from=variable)))
    with pytest.raises(BadSetting):
        make_meta_accounts(settings(an_account(secret_from=variable)))
    with pytest.raises(BadSetting):
        make_meta_accounts(settings(an_account(verify_from=variable)))
