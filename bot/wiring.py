"""The one place where real things meet: settings in, a desk out.

A channel is added here: its line in `_channels`, and its listener in `bot.service`.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import structlog

from bot import words
from bot.channels import Arrival, Channel
from bot.channels.mail.channel import MailChannel
from bot.channels.mail.dns_lookup import SystemDns
from bot.channels.mail.imap_in import ImapSettings as ImapAccount
from bot.channels.mail.imap_in import file_copy, flag, move, sent_folder
from bot.channels.mail.oauth import AccessTokens
from bot.channels.mail.parsing_child import ParsingChild
from bot.channels.mail.signatures import OwnKey, signed
from bot.channels.mail.smtp_out import Submission
from bot.channels.mail.vouching import Voucher
from bot.channels.memory import MemoryChannel
from bot.channels.meta.channel import MetaChannel
from bot.channels.meta.events import PLATFORMS
from bot.channels.meta.graph import GraphAccount
from bot.channels.meta.signing import Account as MetaAccount
from bot.channels.page import PageChannel
from bot.channels.telegram.api import BotApi
from bot.channels.telegram.channel import TelegramChannel, Webhook
from bot.channels.telegram.listening import path_of
from bot.channels.webchat import WebChatChannel
from bot.core.clocks import Clock, Unit, of_regimes, read_clocks
from bot.core.playbook import Mode, Playbook
from bot.core.tickets import LEVELS
from bot.directory import CsvDirectory, CustomerDirectory, SqlDirectory
from bot.engine.desk import Desk, as_it_came
from bot.engine.webhooks import Receiver, read_secret
from bot.errors import BadSetting, PrivacyDeskError
from bot.keys import Keys, load_keys
from bot.settings import BrandSettings, ImapSettings, OAuthSettings, Settings, password
from bot.store import Store
from bot.store.retention import Schedule
from bot.words.heard import phrases
from bot.workers import make_dispatch, upgrade_everything
from intents.artefact import ArtefactError
from intents.catalogue import load_catalogue
from intents.encoder import load_encoder
from intents.reader import Reader, load_classifier
from policy_faq import Answerer, Brand, BrandError, Policy, PolicyAnswer, PolicyError, import_policy, load_brand
from policy_faq.brands.brand import Fact, Promise
from policy_faq.topic_map import TopicMap

_log = structlog.get_logger()

#: Until an operator says which law applies, the strictest of these two does.
_ASSUMED_REGIMES = ("eu", "uk")
#: What a policy promises -> the step of its clock, and the rights that it is for.
_PROMISED_STEPS = {
    "any_inquiry": ("first_answer", frozenset(LEVELS)),
    "request": ("answer", frozenset(LEVELS)),
    "complaint": ("answer", frozenset({"complaint"})),
}
#: Facts of a brand that are promises in business days -> step, rights, kinds.
_PROMISED_FACTS = {
    "acknowledge_business_days": ("acknowledge", frozenset(LEVELS), frozenset[str]()),
    "photo_removal_business_days": ("answer", frozenset({"deletion"}), frozenset({"publication"})),
    "child_data_removal_business_days": ("answer", frozenset({"child_data"}), frozenset[str]()),
    "human_review_business_days": ("answer", frozenset({"automated_decision"}), frozenset[str]()),
}
#: An empty or short secret would let anybody speak as Meta.
_SHORTEST_SECRET = 16
_UNITS = {"day": Unit.DAYS, "business_day": Unit.BUSINESS_DAYS, "month": Unit.MONTHS}


class PolicyOracle:
    """Answers from the policy in force; each version is read once and kept by its hash."""

    def __init__(self, store: Store, answerer: Answerer) -> None:
        self._store = store
        self._answerer = answerer
        self._read: dict[str, Policy] = {}

    async def answer(self, brand: str, question: str, *, language: str, about: str = "") -> PolicyAnswer | None:
        policy = await self._in_force(brand)
        if policy is None:
            return None
        return await asyncio.to_thread(self._answerer.answer, question, policy, language=language, about=about)

    async def topics(self, brand: str) -> tuple[Policy, TopicMap] | None:
        """The policy in force and which of its lines answer which topic."""
        policy = await self._in_force(brand)
        if policy is None:
            return None
        return policy, await asyncio.to_thread(self._answerer.topic_map, policy)

    async def _in_force(self, brand: str) -> Policy | None:
        stored = await self._store.policy_in_force(brand)
        if stored is None:
            return None
        policy = self._read.get(stored.sha256)
        if policy is None:
            policy = await asyncio.to_thread(import_policy, stored.raw, name=stored.name)
            self._read[stored.sha256] = policy
        return policy


def utc_now() -> datetime:
    """The clock of a real desk."""
    return datetime.now(UTC)


def make_folder(settings: Settings) -> None:
    """The folder of the database and the keys. Raises `BadSetting` where it cannot be made."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(
            f"the folder {settings.data_dir} cannot be made ({error.strerror}); set data_dir to another one"
        ) from error


