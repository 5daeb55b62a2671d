"""The inboxes that are read, and the ways in and out for mail."""

from typing import Literal, Self

from pydantic import Field, model_validator

from bot.settings.section import Section

Security = Literal["starttls", "tls", "none"]


class ReceiverSettings(Section):
    """Our own SMTP or LMTP door, to which the mail server sends a copy."""

    host: str = "127.0.0.1"
    #: 0 takes a free port.
    port: int = Field(default=8025, ge=0, le=65535)
    lmtp: bool = False


class OAuthSettings(Section):
    """An account that takes no password: its provider trades a refresh token for access tokens (XOAUTH2)."""

    #: The provider's token endpoint.
    token_url: str
    client_id: str
    #: Names of the environment variables with the secrets; "" for a client without one.
    client_secret_from: str = ""
    refresh_token_from: str
    scope: str = ""


class SubmissionSettings(Section):
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


class ImapSettings(Section):
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
