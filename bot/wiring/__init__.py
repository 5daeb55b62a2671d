"""The one place where real things meet: settings in, a desk out."""

from bot.wiring.base import bytes_of, make_folder, make_keys, utc_now
from bot.wiring.brands import make_brand, make_playbook
from bot.wiring.chats import make_meta_accounts, make_meta_channels, make_telegram_channel
from bot.wiring.desk import (
    make_classifier,
    make_directories,
    make_receivers,
    make_schedule,
    open_desk,
    open_store,
    reading_channels,
)
from bot.wiring.mail import make_imap_account, make_mail_channel, make_submission
from bot.wiring.policies import PolicyOracle, install_policies, make_answerer, read_policy

__all__ = [
    "PolicyOracle",
    "bytes_of",
    "install_policies",
    "make_answerer",
    "make_brand",
    "make_classifier",
    "make_directories",
    "make_folder",
    "make_imap_account",
    "make_keys",
    "make_mail_channel",
    "make_meta_accounts",
    "make_meta_channels",
    "make_playbook",
    "make_receivers",
    "make_schedule",
    "make_submission",
    "make_telegram_channel",
    "open_desk",
    "open_store",
    "read_policy",
    "reading_channels",
    "utc_now",
]
