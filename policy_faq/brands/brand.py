"""A brand: values only. Its README describes each field."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A way to reach the shop, as its policy publishes it."""

    #: email, phone, post, form, chat.
    kind: str
    #: privacy, general, security, children, complaints, officer.
    purpose: str = "privacy"
    #: As published; empty unless `state` is "published".
    value: str = ""
    #: published, redacted, placeholder; "operator" where an override gave it.
    state: str = "published"
    lines: tuple[int, ...] = ()

    @property
    def may_be_given_out(self) -> bool:
        return bool(self.value) and self.state in ("published", "operator")


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutRoute:
    """A way to say no that the policy names."""

    what: str
    how: str
    value: str = ""
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A response time that the policy promises."""

    #: any_inquiry, request, complaint.
    what: str
    amount: int
    #: day, business_day, month.
    unit: str
    #: receipt, verification.
    starts: str = "receipt"
    #: True for "we aim to", False for "we will".
    aim: bool = False
    extension_with_reasons: bool = False
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long one kind of data is kept."""

    data: str
    #: None where the policy gives no number.
    amount: int | None = None
    unit: str = ""
    starts: str = ""
    #: An event that ends it, "" where there is a number instead.
    until: str = ""
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeRule:
    """An age that the policy names."""

    rule: str
    years: int
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Regulator:
    """An authority that the policy names for complaints."""

    name: str
    #: A regime, or "local" where the policy leaves it to the reader's country.
    region: str = "local"
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Anything else that replies or tickets need."""

    name: str
    value: str | int | bool
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """The operator's answer where the policy is silent or hides it."""

    field: str
    value: str | int | bool
    author: str
    date: date
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A shop and what its policy obliges it to."""

    #: Folder name and key everywhere else.
    id: str
    #: As customers know the shop.
    name: str
    languages: tuple[str, ...] = ("en",)
    #: eu, uk, california, us; empty = not known.
    regimes: tuple[str, ...] = ()
    time_zone: str = "UTC"
    #: A policy file that lies in the brand's own folder, None where policies are imported.
    policy_file: Path | None = None
    #: Hashes of the policy versions that the lines belong to, newest last.
    policy_sha256: tuple[str, ...] = ()
    #: The date that the policy gives itself.
    policy_date: date | None = None
    contacts: tuple[Contact, ...] = ()
    opt_out_routes: tuple[OptOutRoute, ...] = ()
    promises: tuple[Promise, ...] = ()
    retention: tuple[Retention, ...] = ()
    ages: tuple[AgeRule, ...] = ()
    regulators: tuple[Regulator, ...] = ()
    facts: tuple[Fact, ...] = ()
    overrides: tuple[Override, ...] = ()
    #: Folders that this brand was read from, shipped first.
    folders: tuple[Path, ...] = ()

    def contact(self, kind: str, purpose: str = "privacy") -> Contact | None:
        """The contact to give out: the operator's, else the policy's own, else None; never a hidden one."""
        field = f"contacts.{kind}.{purpose}"
        for override in reversed(self.overrides):
            if override.field == field:
                return Contact(kind=kind, purpose=purpose, value=str(override.value), state="operator")
        fitting = [c for c in self.contacts if c.kind == kind and c.may_be_given_out]
        exact = [c for c in fitting if c.purpose == purpose]
        return next(iter(exact or fitting), None)

    def fact(self, name: str) -> str | int | bool | None:
        """The operator's answer for `name`, else the policy's, else None."""
        for override in reversed(self.overrides):
            if override.field == name:
                return override.value
        return next((fact.value for fact in self.facts if fact.name == name), None)
