"""All settings together, and how they are read: the file, then the environment over it."""

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from bot.errors import BadSetting
from bot.settings.brands import BrandSettings, DirectorySettings
from bot.settings.chats import MetaSettings, TelegramSettings, WebSettings
from bot.settings.mail import ImapSettings, ReceiverSettings, SubmissionSettings
from bot.settings.staff import RetentionSettings, SignInSettings, WebhookSettings

FILE_NAME = "privacy-desk.toml"
_PREFIX = "PRIVACY_DESK_"


class Settings(BaseSettings):
    """Everything that an operator may set."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid", toml_file=FILE_NAME
    )

    #: Where the database and the keys lie.
    data_dir: Path = Path("desk")
    #: SQLAlchemy URL; "" is SQLite in `data_dir`.
    database: str = ""
    #: "embedded": one process does everything. "workers": `serve` takes in and shows, and any number of
    #: `privacy-desk worker` on any number of machines do the work; needs PostgreSQL.
    engine: Literal["embedded", "workers"] = "embedded"
    #: Our host name, for Message-IDs.
    host: str = "privacy-desk.invalid"
    #: The authserv-id of the operator's own mail server, whose results are believed; "" believes nobody.
    authserv_id: str = ""
    #: Check DKIM and DMARC of incoming mail that this server has not judged; asks the DNS.
    check_signatures: bool = True
    #: Addresses are sealed in the database too; off only while the version that cannot read that works beside this one.
    seal_addresses: bool = True
    #: Folder with the operator's own brands.
    brands_dir: Path = Path("brands")
    #: An own clock table, laid over the shipped one; "" none.
    clocks_file: str = ""
    brands: tuple[BrandSettings, ...] = ()
    smtp_in: ReceiverSettings | None = None
    smtp_out: SubmissionSettings = SubmissionSettings()
    imap: tuple[ImapSettings, ...] = ()
    web: WebSettings = WebSettings()
    telegram: tuple[TelegramSettings, ...] = ()
    meta: tuple[MetaSettings, ...] = ()
    retention: RetentionSettings = RetentionSettings()
    sign_in: SignInSettings | None = None
    webhooks: tuple[WebhookSettings, ...] = ()
    directories: tuple[DirectorySettings, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Explicit values first, then the environment, then the file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @model_validator(mode="after")
    def _workers_share_a_server(self) -> Self:
        if self.engine == "workers" and not self.database.startswith("postgres"):
            raise ValueError('engine: workers need a PostgreSQL database; set database = "postgresql://HOST/NAME"')
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        names = Counter(brand.name for brand in self.brands)
        addresses = Counter(address.lower() for brand in self.brands for address in brand.addresses)
        for value, count in (names + addresses).items():
            if count > 1:
                raise ValueError(f"brands: {value} is there {count} times")
        for account in self.imap:
            if account.brand not in names:
                raise ValueError(
                    f"imap: the inbox {account.user} belongs to {account.brand}, which no [[brands]] names"
                )
        for brand, count in Counter(directory.brand for directory in self.directories).items():
            if brand not in names or count > 1:
                raise ValueError(f"directories: {brand} must be a name of [[brands]] and have one directory")
        for brand, count in Counter(bot.brand for bot in self.telegram).items():
            if brand not in names or count > 1:
                raise ValueError(f"telegram: {brand} must be a name of [[brands]] and have one bot")
        if self.sign_in is not None and self.sign_in.newcomers_brand not in {*names, "*"}:
            raise ValueError(
                f"sign_in: newcomers_brand {self.sign_in.newcomers_brand} must be a name of [[brands]], or *"
            )
        if any(bot.mode == "webhook" and not (bot.secret_from and self.web.public_url) for bot in self.telegram):
            raise ValueError("telegram: a webhook needs secret_from, and web.public_url where Telegram can reach us")
        for (brand, platform), count in Counter((one.brand, one.platform) for one in self.meta).items():
            if brand not in names or count > 1:
                raise ValueError(f"meta: {brand} must be a name of [[brands]] and have one account of {platform}")
        if self.meta and not self.web.public_url.startswith("https:"):
            raise ValueError("meta: its webhook needs web.public_url, an https:// address where Meta can reach us")
        return self

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data_dir / 'desk.sqlite3'}"

    @property
    def keys_file(self) -> Path:
        return self.data_dir / "keys"

    def brand(self, name: str) -> BrandSettings:
        """The settings of a brand; a brand that the file does not name has the careful defaults."""
        return next((brand for brand in self.brands if brand.name == name), BrandSettings(name=name))


class GivenSettings(Settings):
    """Settings that are given whole: neither the file nor the environment is looked at."""

    model_config = SettingsConfigDict(toml_file=None)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def load_settings(**explicit: object) -> Settings:
    """Settings from the working directory's file and the environment. Raises `BadSetting` that names each mistake."""
    try:
        return Settings(**explicit)  # type: ignore[arg-type]
    except ValidationError as error:
        mistakes = "; ".join(_said(mistake["loc"], mistake["msg"]) for mistake in error.errors())
        raise BadSetting(f"{_where()}: {mistakes}. Correct it, or run `privacy-desk init` for a new one.") from error
    except SettingsError as error:
        raise BadSetting(f"the environment: {error}; write it as JSON") from error
    except (OSError, ValueError) as error:
        raise BadSetting(f"{FILE_NAME} cannot be read: {error}") from error


def _said(place: tuple[int | str, ...], what: str) -> str:
    return ": ".join(filter(None, (".".join(map(str, place)), what.removeprefix("Value error, "))))


def _where() -> str:
    """Where a wrong setting may stand."""
    given = ", ".join(sorted(name for name in os.environ if name.startswith(_PREFIX) and name != f"{_PREFIX}KEYS"))
    return " or ".join(filter(None, (FILE_NAME if Path(FILE_NAME).exists() else "", given))) or FILE_NAME


def password(variable: str, environment: Mapping[str, str] = os.environ) -> str:
    """The password that the environment holds for an account; "" where none is named. Raises `BadSetting`."""
    if not variable:
        return ""
    try:
        return environment[variable]
    except KeyError:
        raise BadSetting(
            f"the environment variable {variable} is not set; it must hold the account's password"
        ) from None
