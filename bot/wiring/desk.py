"""A desk with all its parts.

A channel is added here: its line in `_channels`, and its listener in `bot.service`.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from datetime import timedelta
from functools import cache, partial
from pathlib import Path

from bot.channels import Channel
from bot.channels.mail.channel import MailChannel
from bot.channels.mail.parsing_child import ParsingChild
from bot.channels.memory import MemoryChannel
from bot.channels.meta.channel import MetaChannel
from bot.channels.meta.events import PLATFORMS
from bot.channels.page import PageChannel
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.webchat import WebChatChannel
from bot.directory import CsvDirectory, CustomerDirectory, SqlDirectory
from bot.engine.desk import Caps, Desk
from bot.engine.webhooks import Receiver, read_secret
from bot.errors import BadSetting
from bot.keys import Keys
from bot.settings import Settings, password
from bot.store import Store
from bot.store.retention import Schedule
from bot.wiring.base import make_folder, make_keys, utc_now
from bot.wiring.brands import make_playbook
from bot.wiring.chats import make_meta_channels, make_telegram_channel
from bot.wiring.mail import make_mail_channel, make_marker, make_voucher
from bot.wiring.policies import PolicyOracle, install_policies, make_answerer
from bot.workers import make_dispatch, upgrade_everything
from intents.artefact import ArtefactError
from intents.reader import Reader, load_classifier
from intents.reading import Reading


def make_classifier() -> Reader:
    """The shipped reader. Raises `BadSetting` where its files are not those that it was trained into."""
    try:
        return load_classifier()
    except ArtefactError as error:
        raise BadSetting(f"the reader cannot be loaded: {error}; train it: privacy-desk intents train") from error


class _LaterReader:
    """The shipped reader, loaded when it is first asked."""

    def __init__(self) -> None:
        self.load = cache(lambda: make_classifier())

    def read(self, text: str, *, subject: str = "", channel: str = "email") -> Reading:
        return self.load().read(text, subject=subject, channel=channel)


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """The database, made or brought up to date first."""
    make_folder(settings)
    await asyncio.to_thread(upgrade_everything, settings)
    store = Store.open(
        settings.database_url,
        make_keys(settings),
        host=settings.host,
        dispatch=make_dispatch(settings),
        seal_addresses=settings.seal_addresses,
    )
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def open_desk(settings: Settings, *, models_at_once: bool = True) -> AsyncIterator[Desk]:
    """A desk with all its parts; its models are loaded before it is given, or else when they are first asked."""
    async with open_store(settings) as store, AsyncExitStack() as stack:
        child = ParsingChild()
        stack.callback(child.close)
        closing = stack.enter_context(ExitStack())
        await install_policies(settings, store)
        classifier, answerer = _LaterReader(), cache(partial(make_answerer, settings))
        if models_at_once:
            await asyncio.gather(asyncio.to_thread(classifier.load), asyncio.to_thread(answerer))
        keys = make_keys(settings)
        mail = make_mail_channel(settings, keys, child)
        yield Desk(
            store=store,
            classifier=classifier,
            oracle=PolicyOracle(store, answerer),
            channels=_channels(settings, mail, store),
            playbooks={brand.name: make_playbook(settings, brand) for brand in settings.brands},
            keys=keys,
            now=utc_now,
            retention=make_schedule(settings),
            receivers=make_receivers(settings),
            directories=await asyncio.to_thread(make_directories, settings, keys, closing),
            dealt_with=make_marker(settings),
            vouch=make_voucher(settings, child),
            barred=mail.barred,
            caps=Caps(
                mails_an_hour=settings.smtp_out.mails_an_hour, mails_to_a_domain=settings.smtp_out.mails_to_a_domain
            ),
        )


def _channels(settings: Settings, mail: MailChannel, store: Store) -> Mapping[str, Channel]:
    # SQLite is one process's own; on a database that is shared, others may speak for the same bots.
    turns = None if settings.database_url.startswith("sqlite") else store.turns
    channels: tuple[Channel, ...] = (
        mail,
        MemoryChannel("terminal"),
        WebChatChannel(),
        PageChannel(),
        *make_telegram_channel(settings, turns),
        *make_meta_channels(settings),
    )
    return {channel.name: channel for channel in channels}


def reading_channels(settings: Settings) -> Mapping[str, Channel]:
    """Channels that only understand what came in: no password and no token is asked for, and nothing can be sent."""
    silent = settings.model_copy(update={"smtp_out": settings.smtp_out.model_copy(update={"password_from": ""})})
    meta = (MetaChannel(platform, {}) for platform in PLATFORMS)
    channels: tuple[Channel, ...] = (
        make_mail_channel(silent),
        MemoryChannel("terminal"),
        WebChatChannel(),
        PageChannel(),
        TelegramChannel({}),
        *meta,
    )
    return {channel.name: channel for channel in channels}


def make_directories(settings: Settings, keys: Keys, stack: ExitStack) -> dict[str, CustomerDirectory]:
    """The customer directories by brand; what they hold open is closed with `stack`. Raises `BadSetting`."""
    made: dict[str, CustomerDirectory] = {}
    for chosen in settings.directories:
        points = {str(point): column for point, column in chosen.points.items()}
        if chosen.file:
            made[chosen.brand] = CsvDirectory(Path(chosen.file), {"address": chosen.address, **points}, keys)
        else:
            asked = SqlDirectory(password(chosen.url_from), chosen.query, points, keys)
            stack.callback(asked.close)
            made[chosen.brand] = asked
    return made


def make_receivers(settings: Settings) -> Mapping[str, Receiver]:
    """The programs that are told, with their secrets out of the environment. Raises `BadSetting`."""
    return {
        hook.name: Receiver(
            name=hook.name,
            url=hook.url,
            secret=read_secret(password(hook.secret_from)),
            brand=hook.brand,
            private=hook.allow_private,
        )
        for hook in settings.webhooks
    }


def make_schedule(settings: Settings) -> Schedule:
    """What is kept how long."""
    days = settings.retention
    return Schedule(
        deletions=timedelta(days=days.deletions_days),
        attachments=timedelta(days=days.attachments_days),
        raw_mail=timedelta(days=days.raw_mail_days),
        conversations=timedelta(days=days.conversations_days),
        codes=timedelta(days=days.codes_days),
        tickets=timedelta(days=days.tickets_days),
        tickets_in_california=timedelta(days=max(days.tickets_days, days.tickets_in_california_days)),
        receipts=timedelta(days=days.receipts_days),
    )
