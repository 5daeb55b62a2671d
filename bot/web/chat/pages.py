"""The widget's own files, and its words in the language of the page.

Law: the widget is one script, one style sheet and one table of words; nothing is built, nothing comes from elsewhere.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import words
from bot.core.playbook import Playbook

_FILES = {"widget.js": "text/javascript", "widget.css": "text/css"}
_HEADERS = {
    "Cache-Control": "public, max-age=300",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def widget_routes() -> tuple[Route, ...]:
    return tuple(Route(f"/{name}", _file(name)) for name in _FILES)


def setup_of(playbook: Playbook, wanted: str) -> Mapping[str, Any]:
    """What the widget says: in the wanted language where the brand speaks it, else in the brand's first."""
    short = wanted.lower().partition("-")[0]
    language = short if short in playbook.languages and short in words.languages() else playbook.languages[0]
    return {"shop": playbook.shop, "contact": playbook.contact, "language": language, "words": widget_words(language)}


@cache
def widget_words(language: str) -> Mapping[str, Any]:
    """The widget's table of words; raises `FileNotFoundError` for a language without one."""
    found: Mapping[str, Any] = json.loads(_folder().joinpath("words", f"{language}.json").read_text(encoding="utf-8"))
    return found


def _file(name: str) -> Any:
    async def serve(request: Request) -> Response:
        del request
        return Response(_folder().joinpath(name).read_bytes(), media_type=_FILES[name], headers=_HEADERS)

    return serve


def _folder() -> Any:
    return files(__name__.rpartition(".")[0]).joinpath("widget")
