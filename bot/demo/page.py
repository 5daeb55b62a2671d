"""The fictional shop's front page, for trying the chat where customers would find it.

Law: the page is as strict as a careful shop's: nothing inline, nothing from another host.
"""

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

#: What the page is called among the things that run.
NAME = "shop with chat"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def shop_pages() -> tuple[Route, ...]:
    """The page itself, then what belongs to it."""
    return (Route("/demo", _page), Route("/demo/shop.css", _style))


async def _page(request: Request) -> Response:
    del request
    return Response(_read("index.html"), media_type="text/html", headers=_HEADERS)


async def _style(request: Request) -> Response:
    del request
    return Response(_read("shop.css"), media_type="text/css", headers=_HEADERS)


def _read(name: str) -> bytes:
    return files("bot.demo").joinpath("shop", name).read_bytes()
