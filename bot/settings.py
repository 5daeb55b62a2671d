"""One frozen object of settings, read once at the edge: `privacy-desk.toml`, then PRIVACY_DESK_* variables over it.

No secret stands in the file: an account names the environment variable that holds its password.
"""

import os
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from bot.errors import BadSetting

FILE_NAME = "privacy-desk.toml"
_PREFIX = "PRIVACY_DESK_"

Security = Literal["starttls", "tls", "none"]
#: The values of `bot.core.playbook.Mode`, as the file spells them.
ModeName = Literal["shadow", "approve", "automatic"]

#: The acts that close a request, or give its data out.
FourEyesAct = Literal["complete", "deny", "cancel", "offer"]

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")
_USUAL_PORT = {"http": ":80", "https": ":443"}
_ADDRESS = re.compile(r"[^@\s\"<>,;]+@[^@\s\"<>,;]+")

#: Domains at which a stranger may have an address as well as a shop.
_EVERYBODYS = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "yahoo.co.uk",
    "yahoo.de", "yahoo.fr", "aol.com", "icloud.com", "me.com", "mac.com", "gmx.de", "gmx.net", "gmx.at", "gmx.ch",
    "gmx.com", "web.de", "t-online.de", "freenet.de", "mail.de", "posteo.de", "mailbox.org", "proton.me",
    "protonmail.com", "pm.me", "fastmail.com", "zoho.com", "mail.com", "orange.fr", "wanadoo.fr", "free.fr", "sfr.fr",
    "laposte.net", "libero.it", "virgilio.it", "tiscali.it", "alice.it", "tim.it", "ziggo.nl", "kpnmail.nl",
    "hetnet.nl", "telenet.be", "skynet.be", "bluewin.ch", "wp.pl", "o2.pl", "onet.pl", "interia.pl", "gazeta.pl",
    "seznam.cz", "email.cz", "btinternet.com", "sky.com", "virginmedia.com", "talktalk.net", "comcast.net", "att.net",
    "verizon.net", "mail.ru", "yandex.ru", "yandex.com", "qq.com", "163.com", "naver.com", "hotmail.co.uk",
    "hotmail.de", "hotmail.fr", "hotmail.it", "hotmail.es", "outlook.de", "outlook.fr", "live.de", "live.nl",
    "tuta.com", "tutanota.com", "hey.com", "telefonica.net", "terra.es", "ionos.de", "online.de", "arcor.de",
    "vodafone.de",
})  # fmt: skip


def is_address(text: str) -> bool:
    """Whether `text` can be a mailbox of ours: one @, no blank, no bracket."""
    return _ADDRESS.fullmatch(text) is not None


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _origin(url: str) -> str:
    """As browsers write it: scheme, host, and the port where it is not the usual one; raises `ValueError`."""
    written = url.rstrip("/").lower()
    if not _ORIGIN.fullmatch(written):
        raise ValueError(f"{url!r} is not like https://www.shop.example: a scheme and a host, and no path")
    scheme, _, place = written.partition("://")
    return f"{scheme}://{place.removesuffix(_USUAL_PORT[scheme])}"


class BrandSettings(_Section):
    """One shop that this desk serves."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    #: The addresses whose mail is this brand's; the first is what it writes from.
    addresses: tuple[str, ...] = ()
    mode: ModeName = "shadow"
    #: The shop's own people, by address or domain, whose authenticated answers silence the bot; empty is the domains
    #: of `addresses`, but for those that everybody can have an address at.
    colleagues: tuple[str, ...] = ()
    #: Intent -> mode, where it differs.
    modes: dict[str, ModeName] = {}
    #: Right -> the acts of staff for which a second person must give leave, e.g. {"deletion": ["complete", "deny"]}.
    four_eyes: dict[str, tuple[FourEyesAct, ...]] = {}
    #: Where the shop shows its policy, named below what is quoted from it.
    policy_url: str = Field(default="", pattern=r"^(?:https://[^\s<>\"]{1,500})?$")

    @field_validator("addresses")
    @classmethod
    def _are_addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            if not is_address(address):
                raise ValueError(f"{address!r} is not an e-mail address")
        return addresses

    def own_people(self) -> tuple[str, ...]:
        """Addresses and domains of the shop's own people, in lower case."""
        domains = {address.rpartition("@")[2].lower() for address in self.addresses} - _EVERYBODYS
        return tuple(name.lower().removeprefix("@") for name in self.colleagues) or tuple(sorted(domains))

    @model_validator(mode="after")
    def _can_answer(self) -> Self:
        if not self.addresses and any(mode != "shadow" for mode in (self.mode, *self.modes.values())):
            raise ValueError("addresses must name the address to answer from; without one, only shadow mode works")
        return self


