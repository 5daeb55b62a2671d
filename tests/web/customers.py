"""A house whose code mails lead to the customers' pages."""

import re
from dataclasses import dataclass, replace

import httpx
from starlette.applications import Starlette

from bot.channels import Arrival
from bot.channels.page import PageChannel
from bot.engine.desk import Desk
from bot.engine.intake import accept
from bot.store import Accepted
from bot.web.chat.limits import Rate
from bot.web.customers import CustomersPages
from tests.engine.fakes import House, a_mail, receive, work
from tests.engine.letters import text_of

HOME = "https://desk.example"
AMPLE = Rate(burst=100_000, per_minute=100_000)


@dataclass(kw_only=True)
class PagesHouse:
    house: House
    desk: Desk
    app: Starlette

    def browser(self, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url=HOME, headers=headers)

    async def ask(self, text: str = "deletion please", **headers: str) -> None:
        await receive(self.desk, a_mail(text, **headers), now=self.house.now)
        await work(self.desk)

    def link(self, purpose: str) -> str:
        """The path of the page in the newest code mail."""
        said = "".join(text_of(sent) for sent in self.house.post).replace("=\n", "")
        return re.findall(rf"{HOME}(/{purpose}/\S+)", said)[-1]


def pages_house(house: House, *, by_host: Rate = AMPLE, by_mail: Rate = AMPLE) -> PagesHouse:
    desk = house.desk()
    playbook = replace(desk.playbooks["rings"], public_url=HOME)
    desk = replace(desk, playbooks={"rings": playbook}, channels={**desk.channels, "page": PageChannel()})

    async def take(arrival: Arrival) -> Accepted:
        return await accept(desk, arrival)

    pages = CustomersPages(desk, take, by_host=by_host, by_mail=by_mail)
    return PagesHouse(house=house, desk=desk, app=Starlette(routes=pages.routes()))


def form_in(page: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)
