"""The stored text of a policy, line by line, so that whoever was quoted something can read it where it stands.

Law: a page shows the bytes that answers quote, of the version that they name, and runs nothing; it never changes.
"""

import asyncio
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import words
from bot.core.playbook import Playbook
from bot.store import Store, StoredPolicy
from policy_faq import Policy, import_policy

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=86400",
}
_STYLE = """:root { color-scheme: light dark; }
body { font: 17px/1.6 Georgia, serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem 60vh; }
header { font-family: system-ui, sans-serif; font-size: .9rem; opacity: .8; }
p { margin: 0; min-height: 1.6em; display: grid; grid-template-columns: 3.5rem 1fr; overflow-wrap: anywhere; }
p > a { font: .75rem/2.3 ui-monospace, monospace; color: inherit; opacity: .55; text-decoration: none; }
p:target, p.quoted { background: color-mix(in srgb, Highlight 22%, Canvas); }
p { scroll-margin-top: 30vh; }
"""
#: Of a version, as its address names it.
_SHORTEST_VERSION = 12
_PAGES_KEPT = 8


class PolicyPages:
    """What hangs under `/policy`."""

    def __init__(self, store: Store, playbooks: Mapping[str, Playbook]) -> None:
        self._store = store
        self._playbooks = playbooks

    def routes(self) -> list[Route]:
        return [Route("/policy/policy.css", _style), Route("/policy/{brand}/{version}", self._show)]

    async def _show(self, request: Request) -> Response:
        brand, version = request.path_params["brand"], request.path_params["version"]
        stored = await self._find(brand, version)
        if stored is None:
            return PlainTextResponse("not found\n", status_code=404, headers=_HEADERS | {"Cache-Control": "no-store"})
        policy = await asyncio.to_thread(_read, stored)
        quoted = _lines_in(request.query_params.get("lines", ""))
        page = _page(policy, self._playbooks[brand].shop, quoted)
        return Response(page, media_type="text/html", headers=_HEADERS)

    async def _find(self, brand: str, version: str) -> StoredPolicy | None:
        if brand not in self._playbooks or len(version) < _SHORTEST_VERSION:
            return None
        known = await self._store.policies()
        return next((one for one in known if one.brand == brand and one.sha256.startswith(version)), None)


@lru_cache(maxsize=_PAGES_KEPT)
def _read(stored: StoredPolicy) -> Policy:
    return import_policy(stored.raw, name=stored.name)


def _lines_in(wanted: str) -> range:
    first, _, last = wanted.partition("-")
    if not (first.isascii() and first.isdigit() and len(wanted) < 20):
        return range(0)
    return range(int(first), int(last if last.isascii() and last.isdigit() else first) + 1)


def _page(policy: Policy, shop: str, quoted: range) -> str:
    title = f"{shop}: {words.phrase('policy_version', policy_language(policy), version=policy.sha256[:12])}"
    head = (
        f'<!doctype html><html lang="{escape(policy.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/policy/policy.css"></head>'
    )
    lines = "".join(_lines(policy, quoted))
    return f"{head}<body><header>{escape(title)}</header><main>{lines}</main></body></html>"


def policy_language(policy: Policy) -> str:
    """The language of a policy where we speak it."""
    return policy.language if policy.language in words.languages() else "en"


def _lines(policy: Policy, quoted: range) -> Iterator[str]:
    """Each line of the file with its number; several pieces of one line stand below its one number."""
    before = 0
    ends = [offset for offset, _ in policy.line_starts[1:]] + [len(policy.text)]
    for (start, line), end in zip(policy.line_starts, ends, strict=True):
        mark = ' class="quoted"' if line in quoted else ""
        number = f'<a href="#L{line}">{line}</a>' if line != before else "<span></span>"
        name = f' id="L{line}"' if line != before else ""
        before = line
        yield f"<p{name}{mark}>{number}<span>{escape(policy.text[start:end].strip())}</span></p>"


async def _style(request: Request) -> Response:
    del request
    return Response(_STYLE, media_type="text/css", headers=_HEADERS)
