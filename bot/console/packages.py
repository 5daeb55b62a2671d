"""The package of a request: what the person asked to have, put together and offered on a page of its own."""

from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.case import found, show
from bot.console.permissions import May
from bot.console.visit import Visit
from bot.errors import TheirFault
from bot.staff import packaging, second_person
from bot.store import NotAllowed


async def package(visit: Visit) -> Response:
    """Put something in, offer it, or take it back."""
    detail = await found(visit, May.ACT)
    try:
        said = await _carry_out(visit, detail.request.reference, visit.given("act"))
    except TheirFault as fault:
        return await show(visit, await found(visit, May.ACT), trouble=visit.speech.refusal(fault), act="package")
    return visit.back(f"/case/{quote(detail.request.reference)}", said)


async def _carry_out(visit: Visit, reference: str, act: str) -> str:
    clerk = visit.clerk
    match act:
        case "held":
            await packaging.add_what_we_hold(clerk, reference)
        case "file":
            name, content = await _file(visit)
            await packaging.add_file(clerk, reference, name, content, redact=visit.given("redact").splitlines())
        case "offer":
            sent = await second_person.offer(clerk, reference, public_url=visit.office.public_url)
            return "package_offered" if sent else "proposed_done"
        case "withdraw":
            await packaging.withdraw(clerk, reference)
        case _:
            raise HTTPException(404)
    return "saved"


async def _file(visit: Visit) -> tuple[str, bytes]:
    sent = visit.form.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise NotAllowed(visit.speech.say("choose_a_file"))
    return sent.filename, await sent.read()
