"""An office with clerks, and browsers without a screen."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pyotp
from starlette.applications import Starlette

from bot.channels.memory import MemoryChannel
from bot.console.app import console
from bot.console.credentials import hash_password, secret_of
from bot.console.reviewed import Reviewed
from bot.console.visit import Office
from bot.core.playbook import Mode, Playbook
from bot.engine.desk import Desk
from bot.staff import Clerk
from bot.store.accounts import Account, Accounts
from bot.store.casebook import Casebook
from bot.store.figures import Figures
from bot.store.worklist import Worklist
from tests.core.builders import a_playbook
from tests.engine.fakes import KEYS, House, a_mail, receive, work
from tests.engine.letters import code_in

HOME = "https://desk.example"
PASSWORD = "correct horse battery"
BRAND, OTHER_BRAND = "rings", "pearls"


@cache
def _hashed() -> str:
    return hash_password(PASSWORD)


def _extendable(playbook: Playbook) -> Playbook:
    """Its clocks of the law can be extended to three months."""
    clocks = [replace(clock, extended=3) if clock.regime == "eu" else clock for clock in playbook.clocks]
    return replace(playbook, clocks=tuple(clocks))


async def nothing_reviewed(brand: str) -> Reviewed | None:
    return None


@dataclass(kw_only=True)
class Room:
    """A desk, its console, and a way to let clerks in."""

    house: House
    desk: Desk
    office: Office

    async def hire(self, name: str, role: str, brand: str = BRAND, **changes: Any) -> "Browser":
        """A clerk of this role, signed in."""
        account = Account(
            name=name, password=_hashed(), must_change=False, totp_nonce=f"nonce of {name}", totp_step=0,
            disabled=False, language="en", time_zone="UTC", roles={brand: role} if role else {},
        )  # fmt: skip
        await self.office.accounts.add(replace(account, **changes), now=self.house.now)
        browser = self.browser()
        await browser.sign_in(name)
        return browser

    def clerk(self, name: str) -> Clerk:
        """Somebody at the command line."""
        desk = self.office.desk
        return Clerk(name=name, store=desk.store, playbooks=desk.playbooks, now=desk.now)

    def browser(self) -> "Browser":
        app = Starlette(routes=[console(self.office)])
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
        return Browser(room=self, client=httpx.AsyncClient(transport=transport, base_url=HOME))

    def code(self, name: str) -> str:
        """The one-time password of now; each call is a step later."""
        self.house.later(seconds=30)
        return pyotp.TOTP(secret_of(KEYS, f"nonce of {name}")).at(int(self.house.now.timestamp()))

    async def a_case(self, *, text: str = "deletion", number: int = 1) -> str:
        """A verified request by mail; its reference."""
        before = {row.reference for row in await self.desk.store.requests()}
        await receive(self.desk, a_mail(text, number=number), now=self.house.now)
        await work(self.desk)
        answer = a_mail(code_in(self.house), number=number + 500, In_Reply_To=_message_id(self.house))
        await receive(self.desk, answer, now=self.house.now)
        await work(self.desk)
        after = {row.reference for row in await self.desk.store.requests()}
        return (after - before).pop()


def _message_id(house: House) -> str:
    text = next(sent.payload.decode() for sent in reversed(house.post) if b"Your code" in sent.payload)
    found = re.search(r"^Message-ID: (.*)$", text, re.M)
    assert found is not None
    return found.group(1).strip()


@asynccontextmanager
async def a_room(folder: Path, *, mode: Mode = Mode.AUTOMATIC) -> AsyncIterator[Room]:
    house = House(folder=folder, mode=mode)
    desk = house.desk()
    desk = replace(
        desk,
        playbooks={brand: _extendable(a_playbook(brand=brand, mode=mode)) for brand in (BRAND, OTHER_BRAND)},
        channels={**desk.channels, "terminal": MemoryChannel()},
    )
    database = desk.store.database
    office = Office(
        desk=desk,
        accounts=Accounts(database, KEYS),
        worklist=Worklist(database, KEYS),
        casebook=Casebook(database),
        figures=Figures(database),
        review=nothing_reviewed,
        settings={"Mail out": {"server": "127.0.0.1:25"}},
    )
    yield Room(house=house, desk=desk, office=office)
    await house.close()


@dataclass(kw_only=True)
class Browser:
    """What a clerk's browser does, without its screen."""

    room: Room
    client: httpx.AsyncClient

    async def sign_in(self, name: str, *, password: str = PASSWORD, code: str = "") -> httpx.Response:
        page = await self.client.get("/console/sign-in")
        form = {"name": name, "password": password, "code": code or self.room.code(name), "csrf": csrf_in(page)}
        return await self.send("/console/sign-in", form)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(f"/console{path}", headers=headers)

    async def post(
        self, path: str, fields: Mapping[str, str | list[str]] | None = None, *, seen: str = "/me"
    ) -> httpx.Response:
        """Send a form with the token of the page `seen`."""
        page = await self.get(seen)
        return await self.send(f"/console{path}", {"csrf": csrf_in(page), **(fields or {})})

    async def send(self, path: str, fields: Mapping[str, str | list[str]], *, origin: str = HOME) -> httpx.Response:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": origin}
        return await self.client.post(path, content=urlencode(fields, doseq=True), headers=headers)

    async def act(self, reference: str, act: str, **fields: str | list[str]) -> httpx.Response:
        """An act of the case page, as it was shown just now."""
        page = await self.get(f"/case/{reference}")
        return await self.send(
            f"/console/case/{reference}/{act}", {"csrf": csrf_in(page), "mark": mark_in(page), **fields}
        )


def csrf_in(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
    return found.group(1) if found else ""


def mark_in(page: httpx.Response) -> str:
    found = re.search(r'name="mark" value="([^"]*)"', page.text)
    return unescape(found.group(1)) if found else ""
