"""What the desk works by: policies with their promises and holes, and the settings of each brand; secrets never."""

from collections.abc import Mapping
from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.hearing import Message, hear
from bot.console.permissions import May
from bot.console.visit import Visit

#: How far back unanswered questions are looked for.
LATELY = timedelta(days=90)
MOST_QUESTIONS = 20


async def policies(visit: Visit) -> Response:
    """Every brand's policy in force, and the versions before it."""
    allowed = visit.brands(May.SEE_CASES)
    stored = [row for row in await visit.office.desk.store.policies() if allowed is None or row.brand in allowed]
    return visit.page("policies.html", rows=stored, brands=visit.brand_names())


async def policy(visit: Visit) -> Response:
    """One policy: its text by lines, its promises and holes, and what people asked that it does not say."""
    brand = str(visit.request.path_params["brand"])
    visit.need(May.SEE_CASES, brand)
    reviewed = await visit.office.review(brand)
    if reviewed is None:
        raise HTTPException(404)
    return visit.page(
        "policy.html",
        brand=brand,
        shop=visit.office.desk.playbooks[brand].shop,
        reviewed=reviewed,
        lines=list(enumerate(reviewed.policy.text.split("\n"), start=1)),
        asked=await _unanswered(visit, brand),
    )


async def _unanswered(visit: Visit, brand: str) -> list[Message]:
    since = visit.office.now() - LATELY
    found = await visit.office.figures.unanswered(brand, since, limit=MOST_QUESTIONS)
    said = [one for inbox_id, _ in found if (one := await visit.office.casebook.said(inbox_id))]
    if said:
        await visit.office.worklist.looked(visit.who.name, "unanswered", "", now=visit.office.now())
    return await hear(visit.office.desk, said)


async def settings(visit: Visit) -> Response:
    """Brands, modes, channels, clocks."""
    names = visit.brand_names(May.SEE_SETTINGS)
    books = [visit.office.desk.playbooks[name] for name in names]
    shown: Mapping[str, Mapping[str, str]] = visit.office.settings if visit.brands(May.SEE_SETTINGS) is None else {}
    return visit.page("settings.html", books=books, settings=shown, channels=sorted(visit.office.desk.channels))


async def help_page(visit: Visit) -> Response:
    return visit.page("help.html")
