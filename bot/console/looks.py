"""How pages are made: templates that escape everything, the headers of every answer, and the console's own files.

Law: the policy allows nothing inline and no other host, so that even markup that slipped through would be dead.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types console-rows"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
_FILES = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bot.console"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["ROOT"] = ROOT
    return environment


#: Where the console hangs.
ROOT = "/console"


def page(template: str, context: Mapping[str, Any], *, status: int = 200) -> Response:
    text = _environment().get_template(template).render(context)
    return HTMLResponse(text, status_code=status, headers=HEADERS)


async def own_file(request: Request) -> Response:
    """The style sheet, the script, the icon."""
    name = request.path_params["name"]
    if name not in _FILES:
        return PlainTextResponse("not found\n", status_code=404, headers=HEADERS)
    body = files("bot.console").joinpath("static", name).read_bytes()
    return Response(body, media_type=_FILES[name], headers=HEADERS | {"Cache-Control": "max-age=300"})
