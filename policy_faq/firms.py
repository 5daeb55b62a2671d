"""Firms that people ask a shop about by name, and whether a question is about one or only mentions it.

A passage on couriers does not say whether a certain courier is among them. Who guesses a name and asks which it is,
though, is told by another name of its kind.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

#: By kind, in small letters.
FIRMS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "courier": frozenset(
            (
                "dhl",
                "ups",
                "usps",
                "fedex",
                "postnl",
                "dpd",
                "gls",
                "hermes",
                "evri",
                "inpost",
                "tnt",
                "bpost",
                "chronopost",
            )
        ),
        "payment": frozenset(
            ("stripe", "paypal", "klarna", "adyen", "mollie", "worldpay", "affirm", "afterpay", "clearpay", "braintree")
        ),
        "network": frozenset(
            ("facebook", "instagram", "tiktok", "snapchat", "pinterest", "linkedin", "twitter", "whatsapp", "youtube")
        ),
        "tracker": frozenset(("google", "hotjar", "fullstory", "mixpanel", "matomo", "criteo", "bing", "microsoft")),
        "tool": frozenset(
            ("mailchimp", "klaviyo", "sendgrid", "hubspot", "zendesk", "hootsuite", "shopify", "cloudflare")
        ),
        "bureau": frozenset(("experian", "equifax", "transunion", "schufa")),
    }
)
_KIND = MappingProxyType({firm: kind for kind, firms in FIRMS.items() for firm in firms})
#: Who names the owner names its networks.
_OWNER, _OWNED = "meta", frozenset(("facebook", "instagram", "whatsapp"))
_WORD = re.compile(r"[^\W_]+")
#: Around a firm that is only the place or the means of something ("if I write to you on Facebook", "I paid by PayPal").
_BEFORE_ASIDE = re.compile(
    r"(?:\b(?:on(?: your)?|at|via|through|my|link to|out of|auf|über|per|sur|op|en|su|tramite|na)|"
    r"\b(?:pay|paid|paying|zahl\w*|bezahl\w*|paie|payer|payé|betaal\w*|pag\w+|płac\w+)\b[^,.;?!]*) $",
    re.I,
)
_AFTER_ASIDE = re.compile(
    r"(?:/\w+)?(?:'s|’s)?[ -](?:ads?|adverts?|page|raffle|messages?|questions?|posts?|stor(?:y|ies)|account|myself|"
    r"show\w*|"
    r"werbung|anzeigen|seite|pubs?|advertenties|anuncios|annunci)\b",
    re.I,
)


def firms_asked(question: str) -> frozenset[str]:
    """The firms that the question is about, in small letters."""
    return frozenset(
        match[0].casefold()
        for match in _WORD.finditer(question)
        if match[0].casefold() in _KIND
        and not _BEFORE_ASIDE.search(question[max(match.start() - 80, 0) : match.start()])
        and not _AFTER_ASIDE.match(question, match.end())
    )


def firms_named(text: str) -> frozenset[str]:
    """The firms that a passage names, in small letters."""
    words = {word.casefold() for word in _WORD.findall(text)}
    return frozenset(_KIND.keys() & words) | (_OWNED if _OWNER in words else frozenset())


def names_firm(question: str, passage: str, *, guessing: bool) -> bool:
    """Whether the passage names a firm that the question is about, if it is about any.

    `guessing` where the question asks which one it is: another firm of the same kind tells that too, as it does where
    the question names two of a kind.
    """
    asked, named = firms_asked(question), firms_named(passage)
    kinds = [_KIND[firm] for firm in asked]
    told = {kind for kind in kinds if guessing or kinds.count(kind) > 1} & {_KIND[firm] for firm in named}
    return not asked or bool(asked & named or told)