class ReceiverSettings(_Section):
    """Our own SMTP or LMTP door, to which the mail server sends a copy."""

    host: str = "127.0.0.1"
    #: 0 takes a free port.
    port: int = Field(default=8025, ge=0, le=65535)
    lmtp: bool = False


class OAuthSettings(_Section):
    """An account that takes no password: its provider trades a refresh token for access tokens (XOAUTH2)."""

    #: The provider's token endpoint.
    token_url: str
    client_id: str
    #: Names of the environment variables with the secrets; "" for a client without one.
    client_secret_from: str = ""
    refresh_token_from: str
    scope: str = ""


class SubmissionSettings(_Section):
    """Where our mail goes out: the machine's own mail server, unless told otherwise."""

    host: str = "127.0.0.1"
    port: int = Field(default=25, ge=1, le=65535)
    user: str = ""
    #: Name of the environment variable with the password.
    password_from: str = ""
    #: Instead of a password.
    oauth: OAuthSettings | None = None
    security: Security = "none"
    #: A file of certificates to trust beside the system's, "" for none.
    ca_file: str = ""
    #: Envelope sender, a mailbox that never answers; "" sends with the empty one.
    envelope_sender: str = ""
    #: Bounces come back to `envelope_sender` with a +tag that names the mail; off where the server knows no +tags.
    verp: bool = True
    #: Name of the DKIM key that this server signs with, for `doctor`; "" looks under the usual names.
    dkim_selector: str = ""
    #: A file with a private RSA key in PEM, where we sign ourselves; "" where the server does.
    dkim_key_file: str = ""
    #: Automatic mails that may leave within an hour; the rest waits, and staff are told.
    mails_an_hour: int = Field(default=300, ge=1)
    #: The same to one domain within ten minutes, to writers for whom no mail server vouches.
    mails_to_a_domain: int = Field(default=30, ge=1)

    @model_validator(mode="after")
    def _names_its_key(self) -> Self:
        if self.dkim_key_file and not self.dkim_selector:
            raise ValueError("dkim_key_file needs dkim_selector, the name under which its public half is published")
        return self


class ImapSettings(_Section):
    """One inbox that is read."""

    brand: str
    host: str
    port: int = Field(default=993, ge=1, le=65535)
    user: str
    password_from: str = ""
    #: Instead of a password.
    oauth: OAuthSettings | None = None
    folder: str = "INBOX"
    security: Security = "tls"
    #: A file of certificates to trust beside the system's, "" for none.
    ca_file: str = ""
    #: What happens to privacy mail that was handled, so that people who read the inbox see it.
    handled: Literal["keyword", "move", "nothing"] = "keyword"
    #: The flag that it gets; "" sets none.
    keyword: str = "$PrivacyDesk"
    #: The folder that it is moved to.
    move_to: str = "Privacy"
    #: The folder of mail that people have sent, watched for their own answers; "auto" finds it, "" watches none.
    sent_folder: str = "auto"
    #: Put a copy of each answer of ours there; of codes there is none.
    append_sent: bool = False

    @model_validator(mode="after")
    def _has_a_secret(self) -> Self:
        if not self.password_from and self.oauth is None:
            raise ValueError(f"the inbox {self.user} needs password_from, or oauth")
        if self.append_sent and not self.sent_folder:
            raise ValueError(f"the inbox {self.user}: append_sent needs a sent_folder")
        return self


