"""One frozen object of settings, read once at the edge: `privacy-desk.toml`, then PRIVACY_DESK_* variables over it.

No secret stands in the file: an account names the environment variable that holds its password.
"""

from bot.settings.brands import BrandSettings, DirectorySettings
from bot.settings.chats import MetaSettings, TelegramSettings, WebSettings
from bot.settings.loading import FILE_NAME, GivenSettings, Settings, load_settings, password
from bot.settings.mail import ImapSettings, OAuthSettings, ReceiverSettings, SubmissionSettings
from bot.settings.section import is_address
from bot.settings.staff import RetentionSettings, SignInSettings, WebhookSettings

__all__ = [
    "FILE_NAME",
    "BrandSettings",
    "DirectorySettings",
    "GivenSettings",
    "ImapSettings",
    "MetaSettings",
    "OAuthSettings",
    "ReceiverSettings",
    "RetentionSettings",
    "Settings",
    "SignInSettings",
    "SubmissionSettings",
    "TelegramSettings",
    "WebSettings",
    "WebhookSettings",
    "is_address",
    "load_settings",
    "password",
]
