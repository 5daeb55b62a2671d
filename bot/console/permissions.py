"""Who may do what: a table of roles, nothing else. What it does not name is refused."""

from enum import StrEnum

from bot.store.accounts import EVERY_BRAND, Account


class May(StrEnum):
    """A permission; every page names one."""

    #: Whoever is signed in.
    COME_IN = "come_in"
    SEE_CASES = "see_cases"
    ACT = "act"
    #: Let held replies go, act on many at once, give work to others.
    LEAD = "lead"
    SEE_FIGURES = "see_figures"
    EXPORT = "export"
    SEE_AUDIT = "see_audit"
    SEE_SETTINGS = "see_settings"
    MANAGE_STAFF = "manage_staff"


_AGENT = frozenset({May.COME_IN, May.SEE_CASES, May.ACT, May.SEE_FIGURES})
_LEAD = _AGENT | {May.LEAD, May.EXPORT, May.SEE_SETTINGS}

ROLES: dict[str, frozenset[May]] = {
    "agent": _AGENT,
    "lead": _LEAD,
    "auditor": frozenset({
        May.COME_IN, May.SEE_CASES, May.SEE_FIGURES, May.EXPORT, May.SEE_AUDIT, May.SEE_SETTINGS,
    }),
    "admin": _LEAD | {May.SEE_AUDIT, May.MANAGE_STAFF},
}  # fmt: skip


def may(account: Account, permission: May, brand: str) -> bool:
    """Whether the account has a role with `permission` for `brand`."""
    held = (account.roles.get(brand), account.roles.get(EVERY_BRAND))
    return any(permission in ROLES.get(role, frozenset()) for role in held if role)


def may_anywhere(account: Account, permission: May) -> bool:
    return any(permission in ROLES.get(role, frozenset()) for role in account.roles.values())


def brands_of(account: Account, permission: May) -> tuple[str, ...] | None:
    """The brands for which the account has `permission`; None for every one."""
    if may(account, permission, EVERY_BRAND):
        return None
    return tuple(sorted(brand for brand in account.roles if may(account, permission, brand)))
