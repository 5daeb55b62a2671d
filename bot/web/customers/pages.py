"""How the customers' pages look: one plain page in the person's language, that calls nothing and runs nothing."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template

from starlette.responses import HTMLResponse

from bot import words


def shown(title: str, content: str, *, shop: str, language: str, status: int = 200) -> HTMLResponse:
    """`title` and `shop` are plain text, `content` is HTML of ours."""
    page = Template(_file("page.html")).substitute(
        language=escape(language), title=escape(title), shop=escape(shop), style=_file("page.css"), content=content
    )
    return HTMLResponse(page, status_code=status, headers=_headers())


def deny_form(form: str, *, shop: str, language: str) -> str:
    return _form(_said("page_deny_text", language, shop=shop), "", form, _said("page_deny_button", language))


def code_form(form: str, *, shop: str, language: str, missing: bool) -> str:
    """With what is missing said first, where the page comes back."""
    bad = f'<p class="bad" id="bad" role="alert">{_said("page_code_missing", language)}</p>' if missing else ""
    told = 'aria-invalid="true" aria-describedby="bad" ' if missing else ""
    field = (
        f'<label for="code">{_said("page_code_label", language)}</label>'
        f'<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="12"'
        f" required {told}autofocus>"
    )
    return _form(_said("page_code_text", language, shop=shop), bad + field, form, _said("page_code_button", language))


def paragraph(key: str, language: str) -> str:
    return f"<p>{_said(key, language)}</p>"


def _form(text: str, fields: str, form: str, button: str) -> str:
    hidden = f'<input type="hidden" name="form" value="{escape(form)}">'
    return f'<p>{text}</p><form method="post">{hidden}{fields}<button type="submit">{button}</button></form>'


def _said(key: str, language: str, **values: str) -> str:
    return escape(words.phrase(key, language, **values))


def _headers() -> dict[str, str]:
    style = b64encode(sha256(_file("page.css").encode()).digest()).decode()
    policy = ("default-src 'none'", f"style-src 'sha256-{style}'", "form-action 'self'")
    return {
        "Content-Security-Policy": "; ".join((*policy, "frame-ancestors 'none'", "base-uri 'none'")),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


@cache
def _file(name: str) -> str:
    return files(__name__.rpartition(".")[0]).joinpath(name).read_text(encoding="utf-8")
