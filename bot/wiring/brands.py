"""What the operator may choose for one brand: its file, the clock tables and the settings, made into a playbook."""

from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from bot import words
from bot.core.clocks import Clock, Unit, of_regimes, read_clocks
from bot.core.playbook import Mode, Playbook
from bot.core.tickets import LEVELS
from bot.errors import BadSetting
from bot.settings import BrandSettings, Settings
from bot.words.heard import phrases
from intents.catalogue import load_catalogue
from policy_faq import Brand, BrandError, load_brand
from policy_faq.brands.brand import Fact, Promise

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


_UNITS = {"day": Unit.DAYS, "business_day": Unit.BUSINESS_DAYS, "month": Unit.MONTHS}


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
    if unknown := sorted(set(chosen.four_eyes) - set(LEVELS)):
        raise BadSetting(
            f"brand {brand.id}: four_eyes names {unknown[0]}, which is no right; there are {', '.join(LEVELS)}"
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
            four_eyes={right: frozenset(acts) for right, acts in chosen.four_eyes.items()},
            clocks=_clocks(settings, brand),
            phrases=phrases(),
            public_url=settings.web.public_url,
            policy_url=chosen.policy_url,
            **_directory_of(settings, brand.id),
            regulator=_regulator(brand),
        )
    except (ValueError, OSError) as error:
        raise BadSetting(f"brand {brand.id}: {error}") from error


def _directory_of(settings: Settings, brand: str) -> dict[str, Any]:
    """Whether the shop's records can be asked, and for what."""
    points = next((tuple(chosen.points) for chosen in settings.directories if chosen.brand == brand), ())
    return {"has_directory": True, "points": points} if points else {}


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
