"""The evidence pack as one page that needs nothing else, and as JSON.

Law: text of messages is shown as text; the page loads nothing and runs nothing.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, Template

from bot.staff.evidence_pack import Pack


def page_of(pack: Pack) -> str:
    """HTML that can be read, printed and kept."""
    return _template().render(pack=pack, day=_day)


def plain_of(pack: Pack) -> dict[str, Any]:
    """Values that JSON knows."""
    plain: dict[str, Any] = _plain(asdict(pack))
    return plain


@cache
def _template() -> Template:
    text = files("bot.staff").joinpath("evidence.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True).from_string(text)


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return {name: _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case date():
            return value.isoformat()
        case _:
            return value