class WebSettings(_Section):
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
        return _origin(url) if url else ""

    @field_validator("chat_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_origin(origin) for origin in origins)


class DirectorySettings(_Section):
    """What a shop knows about its customers: a CSV file that it exports, or a query to its database."""

    brand: str
    #: A CSV file in UTF-8 with a header line; "" where a query is asked.
    file: str = ""
    #: Name of the environment variable with the SQLAlchemy URL of the shop's database.
    url_from: str = ""
    #: Asked with the parameter :address, e.g. SELECT ... FROM orders WHERE email = :address.
    query: str = ""
    #: Column of the mailbox in the CSV file.
    address: str = ""
    #: Detail -> its column, in the order in which they are asked for: order_number, postcode, ...
    points: dict[Literal["order_number", "invoice_number", "customer_number", "postcode", "phone"], str]

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if len(self.points) < 2:
            raise ValueError("points must name two details at the least; one alone is guessed too easily")
        if bool(self.file) == bool(self.query) or bool(self.query) != bool(self.url_from):
            raise ValueError("give either file, or query and url_from")
        if self.file and not self.address:
            raise ValueError("address must name the column of the mailbox in the file")
        return self


class SignInSettings(_Section):
    """A provider by which staff may sign in to the console, beside their passwords (OpenID Connect)."""

    #: As the provider writes itself, e.g. "https://accounts.google.com".
    issuer: str
    client_id: str
    #: Name of the environment variable with the client's secret; "" for a client without one.
    client_secret_from: str = ""
    #: What staff call it, for the button; "" is the issuer's host.
    name: str = ""
    #: It stands within your own network: a private address, also without https, is called.
    allow_private: bool = False
    #: Whose one-time password is asked after it: "ours", or "theirs" where the provider sees to a second factor.
    second_factor: Literal["ours", "theirs"] = "ours"
    #: Of a second factor of theirs: the provider must say that it used one of these, e.g. ["mfa", "otp", "hwk"].
    methods: tuple[str, ...] = ()
    #: Whom the provider knows and this desk does not, is let in with this role; "" lets in nobody who has no account.
    newcomers: Literal["", "agent", "lead", "auditor", "admin"] = ""
    #: For which brand; "*" is every one.
    newcomers_brand: str = "*"
    #: Only with a checked mailbox of one of these domains.
    newcomers_domains: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _lets_in_whom_it_should(self) -> Self:
        if not re.match(r"https://." if not self.allow_private else r"https?://.", self.issuer):
            raise ValueError(f"{self.issuer!r} must begin with https:// (or set allow_private for one of your own)")
        if self.newcomers and not self.newcomers_domains:
            raise ValueError("newcomers needs newcomers_domains, or everybody with an account there could come in")
        if self.newcomers and self.second_factor == "ours":
            raise ValueError('newcomers needs second_factor = "theirs", since they have no one-time password here yet')
        if everybodys := sorted({domain.lower() for domain in self.newcomers_domains} & _EVERYBODYS):
            raise ValueError(f"newcomers_domains names {everybodys[0]}, where everybody can have an address")
        return self


class WebhookSettings(_Section):
    """Another program that is told of every change (Standard Webhooks)."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    url: str
    #: Name of the environment variable with its secret, "whsec_...".
    secret_from: str
    #: Only events of this brand; "" all.
    brand: str = ""
    #: It stands within your own network: a private address, also without https, is called.
    allow_private: bool = False

    @model_validator(mode="after")
    def _can_be_called(self) -> Self:
        if not re.match(r"https://." if not self.allow_private else r"https?://.", self.url):
            raise ValueError(f"{self.url!r} must begin with https:// (or set allow_private for one of your own)")
        return self


class RetentionSettings(_Section):
    """For how many days each class of personal data is kept; what was done stays on record without it."""

    #: What this desk itself holds about somebody whose erasure was completed.
    deletions_days: int = Field(default=30, ge=1)
    #: After the decision.
    attachments_days: int = Field(default=7, ge=1)
    #: Messages byte for byte, after the last request of their conversation is closed.
    raw_mail_days: int = Field(default=90, ge=1)
    #: What was said, and whose mailbox it was.
    conversations_days: int = Field(default=365, ge=1)
    #: Codes that nobody typed.
    codes_days: int = Field(default=7, ge=1)
    #: Whose a closed request was.
    tickets_days: int = Field(default=365, ge=1)
    #: The same where California's clocks run, which asks for a record of 24 months (11 CCR 7101).
    tickets_in_california_days: int = Field(default=731, ge=731)
    #: Events for other programs, and who looked at lists.
    receipts_days: int = Field(default=90, ge=1)


class TelegramSettings(_Section):
    """One brand's bot on Telegram."""

    brand: str
    #: Name of the environment variable with the token that @BotFather gave.
    token_from: str
    #: Polling needs no address that Telegram can reach; a webhook is posted to `web.public_url`.
    mode: Literal["polling", "webhook"] = "polling"
    #: Webhook: name of the environment variable with a long random word of letters, digits, _ and -.
    secret_from: str = ""
    base_url: str = "https://api.telegram.org"


class MetaSettings(_Section):
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
