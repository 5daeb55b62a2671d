"""The status page, health, readiness and metrics.

Law: the page shows counts, never a person; it calls no other host.
"""

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.errors import StoreUnavailable
from bot.store import Overview, Store
from bot.store.store import utc_now
from bot.web.metrics import metrics_route

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def application(store: Store, running: Mapping[str, str], more: Sequence[BaseRoute] = ()) -> Starlette:
    """The pages; `running` names what this process runs and where, for people; `more` hangs beside them."""

    async def status(request: Request) -> Response:
        del request
        return HTMLResponse(_page(await store.overview(), running), headers=_HEADERS)

    async def health(request: Request) -> Response:
        del request
        return PlainTextResponse("ok\n")

    async def ready(request: Request) -> Response:
        del request
        try:
            overview = await store.overview()
            if store.trouble:
                raise StoreUnavailable(store.trouble)
        except StoreUnavailable as fault:
            return JSONResponse({"ready": False, "reason": str(fault)}, status_code=503)
        return JSONResponse({"ready": True, "unhandled": overview.unhandled})

    async def unavailable(request: Request, fault: Exception) -> Response:
        del request
        return PlainTextResponse(f"{fault}\n", status_code=503, headers=_HEADERS)

    return Starlette(
        routes=[
            Route("/", status),
            Route("/health", health),
            Route("/ready", ready),
            metrics_route(store, utc_now),
            *more,
        ],
        exception_handlers={StoreUnavailable: unavailable},
    )


def _page(overview: Overview, running: Mapping[str, str]) -> str:
    template = Template(files(__name__.rpartition(".")[0]).joinpath("status.html").read_text(encoding="utf-8"))
    sections = (
        ("Running", running),
        ("Messages", overview.messages),
        ("Requests", overview.requests),
        ("Outgoing", overview.outgoing),
        ("For staff", {"open items": overview.staff_items, "shunted messages": overview.shunted}),
    )
    return template.substitute(sections="".join(_section(title, rows) for title, rows in sections))


def _section(title: str, rows: Mapping[str, str] | Mapping[str, int]) -> str:
    cells = "".join(
        f"<tr><th scope=row>{escape(name)}</th><td>{_cell(str(value))}</td></tr>" for name, value in rows.items()
    )
    return f"<section><h2>{escape(title)}</h2><table>{cells or '<tr><td>nothing yet</td></tr>'}</table></section>"


def _cell(text: str) -> str:
    """An address of ours can be followed."""
    shown = escape(text)
    return f'<a href="{shown}">{shown}</a>' if text.startswith(("http://", "https://")) else shown