def make_classifier() -> Reader:
    """The shipped reader. Raises `BadSetting` where its files are not those that it was trained into."""
    try:
        return load_classifier()
    except ArtefactError as error:
        raise BadSetting(f"the reader cannot be loaded: {error}; train it: privacy-desk intents train") from error


def make_answerer(settings: Settings) -> Answerer:
    """The shipped answerer with the sentence encoder, or without where its file is missing."""
    return Answerer.load(load_encoder(), folders=(settings.brands_dir,), cache=settings.data_dir / "policies")


def make_keys(settings: Settings) -> Keys:
    """The installation's keys, made at the first start."""
    return load_keys(settings.keys_file, os.environ)


def make_brand(settings: Settings, name: str) -> Brand:
    """A brand's facts, the operator's folder laid over the shipped one. Raises `BadSetting`."""
    try:
        return load_brand(name, folders=(settings.brands_dir,))
    except BrandError as error:
        raise BadSetting(str(error)) from error


def make_playbook(settings: Settings, chosen: BrandSettings) -> Playbook:
    """All that the operator may choose for one brand, from its file, the clock tables and the settings."""
    brand = make_brand(settings, chosen.name)
    handling = {name: intent.handling.value for name, intent in load_catalogue().items()}
    if unknown := sorted(set(chosen.modes) - set(handling)):
        raise BadSetting(
            f"brand {brand.id}: modes name {unknown[0]}, which is no intent; there are {', '.join(handling)}"
        )
    contact = brand.contact("email") or brand.contact("form") or brand.contact("phone", "general")
    try:
        return Playbook(
            brand=brand.id,
            shop=brand.name,
            contact=contact.value if contact else (chosen.addresses[0] if chosen.addresses else ""),
            languages=_spoken(brand),
            time_zone=brand.time_zone,
            handling=handling,
            mode=Mode(chosen.mode),
            modes={name: Mode(mode) for name, mode in chosen.modes.items()},
            clocks=_clocks(settings, brand),
            phrases=phrases(),
            public_url=settings.web.public_url,
            **_directory_of(settings, brand.id),
            regulator=_regulator(brand),
        )
    except (ValueError, OSError) as error:
        raise BadSetting(f"brand {brand.id}: {error}") from error


def bytes_of(file: Path) -> bytes:
    """What is in `file`. Raises `BadSetting`."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadSetting(f"{file} cannot be read: {error.strerror}") from error


def read_policy(file: Path, raw: bytes) -> Policy:
    """The policy in `file`, whose bytes are `raw`. Raises `BadSetting`."""
    try:
        return import_policy(raw, name=file.name)
    except PolicyError as error:
        raise BadSetting(f"{file}: {error}") from error


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """The database, made or brought up to date first."""
    make_folder(settings)
    await asyncio.to_thread(upgrade_everything, settings)
    store = Store.open(settings.database_url, make_keys(settings), host=settings.host, dispatch=make_dispatch(settings))
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """A desk with all its parts."""
    async with open_store(settings) as store, AsyncExitStack() as stack:
        child = ParsingChild()
        stack.callback(child.close)
        closing = stack.enter_context(ExitStack())
        await install_policies(settings, store)
        answerer = await asyncio.to_thread(make_answerer, settings)
        keys = make_keys(settings)
        mail = make_mail_channel(settings, keys, child)
        yield Desk(
            store=store,
            classifier=await asyncio.to_thread(make_classifier),
            oracle=PolicyOracle(store, answerer),
            channels=_channels(settings, mail),
            playbooks={brand.name: make_playbook(settings, brand) for brand in settings.brands},
            keys=keys,
            now=utc_now,
            retention=make_schedule(settings),
            receivers=make_receivers(settings),
            directories=await asyncio.to_thread(make_directories, settings, keys, closing),
            dealt_with=_marker(settings),
            vouch=_voucher(settings, child),
            barred=mail.barred,
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


def _voucher(settings: Settings, child: ParsingChild) -> Callable[[Arrival], Awaitable[Arrival]]:
    """Checks the signatures of mail, where the operator wants it."""
    if not settings.check_signatures:
        return as_it_came
    return Voucher(lookup=SystemDns().txt, child=child, authserv_id=settings.authserv_id)


def _directory_of(settings: Settings, brand: str) -> dict[str, Any]:
    """Whether the shop's records can be asked, and for what."""
    points = next((tuple(chosen.points) for chosen in settings.directories if chosen.brand == brand), ())
    return {"has_directory": True, "points": points} if points else {}


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


def _marker(settings: Settings) -> Callable[[Arrival], Awaitable[None]]:
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


async def install_policies(settings: Settings, store: Store) -> None:
    """A policy that lies in its brand's own folder is in force from the start, until another one is imported."""
    for chosen in settings.brands:
        file = make_brand(settings, chosen.name).policy_file
        if file is not None and await store.policy_in_force(chosen.name) is None:
            raw = bytes_of(file)
            policy = read_policy(file, raw)
            await store.import_policy_row(chosen.name, policy.sha256, file.name, raw, utc_now())


def _channels(settings: Settings, mail: MailChannel) -> Mapping[str, Channel]:
    channels: tuple[Channel, ...] = (
        mail,
        MemoryChannel("terminal"),
        WebChatChannel(),
        PageChannel(),
        *make_telegram_channel(settings),
        *make_meta_channels(settings),
    )
    return {channel.name: channel for channel in channels}


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


