"""What the DNS says about the domain that our mail comes from, and what to mend: SPF, DKIM and DMARC.

Receivers ask for these records before they believe that a mail is the shop's (RFC 7208, RFC 6376, RFC 7489).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.channels.mail.signatures import policy_names, policy_of
from bot.channels.mail.vouching import Lookup

#: Names under which the common providers publish their keys; a key has no list that could be read.
SELECTORS = (
    "default", "google", "selector1", "selector2", "fm1", "fm2", "fm3", "protonmail", "protonmail2", "protonmail3",
    "s1", "s2", "k1", "k2", "k3", "mail", "dkim", "key1", "key2", "s1-ionos", "s2-ionos", "zoho", "zmail", "mx", "smtp",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One kind of record."""

    name: str
    #: What to do about it, "" where it is in order.
    remedy: str = ""


async def records_of(domain: str, lookup: Lookup, *, selector: str = "") -> list[Record]:
    """SPF, DKIM and DMARC of `domain`; raises `OSError` where the DNS does not answer."""
    return [
        Record(name=f"SPF of {domain}", remedy=_spf(domain, await lookup(domain))),
        Record(name=f"DKIM of {domain}", remedy=await _dkim(domain, lookup, selector)),
        Record(name=f"DMARC of {domain}", remedy=await _dmarc(domain, lookup)),
    ]


def _spf(domain: str, texts: Sequence[str]) -> str:
    found = [text.lower().split() for text in texts if text.lower().split()[:1] == ["v=spf1"]]
    if not found:
        return (
            f'publish a TXT record at {domain} that names your mail provider, e.g. "v=spf1 include:PROVIDER ~all";'
            " your provider's help says which"
        )
    if len(found) > 1:
        return f"{domain} has {len(found)} SPF records, so none counts; merge them into one"
    if {"all", "+all"} & set(found[0]):
        return f"the SPF record of {domain} lets everybody send in its name; end it with ~all or -all"
    return ""


async def _dkim(domain: str, lookup: Lookup, selector: str) -> str:
    names = (selector,) if selector else SELECTORS
    found = await asyncio.gather(*(lookup(f"{name}._domainkey.{domain}") for name in names))
    if any("p=" in text and not _is_withdrawn(text) for texts in found for text in texts):
        return ""
    if selector:
        return f"there is no key at {selector}._domainkey.{domain}; publish the one that your mail provider shows you"
    return (
        "no key was found under the usual names; switch DKIM on at your mail provider, or set smtp_out.dkim_selector"
        " to the s= of the DKIM-Signature in a mail that you have sent"
    )


def _is_withdrawn(text: str) -> bool:
    tags = {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in text.split(";"))}
    return tags.get("p", "") == ""


async def _dmarc(domain: str, lookup: Lookup) -> str:
    records = {name: await lookup(name) for name in policy_names(domain)}
    policy = policy_of(domain, records)
    if policy is not None:
        return "" if policy.get("p") else f"the DMARC record of {domain} has no p=; write p=none to begin with"
    if any(text.lower().startswith("v=dmarc1") for texts in records.values() for text in texts):
        return f"{domain} has several DMARC records, so none counts; leave one"
    return f'publish a TXT record at _dmarc.{domain}: "v=DMARC1; p=none; rua=mailto:YOU@{domain}"; tighten it later'
