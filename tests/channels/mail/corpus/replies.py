"""Replies as twenty languages and fourteen mail programs write them, each with the words that its writer typed.

They fall into two halves, `dev` for mending the scanner and `test` of which only the total was looked at, and the
`unseen` five languages that were written when the scanner was mended.
"""

import textwrap
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

Language = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    name: str
    half: str
    body: str
    kind: str
    #: What its writer typed, blanks aside.
    typed: str


def _quoted(language: Language, mark: str = "> ") -> str:
    return "\n".join(mark + line for line in language["quote"])


def _block(language: Language, date: int = 1) -> str:
    source, sent, to, subject = (language["labels"][index] for index in (0, date, 2, 3))
    lines = [
        f"{source}Marigold & Finch <hello@marigold.example>", sent + language["sent"],
        f"{to}Ada Byron <ada@example.org>", f"{subject}Re: PD-7K3Q-9M2X",
    ]  # fmt: skip
    return "\n".join([*lines, "", *language["quote"]])


def _gmail(t: Language) -> tuple[str, str]:
    return f"{t['own']}\n\n{t['gmail']}\n\n{_quoted(t)}\n", t["own"]


def _gmail_wrapped(t: Language) -> tuple[str, str]:
    return f"{t['own']}\n\n{textwrap.fill(t['gmail'], 60)}\n\n{_quoted(t)}\n", t["own"]


def _outlook_desktop(t: Language) -> tuple[str, str]:
    typed = f"{t['own']}\n\n{t['farewell']}"
    return f"{typed}\n\n{_block(t)}\n", typed


def _outlook_web(t: Language) -> tuple[str, str]:
    return f"{t['own']}\n________________________________\n{_block(t)}\n", t["own"]


def _outlook_mobile(t: Language) -> tuple[str, str]:
    footer = f"{t['outlook_mobile']}<https://aka.ms/o0ukef>"
    return f"{t['own']}\n\n{footer}\n________________________________\n{_block(t)}\n", t["own"]


def _iphone(t: Language) -> tuple[str, str]:
    return f"{t['own']}\n\n{t['iphone']}\n\n> {t['apple']}\n> \n{_quoted(t)}\n", t["own"]


def _apple_desktop(t: Language) -> tuple[str, str]:
    typed = f"{t['own']}\n\n{t['farewell']}"
    return f"{typed}\n\n\n> {t['apple']}\n> \n{_quoted(t)}\n> \n", typed


def _thunderbird_below(t: Language) -> tuple[str, str]:
    return f"{t['thunderbird']}\n{_quoted(t)}\n\n{t['own']}\n\n-- \nAda Byron\n+44 20 7946 0000\n", t["own"]


def _inline(t: Language) -> tuple[str, str]:
    first, second, third = t["quote"]
    body = f"{t['thunderbird']}\n> {first}\n>\n> {second}\n\n{t['own']}\n\n> {third}\n\n{t['second']}\n"
    return body, f"{t['own']}\n\n{t['second']}"


def _samsung(t: Language) -> tuple[str, str]:
    return f"{t['own']}\n\n{t['galaxy']}\n\n{t['original']}\n{_block(t, date=4)}\n", t["own"]


def _disclaimer(t: Language) -> tuple[str, str]:
    typed = f"{t['own']}\n\n{t['farewell']}"
    return f"{typed}\n\n{textwrap.fill(t['notice'], 76)}\n\n{t['gmail']}\n{_quoted(t)}\n", typed


def _proton(t: Language) -> tuple[str, str]:
    dividers = "------- Original Message -------"
    return f"{t['own']}\n\n{dividers}\n{t['gmail']}\n\n{_quoted(t)}\n", t["own"]


def _gmail_html(t: Language) -> tuple[str, str]:
    quote = "<br>".join(map(escape, t["quote"]))
    body = (
        f'<div dir="ltr">{escape(t["own"])}<div><br></div><div>{escape(t["second"])}</div></div><br>'
        f'<div class="gmail_quote"><div dir="ltr" class="gmail_attr">{escape(t["gmail"])}<br></div>'
        f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex">{quote}</blockquote></div>'
    )
    return body, f"{t['own']}\n\n{t['second']}"


def _outlook_html(t: Language) -> tuple[str, str]:
    source, sent, to, subject = (escape(t["labels"][index].strip()) for index in range(4))
    quote = "".join(f'<p class="MsoNormal">{escape(line)}</p>' for line in t["quote"])
    body = (
        f'<html><body><div class="WordSection1"><p class="MsoNormal">{escape(t["own"])}</p>'
        f'<p class="MsoNormal">&nbsp;</p><p class="MsoNormal">{escape(t["second"])}</p>'
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f'<p class="MsoNormal"><b>{source}</b> Marigold &amp; Finch &lt;hello@marigold.example&gt;<br>'
        f"<b>{sent}</b> {escape(t['sent'])}<br><b>{to}</b> Ada Byron &lt;ada@example.org&gt;<br>"
        f"<b>{subject}</b> Re: PD-7K3Q-9M2X</p></div>{quote}</div></body></html>"
    )
    return body, f"{t['own']}\n\n{t['second']}"


_FORMATS: tuple[tuple[str, str, Callable[[Language], tuple[str, str]]], ...] = (
    ("gmail", "plain", _gmail),
    ("gmail wrapped", "plain", _gmail_wrapped),
    ("outlook desktop", "plain", _outlook_desktop),
    ("outlook web", "plain", _outlook_web),
    ("outlook mobile", "plain", _outlook_mobile),
    ("iphone", "plain", _iphone),
    ("apple desktop", "plain", _apple_desktop),
    ("thunderbird below", "plain", _thunderbird_below),
    ("inline", "plain", _inline),
    ("samsung", "plain", _samsung),
    ("disclaimer", "plain", _disclaimer),
    ("proton", "plain", _proton),
    ("gmail html", "html", _gmail_html),
    ("outlook html", "html", _outlook_html),
)


@cache
def replies() -> tuple[Reply, ...]:
    """All of them; each format and each language is in both halves."""
    return tuple(_all())


def _all() -> Iterator[Reply]:
    for file in ("replies.toml", "replies_unseen.toml"):
        table = tomllib.loads(Path(__file__).with_name(file).read_text(encoding="utf-8"))
        for row, (code, language) in enumerate(table.items()):
            for column, (program, kind, write) in enumerate(_FORMATS):
                body, typed = write(language)
                half = "unseen" if "unseen" in file else "test" if (row + column) % 2 else "dev"
                yield Reply(name=f"{code} {program}", half=half, body=body, kind=kind, typed=typed)
