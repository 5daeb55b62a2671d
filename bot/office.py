"""Furnishes the staff's console: a desk and its database in, the office out."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.console.provider import Newcomers, Provider, Terms
from bot.console.reviewed import Reviewed
from bot.console.visit import Office
from bot.engine.desk import Desk
from bot.settings import Settings, password
from bot.store.accounts import Accounts
from bot.store.casebook import Casebook
from bot.store.figures import Figures
from bot.store.worklist import Worklist
from bot.wiring import PolicyOracle, make_brand
from policy_faq.lint import lint


def make_office(settings: Settings, desk: Desk) -> Office:
    """The console's office at `desk`."""
    database = desk.store.database

    async def review(brand: str) -> Reviewed | None:
        if not isinstance(desk.oracle, PolicyOracle):
            return None
        found = await desk.oracle.topics(brand)
        if found is None:
            return None
        policy, topics = found
        findings = lint(policy, topics, make_brand(settings, brand))
        return Reviewed(policy=policy, findings=findings, reviewed_by=topics.reviewed_by)

    return Office(
        desk=desk,
        accounts=Accounts(database, desk.keys),
        worklist=Worklist(database, desk.keys),
        casebook=Casebook(database),
        figures=Figures(database),
        review=review,
        settings=_shown(settings),
        public_url=settings.web.public_url,
        provider=make_provider(settings),
    )


def make_provider(settings: Settings) -> Provider | None:
    """By which staff may sign in beside their passwords. Raises `BadSetting` where its secret is not there."""
    chosen = settings.sign_in
    if chosen is None:
        return None
    newcomers = Newcomers(
        role=chosen.newcomers,
        brand=chosen.newcomers_brand,
        domains=tuple(domain.lower().removeprefix("@") for domain in chosen.newcomers_domains),
    )
    return Provider(
        Terms(
            issuer=chosen.issuer,
            client_id=chosen.client_id,
            client_secret=password(chosen.client_secret_from),
            name=chosen.name or urlsplit(chosen.issuer).netloc,
            private=chosen.allow_private,
            asks_code=chosen.second_factor == "ours",
            methods=chosen.methods,
            newcomers=newcomers if chosen.newcomers else None,
        )
    )


def _shown(settings: Settings) -> Mapping[str, Mapping[str, str]]:
    """What staff may see of the set-up. Named one by one: what is added later is not shown by itself."""
    out = settings.smtp_out
    shown = {
        "Database": {"kind": "SQLite" if settings.database_url.startswith("sqlite") else "PostgreSQL"},
        "Mail out": {"server": f"{out.host}:{out.port}", "security": out.security},
        "Pages": {"served on": f"{settings.web.host}:{settings.web.port}", "public URL": settings.web.public_url},
    }
    if settings.sign_in is not None:
        shown["Sign-in"] = {"provider": settings.sign_in.issuer, "second factor": settings.sign_in.second_factor}
    if settings.smtp_in is not None:
        shown["Mail in"] = {"server": f"{settings.smtp_in.host}:{settings.smtp_in.port}"}
    for account in settings.imap:
        shown[f"Inbox of {account.brand}"] = {"server": f"{account.host}:{account.port}", "folder": account.folder}
    for bot in settings.telegram:
        shown[f"Telegram of {bot.brand}"] = {"mode": bot.mode}
    return shown
