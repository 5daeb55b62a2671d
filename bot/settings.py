"""One frozen object of settings, read once at the edge: `privacy-desk.toml`, then PRIVACY_DESK_* variables over it.

No secret stands in the file: an account names the environment variable that holds its password.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from bot.errors import BadSetting

FILE_NAME = "privacy-desk.toml"


Security = Literal["starttls", "tls", "none"]
#: The values of `bot.core.playbook.Mode`, as the file spells them.
ModeName = Literal["shadow", "approve", "automatic"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BrandSettings(_Section):
    """One shop that this desk serves."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    #: The addresses whose mail is this brand's; the first is what it writes from.
    addresses: tuple[str, ...] = ()
    mode: ModeName = "shadow"
    #: Intent -> mode, where it differs.
    modes: dict[str, ModeName] = {}


class ReceiverSettings(_Section):
    """Our own SMTP or LMTP door, to which the mail server sends a copy."""

    host: str = "127.0.0.1"
    #: 0 takes a free port.
    port: int = Field(default=8025, ge=0, le=65535)
    lmtp: bool = False


class SubmissionSettings(_Section):
    """Where our mail goes out: the machine's own mail server, unless told otherwise."""

    host: str = "127.0.0.1"
    port: int = Field(default=25, ge=1, le=65535)
    user: str = ""
    #: Name of the environment variable with the password.
    password_from: str = ""
    security: Security = "none"
    #: Envelope sender, a mailbox that never answers; "" sends with the empty one.
    envelope_sender: str = ""


class ImapSettings(_Section):
    """One inbox that is read."""

    brand: str
    host: str
    port: int = Field(default=993, ge=1, le=65535)
    user: str
    password_from: str
    folder: str = "INBOX"
    security: Security = "tls"


class WebSettings(_Section):
    """The status page and what hangs on it."""

    host: str = "127.0.0.1"
    #: 0 takes a free port.
    port: int = Field(default=8080, ge=0, le=65535)


class Settings(BaseSettings):
    """Everything that an operator may set."""

    model_config = SettingsConfigDict(
        env_prefix="PRIVACY_DESK_", env_nested_delimiter="__", frozen=True, extra="forbid", toml_file=FILE_NAME
    )

    #: Where the database and the keys lie.
    data_dir: Path = Path("desk")
    #: SQLAlchemy URL; "" is SQLite in `data_dir`.
    database: str = ""
    #: Our host name, for Message-IDs.
    host: str = "privacy-desk.invalid"
    #: The authserv-id of the operator's own mail server, whose results are believed; "" believes nobody.
    authserv_id: str = ""
    #: Folder with the operator's own brands.
    brands_dir: Path = Path("brands")
    #: An own clock table, laid over the shipped one; "" none.
    clocks_file: str = ""
    brands: tuple[BrandSettings, ...] = ()
    smtp_in: ReceiverSettings | None = None
    smtp_out: SubmissionSettings = SubmissionSettings()
    imap: tuple[ImapSettings, ...] = ()
    web: WebSettings = WebSettings()

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

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data_dir / 'desk.sqlite3'}"

    @property
    def keys_file(self) -> Path:
        return self.data_dir / "keys"

    def brand(self, name: str) -> BrandSettings:
        """The settings of a brand; a brand that the file does not name has the careful defaults."""
        return next((brand for brand in self.brands if brand.name == name), BrandSettings(name=name))


def load_settings(**explicit: object) -> Settings:
    """Settings from the working directory's file and the environment. Raises `BadSetting` that names each mistake."""
    try:
        return Settings(**explicit)  # type: ignore[arg-type]
    except ValidationError as error:
        mistakes = "; ".join(f"{'.'.join(map(str, m['loc']))}: {m['msg']}" for m in error.errors())
        raise BadSetting(f"{FILE_NAME}: {mistakes}. Correct it, or run `privacy-desk init` for a new one.") from error
    except (OSError, ValueError) as error:
        raise BadSetting(f"{FILE_NAME} cannot be read: {error}") from error


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