def make_telegram_channel(settings: Settings) -> tuple[TelegramChannel, ...]:
    """The bots on Telegram, nothing where none is configured. Raises `BadSetting`."""
    if not settings.telegram:
        return ()
    try:
        # The library is an extra: without it, everything but these bots must work.
        from bot.channels.telegram.account import Account
    except ImportError as error:
        raise BadSetting("telegram: its library is missing; install privacy-desk[telegram]") from error
    bots: dict[str, BotApi] = {}
    webhooks: dict[str, Webhook] = {}
    for chosen in settings.telegram:
        token = password(chosen.token_from)
        bots[chosen.brand] = Account(brand=chosen.brand, token=token, base_url=chosen.base_url)
        if chosen.mode == "webhook":
            url = f"{settings.web.public_url}{path_of(chosen.brand)}"
            webhooks[chosen.brand] = Webhook(url=url, secret=password(chosen.secret_from))
    return (TelegramChannel(bots, webhooks=webhooks),)


def make_meta_channels(settings: Settings) -> tuple[MetaChannel, ...]:
    """A channel for each of Meta's platforms that is configured. Raises `BadSetting`."""
    accounts: dict[str, dict[str, GraphAccount]] = {}
    for chosen in settings.meta:
        account = GraphAccount(
            brand=chosen.brand, id=chosen.id, token=password(chosen.token_from), base_url=chosen.base_url
        )
        accounts.setdefault(chosen.platform, {})[chosen.brand] = account
    return tuple(MetaChannel(platform, of_brands) for platform, of_brands in accounts.items())


def make_meta_accounts(settings: Settings) -> list[MetaAccount]:
    """What the pages that Meta calls must know. Raises `BadSetting`."""
    accounts = []
    for chosen in settings.meta:
        secret, verify = password(chosen.secret_from), password(chosen.verify_from)
        if len(secret) < _SHORTEST_SECRET or len(verify) < _SHORTEST_SECRET:
            raise BadSetting(
                f"meta: {chosen.secret_from} and {chosen.verify_from} need {_SHORTEST_SECRET} signs or more"
            )
        account = MetaAccount(brand=chosen.brand, platform=chosen.platform, id=chosen.id, secret=secret, verify=verify)
        accounts.append(account)
    return accounts


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


def _own_key(settings: Settings) -> OwnKey | None:
    """The DKIM key that we sign with, where no server does. Raises `BadSetting`."""
    out = settings.smtp_out
    if not out.dkim_key_file:
        return None
    key = OwnKey(selector=out.dkim_selector, pem=bytes_of(Path(out.dkim_key_file)))
    # A key that cannot be used is found now and not with the first mail.
    signed(b"From: a@b.example\r\n\r\n", key, domain="b.example")
    return key


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


def _spoken(brand: Brand) -> tuple[str, ...]:
    """The brand's languages that we have words for, its own first, then the others that we speak."""
    ours = words.languages()
    return tuple(dict.fromkeys((*(name for name in brand.languages if name in ours), *ours)))


def _clocks(settings: Settings, brand: Brand) -> tuple[Clock, ...]:
    """The clocks of the brand's regimes and its own promises."""
    shipped = files("bot.core.clocks").joinpath("regimes.toml").read_text(encoding="utf-8")
    text = Path(settings.clocks_file).read_text(encoding="utf-8") if settings.clocks_file else shipped
    table = read_clocks(text, every_right=frozenset(LEVELS))
    promised = tuple(_promised(promise) for promise in brand.promises if promise.what in _PROMISED_STEPS)
    facts = tuple(_promised_fact(fact) for fact in brand.facts if fact.name in _PROMISED_FACTS)
    law = of_regimes(table, brand.regimes or _ASSUMED_REGIMES)
    if not brand.regimes:
        law = tuple(replace(clock, regime=f"{clock.regime} (assumed)") for clock in law)
    return (*law, *promised, *facts)


def _promised(promise: Promise) -> Clock:
    step, rights = _PROMISED_STEPS[promise.what]
    return Clock(
        regime="policy",
        step=step,
        count=promise.amount,
        unit=_UNITS[promise.unit],
        rights=rights,
        source=_lines(promise.lines),
        extends_with_the_law=promise.extension_with_reasons,
    )


def _promised_fact(fact: Fact) -> Clock:
    step, rights, kinds = _PROMISED_FACTS[fact.name]
    return Clock(
        regime="policy",
        step=step,
        count=int(fact.value),
        unit=Unit.BUSINESS_DAYS,
        rights=rights,
        kinds=kinds,
        source=_lines(fact.lines),
    )


def _lines(lines: tuple[int, ...]) -> str:
    return f"privacy policy, line {', '.join(map(str, lines))}"


def _regulator(brand: Brand) -> str:
    """The authority that the policy names for the first of the brand's regimes; "" where it names none by name."""
    named = (known.name for regime in brand.regimes for known in brand.regulators if known.region == regime)
    return next(named, "")
