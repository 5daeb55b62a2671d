"""The console put together: every page with its permission, in one table.

Law: what is not in the table is not there; what a clerk may not see is not there either.
"""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from bot.console import aside, by_provider, case, dashboard, doors, library, looks, modes, packages, people, worklist
from bot.console.permissions import May
from bot.console.visit import Office, Page, Visit, guarded, speech_for
from bot.errors import StoreUnavailable


async def _front(visit: Visit) -> Response:
    return visit.back("/cases")


PAGES: tuple[Page, ...] = (
    Page(path="/", method="GET", permission=May.COME_IN, handler=_front),
    Page(path="/cases", method="GET", permission=May.SEE_CASES, handler=worklist.work_list),
    Page(path="/cases/news", method="GET", permission=May.SEE_CASES, handler=worklist.news, live=True),
    Page(path="/cases/bulk", method="POST", permission=May.LEAD, handler=worklist.bulk),
    Page(path="/cases.{form}", method="GET", permission=May.EXPORT, handler=dashboard.cases_file),
    Page(path="/views", method="POST", permission=May.SEE_CASES, handler=worklist.save_view),
    Page(path="/views/drop", method="POST", permission=May.SEE_CASES, handler=worklist.drop_view),
    Page(path="/case/{reference}", method="GET", permission=May.SEE_CASES, handler=case.case_page),
    Page(path="/case/{reference}/live", method="GET", permission=May.SEE_CASES, handler=case.live, live=True),
    Page(path="/case/{reference}/package", method="POST", permission=May.ACT, handler=packages.package, files=1),
    Page(path="/case/{reference}/{act}", method="POST", permission=May.ACT, handler=case.act),
    Page(path="/new", method="GET", permission=May.ACT, handler=aside.new_request),
    Page(path="/new", method="POST", permission=May.ACT, handler=aside.take_down),
    Page(path="/handed", method="GET", permission=May.SEE_CASES, handler=aside.handed_over),
    Page(path="/handed/{item}", method="POST", permission=May.ACT, handler=aside.settle_item),
    Page(path="/held", method="GET", permission=May.SEE_CASES, handler=aside.held_back),
    Page(path="/held/{message}", method="POST", permission=May.LEAD, handler=aside.let_go),
    Page(path="/aside", method="GET", permission=May.LEAD, handler=aside.set_aside),
    Page(path="/aside", method="POST", permission=May.LEAD, handler=aside.retry),
    Page(path="/suppression", method="GET", permission=May.SEE_CASES, handler=aside.suppression),
    Page(path="/suppression", method="POST", permission=May.SEE_CASES, handler=aside.check_suppression),
    Page(path="/suppression/undo", method="POST", permission=May.LEAD, handler=aside.undo_suppression),
    Page(path="/policies", method="GET", permission=May.SEE_CASES, handler=library.policies),
    Page(path="/policies/{brand}", method="GET", permission=May.SEE_CASES, handler=library.policy),
    Page(path="/figures", method="GET", permission=May.SEE_FIGURES, handler=dashboard.dashboard),
    Page(path="/figures.{form}", method="GET", permission=May.EXPORT, handler=dashboard.figures_file),
    Page(path="/settings", method="GET", permission=May.SEE_SETTINGS, handler=library.settings),
    Page(path="/modes", method="GET", permission=May.SEE_SETTINGS, handler=modes.modes),
    Page(path="/people", method="GET", permission=May.MANAGE_STAFF, handler=people.people),
    Page(path="/people", method="POST", permission=May.MANAGE_STAFF, handler=people.change_people),
    Page(path="/audit", method="GET", permission=May.SEE_AUDIT, handler=people.audit),
    Page(path="/help", method="GET", permission=May.COME_IN, handler=library.help_page),
    Page(path="/me", method="GET", permission=May.COME_IN, handler=doors.my_page),
    Page(path="/me", method="POST", permission=May.COME_IN, handler=doors.set_preferences),
    Page(path="/me/password", method="POST", permission=May.COME_IN, handler=doors.change_password),
    Page(path="/me/everywhere", method="POST", permission=May.COME_IN, handler=doors.sign_out_everywhere),
    Page(path="/sign-out", method="POST", permission=May.COME_IN, handler=doors.sign_out),
)

#: Of a failure: the sentence that says what to do.
_TROUBLES = {
    401: "error_signed_out",
    403: "error_form",
    404: "error_nothing",
    405: "error_nothing",
    413: "error_large",
    503: "error_database",
}


def console(office: Office, pages: Sequence[Page] = PAGES) -> Mount:
    """The console, to be hung into a web application."""

    async def sign_in_page(request: Request) -> Response:
        return await doors.sign_in_page(office, request)

    async def sign_in(request: Request) -> Response:
        return await doors.sign_in(office, request)

    async def out(request: Request) -> Response:
        return await by_provider.out(office, request)

    async def back(request: Request) -> Response:
        return await by_provider.back(office, request)

    async def code(request: Request) -> Response:
        return await by_provider.code(office, request)

    async def trouble(request: Request, fault: Exception) -> Response:
        status = fault.status_code if isinstance(fault, HTTPException) else 503
        speech = speech_for(office, request, None)
        context = {
            "t": speech.say,
            "speech": speech,
            "sentence": speech.say(_TROUBLES.get(status, "error_other")),
            "details": str(fault) if isinstance(fault, StoreUnavailable) else "",
        }
        return looks.page("trouble.html", context, status=status)

    routes = [Route(page.path, guarded(office, page), methods=[page.method]) for page in pages]
    doorway = [
        Route("/sign-in", sign_in_page, methods=["GET"]),
        Route("/sign-in", sign_in, methods=["POST"]),
        Route("/sign-in/provider", out, methods=["GET"]),
        Route("/sign-in/back", back, methods=["GET"]),
        Route("/sign-in/code", code, methods=["POST"]),
        Route("/static/{name}", looks.own_file),
    ]
    app = Starlette(
        routes=[*doorway, *routes],
        exception_handlers={HTTPException: trouble, StoreUnavailable: trouble},
    )
    return Mount(looks.ROOT, app=app)


async def to_the_console(request: Request) -> Response:
    """For whoever runs the console alone: the front page leads to it."""
    del request
    return RedirectResponse(looks.ROOT + "/")
