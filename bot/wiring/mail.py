"""The accounts and channels of mail, with their secrets out of the environment."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from bot.channels import Arrival
from bot.channels.mail.channel import MailChannel
from bot.channels.mail.dns_lookup import SystemDns
from bot.channels.mail.imap_in import ImapSettings as ImapAccount
from bot.channels.mail.imap_in import file_copy, flag, move, sent_folder
from bot.channels.mail.oauth import AccessTokens
from bot.channels.mail.parsing_child import ParsingChild
from bot.channels.mail.signatures import OwnKey, signed
from bot.channels.mail.smtp_out import Submission
from bot.channels.mail.vouching import Voucher
from bot.engine.desk import as_it_came
from bot.errors import PrivacyDeskError
from bot.keys import Keys
from bot.settings import ImapSettings, OAuthSettings, Settings, password
from bot.wiring.base import bytes_of, make_keys, utc_now

_log = structlog.get_logger()


def make_mail_channel(settings: Settings, keys: Keys | None = None, child: ParsingChild | None = None) -> MailChannel:
    """Mail, in the names of all brands; parsed in `child` where there is one, which can be killed when it hangs."""
    out = settings.smtp_out
    written_from = {brand.name: brand.addresses[0] for brand in settings.brands if brand.addresses}
    aliases = {address for brand in settings.brands for address in brand.addresses[1:]}
    return MailChannel(
        addresses=written_from,
        aliases=frozenset(aliases | ({out.envelope_sender} - {""})),
        authserv_id=settings.authserv_id,
        colleagues=frozenset(name for brand in settings.brands for name in brand.own_people()),
        verp=out.verp,
        keep_copy=_copier(settings),
        own_key=_own_key(settings),
        host=settings.host,
        keys=keys or make_keys(settings),
        child=child,
        submission=make_submission(settings),
    )


def make_submission(settings: Settings) -> Submission:
    """The way out for mail, with its secrets out of the environment. Raises `BadSetting`."""
    out = settings.smtp_out
    return Submission(
        host=out.host,
        port=out.port,
        username=out.user,
        password=password(out.password_from),
        token=make_tokens(out.oauth),
        security=out.security,
        envelope_sender=out.envelope_sender,
        ca_file=out.ca_file,
    )


def make_imap_account(account: ImapSettings) -> ImapAccount:
    """An inbox with its secrets out of the environment. Raises `BadSetting`."""
    return ImapAccount(
        brand=account.brand,
        host=account.host,
        port=account.port,
        security=account.security,
        username=account.user,
        password=password(account.password_from),
        token=make_tokens(account.oauth),
        ca_file=account.ca_file,
        folder=account.folder,
    )


def make_tokens(chosen: OAuthSettings | None) -> AccessTokens | None:
    """Access tokens of an account that takes no password. Raises `BadSetting`."""
    if chosen is None:
        return None
    return AccessTokens(
        url=chosen.token_url,
        client_id=chosen.client_id,
        client_secret=password(chosen.client_secret_from),
        refresh_token=password(chosen.refresh_token_from),
        scope=chosen.scope,
    )


def _own_key(settings: Settings) -> OwnKey | None:
    """The DKIM key that we sign with, where no server does. Raises `BadSetting`."""
    out = settings.smtp_out
    if not out.dkim_key_file:
        return None
    key = OwnKey(selector=out.dkim_selector, pem=bytes_of(Path(out.dkim_key_file)))
    # A key that cannot be used is found now and not with the first mail.
    signed(b"From: a@b.example\r\n\r\n", key, domain="b.example")
    return key


def make_voucher(settings: Settings, child: ParsingChild) -> Callable[[Arrival], Awaitable[Arrival]]:
    """Checks the signatures of mail, where the operator wants it."""
    if not settings.check_signatures:
        return as_it_came
    return Voucher(lookup=SystemDns().txt, child=child, authserv_id=settings.authserv_id)


def make_marker(settings: Settings) -> Callable[[Arrival], Awaitable[None]]:
    """Shows by the operator's choice what was handled; where that fails, the mail just stays as it was."""
    places = {(account.brand, account.folder): account for account in settings.imap if account.handled != "nothing"}

    async def mark(arrival: Arrival) -> None:
        account = places.get((arrival.brand, arrival.origin.get("mailbox", "")))
        if account is None:
            return
        place = {"uidvalidity": int(arrival.origin["uidvalidity"]), "uids": [int(arrival.origin["uid"])]}
        try:
            await asyncio.to_thread(_show, account, place)
        except PrivacyDeskError as fault:
            _log.warning("message not marked", fault=type(fault).__name__)

    return mark


def _show(account: ImapSettings, place: Mapping[str, Any]) -> None:
    if account.handled == "move":
        move(make_imap_account(account), folder=account.move_to, **place)
    elif account.keyword:
        flag(make_imap_account(account), keyword=account.keyword, **place)


def _copier(settings: Settings) -> Callable[[str, bytes], Awaitable[None]]:
    """Puts answers of ours into the folder of sent mail, where the operator wants it."""
    accounts = {account.brand: account for account in settings.imap if account.append_sent}

    def put(chosen: ImapSettings, payload: bytes) -> None:
        account = make_imap_account(chosen)
        folder = sent_folder(account) if chosen.sent_folder == "auto" else chosen.sent_folder
        if folder:
            file_copy(account, folder=folder, message=payload, at=utc_now())

    async def keep(brand: str, payload: bytes) -> None:
        if (chosen := accounts.get(brand)) is None:
            return
        try:
            await asyncio.to_thread(put, chosen, payload)
        except PrivacyDeskError as fault:
            _log.warning("no copy was kept", fault=type(fault).__name__)

    return keep
