"""Looks at every part of a set-up in turn."""

import asyncio
from pathlib import Path

from bot.channels.mail.dns_lookup import SystemDns
from bot.channels.mail.vouching import Lookup
from bot.errors import PrivacyDeskError
from bot.examining.finding import Finding
from bot.examining.mail import examine_domains, examine_inbox, examine_sending
from bot.settings import Settings
from bot.wiring import (
    bytes_of,
    make_answerer,
    make_brand,
    make_classifier,
    make_keys,
    make_playbook,
    open_store,
    read_policy,
)
from policy_faq import Brand, import_policy
from policy_faq.encoder import encoder_problem
from policy_faq.lint import BOT_NEEDS, lint, open_holes


async def examine(settings: Settings, *, lookup: Lookup | None = None) -> list[Finding]:
    """Look at the database, the keys, the reader, each brand, each account and the domains that mail comes from."""
    findings = [await _database(settings), _keys(settings), _reader(), _encoder()]
    findings += [_brand(settings, brand.name) for brand in settings.brands]
    findings += await examine_sending(settings)
    for account in settings.imap:
        findings += await asyncio.to_thread(examine_inbox, account)
    return findings + await examine_domains(settings, lookup or SystemDns().txt)


async def missing_before_live(settings: Settings) -> list[Finding]:
    """What a shop must have before its customers are answered."""
    findings = [await _database(settings), _keys(settings)]
    if not settings.brands:
        findings.append(Finding(what="no brand is set up", well=False, remedy="run `privacy-desk init`"))
    findings.append(
        Finding(
            what="a way for mail to come in",
            well=settings.smtp_in is not None or bool(settings.imap),
            remedy="set [smtp_in] or [[imap]] in privacy-desk.toml",
        )
    )
    for chosen in settings.brands:
        brand = make_brand(settings, chosen.name)
        findings.append(
            Finding(
                what=f"{brand.id}: an address to answer from",
                well=bool(chosen.addresses),
                remedy="set addresses of this brand in privacy-desk.toml",
            )
        )
        findings.append(
            Finding(
                what=f"{brand.id}: which law applies",
                well=bool(brand.regimes),
                remedy=f"set regimes in brands/{brand.id}/brand.toml; until then the stricter of EU and UK is assumed",
            )
        )
        findings.append(await _has_policy(settings, brand.id))
        findings += await _holes(settings, brand)
        findings.append(
            Finding(
                what=f"{brand.id}: mode {chosen.mode}",
                well=chosen.mode != "shadow",
                remedy="shadow mode sends nothing; set mode to approve, look at the replies, then set automatic",
            )
        )
    return findings


async def _database(settings: Settings) -> Finding:
    try:
        async with open_store(settings) as store:
            await store.overview()
    except PrivacyDeskError as fault:
        return Finding(what="database", well=False, remedy=str(fault))
    return Finding(what="database")


def _keys(settings: Settings) -> Finding:
    try:
        make_keys(settings)
    except PrivacyDeskError as fault:
        return Finding(what="keys", well=False, remedy=str(fault))
    return Finding(what="keys")


def _reader() -> Finding:
    try:
        problem = make_classifier().problem
    except PrivacyDeskError as fault:
        problem = str(fault)
    return Finding(what="reader", well=not problem, remedy=problem)


def _encoder() -> Finding:
    problem = encoder_problem()
    return Finding(what="sentence encoder", well=not problem, remedy=f"{problem}; policy answers are worse without it")


def _brand(settings: Settings, name: str) -> Finding:
    try:
        make_playbook(settings, settings.brand(name))
    except PrivacyDeskError as fault:
        return Finding(what=f"brand {name}", well=False, remedy=str(fault))
    return Finding(what=f"brand {name}")


async def _holes(settings: Settings, brand: Brand) -> list[Finding]:
    """What the law asks of a policy, the bot needs, the policy does not say, and the operator has not answered."""
    async with open_store(settings) as store:
        stored = await store.policy_in_force(brand.id)
    if stored is None and brand.policy_file is None:
        return []
    file = brand.policy_file or Path(brand.id)
    policy = import_policy(stored.raw, name=stored.name) if stored else read_policy(file, bytes_of(file))
    answerer = await asyncio.to_thread(make_answerer, settings)
    topics = await asyncio.to_thread(answerer.topic_map, policy)
    return [
        Finding(
            what=f"{brand.id}: {hole.about}, which the policy does not say ({hole.source})",
            well=False,
            remedy=f'answer in brands/{brand.id}/brand.toml: [[overrides]] field = "{hole.about}", value, author, date',
        )
        for hole in open_holes(lint(policy, topics, brand), brand)
        if hole.about in BOT_NEEDS
    ]


async def _has_policy(settings: Settings, brand: str) -> Finding:
    async with open_store(settings) as store:
        found = await store.policy_in_force(brand) is not None or make_brand(settings, brand).policy_file is not None
    remedy = f"privacy-desk policy import FILE --brand {brand}"
    return Finding(what=f"{brand}: a policy to quote from", well=found, remedy=remedy)
