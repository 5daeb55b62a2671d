"""`init`: a few questions, each account tested, and a settings file in shadow mode."""

import asyncio
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import say
from bot.errors import BadSetting
from bot.examining import examine
from bot.settings import FILE_NAME, is_address, load_settings
from policy_faq import shipped_brands

_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    brand: str
    address: str
    imap_host: str
    imap_user: str
    smtp_host: str
    smtp_port: int


def register(app: typer.Typer) -> None:
    app.command()(init)


def init(
    force: Annotated[bool, typer.Option("--force", help="Replace a settings file that is there.")] = False,
) -> None:
    """Ask a few questions, write privacy-desk.toml in shadow mode, and test each account."""
    path = Path(FILE_NAME)
    if path.exists() and not force:
        raise BadSetting(f"{FILE_NAME} is there already; edit it, or replace it with `privacy-desk init --force`")
    answers = _ask()
    _write(path, _as_toml(answers))
    say(f"\nWrote {FILE_NAME}: shadow mode, so nothing is sent until you say so.\n")
    for finding in asyncio.run(examine(load_settings())):
        remedy = "" if finding.well else f": {finding.remedy}"
        say(f"  {'ok  ' if finding.well else 'mend'}  {finding.what}{remedy}")
    say(f"\nNext: privacy-desk policy import FILE --brand {answers.brand}, then privacy-desk check")


def _ask() -> _Answers:
    shop = typer.prompt("The shop's name")
    brand = _NOT_IN_A_NAME.sub("-", shop.lower()).strip("-")[:40] or "shop"
    say(f"  brand {brand}{' (its facts ship with the program)' if brand in shipped_brands() else ''}")
    address = typer.prompt("The address that customers write to")
    if not is_address(address):
        raise BadSetting(f"{address} is not an e-mail address; nothing was written")
    imap_host = typer.prompt("IMAP server of that inbox (empty: mail comes in by SMTP)", default="", show_default=False)
    imap_user = typer.prompt("User name there", default=address) if imap_host else ""
    smtp_host = typer.prompt("Server that takes our mail", default="127.0.0.1")
    smtp_port = typer.prompt("Its port", default=25 if smtp_host == "127.0.0.1" else 587, type=int)
    if not 1 <= smtp_port <= 65535:
        raise BadSetting(f"{smtp_port} is no port, they go from 1 to 65535; nothing was written")
    return _Answers(
        brand=brand, address=address, imap_host=imap_host, imap_user=imap_user, smtp_host=smtp_host, smtp_port=smtp_port
    )


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise BadSetting(f"{path} cannot be written ({error.strerror}); run it in a folder of yours") from error


def _as_toml(answers: _Answers) -> str:
    host = answers.address.partition("@")[2]
    local = answers.smtp_host == "127.0.0.1"
    lines = [
        f"host = {_quoted(host)}",
        "",
        "[[brands]]",
        f"name = {_quoted(answers.brand)}",
        f"addresses = [{_quoted(answers.address)}]",
        'mode = "shadow"    # shadow sends nothing, approve asks staff, automatic sends',
        "",
        "[smtp_out]",
        f"host = {_quoted(answers.smtp_host)}",
        f"port = {answers.smtp_port}",
        f'security = "{"none" if local else "starttls"}"',
        *(
            []
            if local
            else [f"user = {_quoted(answers.address)}", 'password_from = "SMTP_PASSWORD"    # an environment variable']
        ),
        "",
    ]
    if not answers.imap_host:
        return "\n".join([*lines, "[smtp_in]", "port = 8025", ""])
    return "\n".join(
        [
            *lines,
            "[[imap]]",
            f"brand = {_quoted(answers.brand)}",
            f"host = {_quoted(answers.imap_host)}",
            f"user = {_quoted(answers.imap_user)}",
            'password_from = "IMAP_PASSWORD"    # an environment variable',
            "",
        ]
    )


def _quoted(text: str) -> str:
    """A TOML string; JSON's are among them."""
    return json.dumps(text, ensure_ascii=False)
