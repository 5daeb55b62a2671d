"""The pages that the desk serves, and the chats that it listens to."""

from typing import Literal

from pydantic import Field, field_validator

from bot.settings.section import Section, as_origin


class WebSettings(Section):
    """The status page and what hangs on it."""

    host: str = "127.0.0.1"
    #: 0 takes a free port.
    port: int = Field(default=8080, ge=0, le=65535)
    #: Where people reach it, e.g. "https://privacy.shop.example"; "" where they reach it directly.
    public_url: str = ""
    #: The other sites whose pages may carry the chat, e.g. "https://www.shop.example".
    chat_origins: tuple[str, ...] = ()

    @field_validator("public_url")
    @classmethod
    def _is_an_origin(cls, url: str) -> str:
        return as_origin(url) if url else ""

    @field_validator("chat_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(as_origin(origin) for origin in origins)


class TelegramSettings(Section):
    """One brand's bot on Telegram."""

    brand: str
    #: Name of the environment variable with the token that @BotFather gave.
    token_from: str
    #: Polling needs no address that Telegram can reach; a webhook is posted to `web.public_url`.
    mode: Literal["polling", "webhook"] = "polling"
    #: Webhook: name of the environment variable with a long random word of letters, digits, _ and -.
    secret_from: str = ""
    base_url: str = "https://api.telegram.org"


class MetaSettings(Section):
    """One brand's page on Messenger, account on Instagram or number on WhatsApp."""

    brand: str
    platform: Literal["messenger", "instagram", "whatsapp"]
    #: The page's id, the Instagram account's id, or the id (not the digits) of the telephone number.
    id: str = Field(pattern=r"^[0-9]{1,40}$")
    #: Names of the environment variables: the access token, the app's secret, and the verify token of the webhook.
    token_from: str
    secret_from: str
    verify_from: str
    #: Names the version of the Graph API; for Instagram with its own log-in https://graph.instagram.com/v23.0.
    base_url: str = "https://graph.facebook.com/v23.0"

    @field_validator("base_url")
    @classmethod
    def _keeps_the_token_secret(cls, url: str) -> str:
        if not url.startswith(("https://", "http://127.0.0.1:")):
            raise ValueError(f"{url!r} must begin with https://, since a token is sent there")
        return url
