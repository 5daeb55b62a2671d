"""How staff sign in, which programs are told, and how long what is kept."""

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from bot.settings.section import EVERYBODYS, Section


class SignInSettings(Section):
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
        if everybodys := sorted({domain.lower() for domain in self.newcomers_domains} & EVERYBODYS):
            raise ValueError(f"newcomers_domains names {everybodys[0]}, where everybody can have an address")
        return self


class WebhookSettings(Section):
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


class RetentionSettings(Section):
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
