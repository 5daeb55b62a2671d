"""What an operator can get wrong about the bots is said before anything is taken in."""

from typing import Any

import pytest
from pydantic import ValidationError

from bot.channels.telegram.channel import TelegramChannel
from bot.errors import BadSetting
from bot.settings import BrandSettings, GivenSettings, Settings, TelegramSettings, WebSettings
from bot.wiring import make_telegram_channel

BRANDS = (BrandSettings(name="rings"), BrandSettings(name="pearls"))
ENVIRONMENT = {"RINGS_TOKEN": "55:AA", "PEARLS_TOKEN": "66:BB", "SECRET": "a-secret_of_20_signs", "EMPTY": ""}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def a_bot(brand: str = "rings", token_from: str = "RINGS_TOKEN", **more: Any) -> TelegramSettings:
    return TelegramSettings(brand=brand, token_from=token_from, **more)


def settings(*bots: TelegramSettings, web: WebSettings | None = None) -> Settings:
    return GivenSettings(brands=BRANDS, telegram=bots, web=web or WebSettings())


def test_without_bots_there_is_no_channel() -> None:
    assert make_telegram_channel(settings()) == ()


def test_several_brands_have_their_bots() -> None:
    (channel,) = make_telegram_channel(settings(a_bot(), a_bot("pearls", "PEARLS_TOKEN")))

    assert isinstance(channel, TelegramChannel)


@pytest.mark.parametrize(
    "bots",
    [
        [a_bot(), a_bot()],
        [a_bot("nobody")],
        [a_bot(mode="webhook", secret_from="SECRET")],
        [a_bot(mode="webhook")],
    ],
)
def test_bots_that_do_not_fit_are_named(bots: list[TelegramSettings]) -> None:
    with pytest.raises(ValidationError, match="telegram"):
        settings(*bots)


@pytest.mark.parametrize(
    "bot",
    [
        a_bot(token_from="MISSING"),
        a_bot(token_from="EMPTY"),
        a_bot(mode="webhook", secret_from="MISSING"),
        a_bot(mode="webhook", secret_from="EMPTY"),
    ],
)
def test_a_token_or_secret_that_is_not_there_is_a_bad_setting(bot: TelegramSettings) -> None:
    with pytest.raises(BadSetting):
        make_telegram_channel(settings(bot, web=WebSettings(public_url="https://privacy.rings.example")))
