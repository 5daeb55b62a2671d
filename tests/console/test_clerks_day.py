"""A clerk's day in a real Chromium, on the database that the demo makes; and every page as others see and use it.

CONSOLE_SHOTS=folder keeps pictures.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyotp
import pytest

from bot.channels import Arrival
from bot.channels.mail.sink import MailSink
from bot.console.credentials import new_account, secret_of
from bot.demo.clerk import SignIn, hire_a_clerk
from bot.demo.house import demo_settings, settled, sink_running
from bot.demo.play import answer_with_codes, feed, samples
from bot.service import Service, serving
from bot.settings import SignInSettings
from bot.store import RequestDetail, RequestRow
from bot.store.accounts import Accounts
from tests.console.browsing import Running, Window, chromium, running, window
from tests.console.provider import CLIENT, FakeProvider, a_provider

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
pytestmark = pytest.mark.real_server


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The demo, played, with somebody who may work in it."""

    service: Service
    sink: MailSink
    clerk: SignIn
    #: A second person, whom the provider knows.
    second: str
    provider: FakeProvider

    @property
    def url(self) -> str:
        return self.service.running["console"]


@asynccontextmanager
async def the_demo(folder: Path, provider: FakeProvider) -> AsyncIterator[Demo]:
    async with sink_running(folder) as sink:
        usual = demo_settings(sink, folder=folder)
        free = {"smtp_in": usual.smtp_in and usual.smtp_in.model_copy(update={"port": 0})}
        brands = tuple(brand.model_copy(update={"four_eyes": {"deletion": ("deny",)}}) for brand in usual.brands)
        sign_in = SignInSettings(issuer=provider.url, client_id=CLIENT, name="Shop ID", allow_private=True)
        mine = {"web": usual.web.model_copy(update={"port": 0}), "brands": brands, "sign_in": sign_in}
        settings = usual.model_copy(update=free | mine)
        async with serving(settings) as service:
            await feed(service, samples(), lambda: None)
            assert await settled(service, seconds=480)
            await answer_with_codes(service, sink)
            second, _ = new_account("ida", {"marigold": "lead"})
            accounts = Accounts(service.desk.store.database, service.desk.keys)
            await accounts.add(replace(second, must_change=False, mailbox="ada@shop.example"), now=service.desk.now())
            yield Demo(
                service=service,
                sink=sink,
                clerk=await hire_a_clerk(service.desk),
                second=secret_of(service.desk.keys, second.totp_nonce),
                provider=provider,
            )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("day")
    with a_provider() as provider, running(lambda: the_demo(folder, provider)) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def desk(demo: Running, browser: Any) -> Window:
    """The clerk, signed in."""
    found = window(browser, demo.thing.url)
    clerk = demo.thing.clerk
    found.go("/")
    found.shoot("00-sign-in")
    now = demo.thing.service.desk.now()
    found.sign_in(clerk.name, clerk.password, pyotp.TOTP(clerk.secret).at(int(now.timestamp())))
    return found


def ask(demo: Running, reference: str) -> RequestDetail:
    found = demo.ask(demo.thing.service.desk.store.request(reference))
    assert isinstance(found, RequestDetail)
    return found


def an_open_one(demo: Running, right: str) -> RequestRow:
    rows: list[RequestRow] = demo.ask(demo.thing.service.desk.store.requests(state="open"))
    return next(row for row in rows if row.right == right)


def open_act(desk: Window, reference: str, act: str) -> Any:
    """The form of an act, unfolded."""
    desk.go(f"/case/{reference}")
    form = desk.page.locator(f"form[action$='/{act}']")
    if not form.is_visible():
        desk.page.locator(".act", has=form).locator("summary").first.click()
    return form


def send(desk: Window, form: Any, said: str) -> None:
    form.locator("button").last.click()
    desk.page.locator(".said", has_text=said).wait_for()


def test_the_most_urgent_is_picked_by_keyboard_and_understood_on_one_screen(demo: Running, desk: Window) -> None:
    rows = demo.ask(demo.thing.service.desk.store.requests())
    urgent = min((row for row in rows if not row.is_closed), key=lambda row: (row.due_at, row.reference))
    desk.go("/cases")
    desk.shoot("01-work-list")

    desk.page.keyboard.press("j")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/case/**")

    assert urgent.reference in desk.page.url
    glance = desk.page.locator(".answers").inner_text()
    assert ask(demo, urgent.reference).deadlines[0].sum in glance
    assert "The bot wrote" in glance
    assert desk.page.locator("mark").count()
    desk.page.locator(".reading summary").first.click()
    desk.shoot("02-case")
    assert desk.amiss == []


def test_an_answer_with_a_line_of_the_policy_is_sent(demo: Running, desk: Window) -> None:
    row = an_open_one(demo, "deletion")

    form = open_act(desk, row.reference, "answer")
    form.locator("textarea").fill("We are looking for everything that belongs to you.")
    form.locator("input[name=line]").first.check()
    desk.shoot("03-answer")
    send(desk, form, "Your answer is on its way")

    detail = ask(demo, row.reference)
    assert detail.request.state.value == "in_progress"
    assert detail.outgoing[-1].state in ("queued", "sent")
    written = desk.page.locator(".message.ours").last.inner_text()
    assert "demo wrote" in written
    assert "We are looking for everything that belongs to you." in written
    assert desk.page.locator(".message.ours").last.locator("blockquote").count() == 1
    desk.shoot("04-answered")


def test_the_time_is_extended_with_a_reason(demo: Running, desk: Window) -> None:
    row = an_open_one(demo, "correction")

    form = open_act(desk, row.reference, "extend")
    form.locator("textarea").fill("Your record lies in our old shop's archive.")
    send(desk, form, "The time is extended")

    after = ask(demo, row.reference)
    assert any(deadline.extended for deadline in after.deadlines)
    assert "extended" in desk.page.locator("section", has_text="Clocks").last.inner_text()
    desk.shoot("05-extended")


def test_a_refusal_is_undone_before_it_leaves_and_then_the_request_is_completed(demo: Running, desk: Window) -> None:
    row = an_open_one(demo, "access")

    form = open_act(desk, row.reference, "deny")
    form.locator("select").select_option("no_match")
    form.locator("textarea").fill("We found nothing under this address.")
    desk.shoot("06-refusing")
    send(desk, form, "Refused.")
    assert ask(demo, row.reference).request.state.value == "denied"
    desk.page.get_by_role("button", name="Undo").click()
    desk.page.locator(".said", has_text="Undone. Nothing was sent.").wait_for()
    undone = ask(demo, row.reference)
    form = open_act(desk, row.reference, "complete")
    form.locator("textarea[name=words]").fill("Your copy is ready.")
    send(desk, form, "Completed.")

    assert (undone.request.state.value, undone.outgoing[-1].state) == ("open", "stopped")
    assert ask(demo, row.reference).request.state.value == "completed"
    desk.shoot("07-completed")


def test_a_wrong_reading_is_corrected(demo: Running, desk: Window) -> None:
    row = an_open_one(demo, "complaint")

    form = open_act(desk, row.reference, "correct")
    form.locator("input[value=access]").check()
    send(desk, form, "The correction is kept")

    talk = desk.page.locator("section", has_text="Corrections").last.inner_text()
    assert "Access" in talk


def test_a_second_person_comes_in_by_the_provider_and_gives_leave(demo: Running, desk: Window, browser: Any) -> None:
    row = an_open_one(demo, "deletion")
    form = open_act(desk, row.reference, "deny")
    form.locator("select").select_option("legal_exemption")
    form.locator("textarea").fill("We must keep the bills of your last order.")
    desk.shoot("07a-proposing")
    send(desk, form, "Proposed.")
    desk.shoot("07b-proposed")
    other = window(browser, desk.url)

    other.go(f"/case/{row.reference}")
    other.shoot("07c-door-with-provider")
    other.page.get_by_role("link", name="Sign in with Shop ID").click()
    other.page.get_by_text("Your provider has let you in.").wait_for()
    other.shoot("07d-code-after-provider")
    now = demo.thing.service.desk.now()
    other.page.fill("#code", pyotp.TOTP(demo.thing.second).at(int(now.timestamp())))
    other.page.click("button.primary")
    other.page.wait_for_url(f"**/case/{row.reference}")
    other.shoot("07e-to-give-leave")
    other.page.get_by_role("button", name="Give leave and do it").click()
    other.page.locator(".said", has_text="Done, with your leave.").wait_for()
    after = ask(demo, row.reference)
    other.page.get_by_role("button", name="Undo").click()
    other.page.locator(".said", has_text="Undone.").wait_for()

    assert after.request.state.value == "denied"
    done = [(one.event, one.actor) for one in after.audit if one.event.startswith("act_")]
    assert done == [("act_proposed", "demo"), ("act_approved", "ida")]
    assert [entry for entry in other.amiss if not entry.startswith(demo.thing.provider.url)] == []
    other.page.context.close()


def test_the_same_asked_by_phone_is_handled_together_and_taken_apart(demo: Running, desk: Window) -> None:
    row = an_open_one(demo, "correction")
    desk.go("/new")
    desk.page.select_option("[name=right]", "correction")
    desk.page.select_option("[name=door]", "phone")
    desk.page.fill("[name=person]", row.subject)
    desk.page.locator("form[action$='/new'] button.primary").click()
    desk.page.locator(".said").wait_for()
    second = desk.page.url.partition("/case/")[2].partition("?")[0]

    desk.page.get_by_role("button", name=f"Handle together: {row.reference}").click()
    desk.page.locator(".said", has_text="Both are handled together now.").wait_for()
    # Taken down at noon of the day: which of the two is the earlier depends on the hour.
    joining = demo.thing.service.desk.store.joining
    lead, other = (row.reference, second) if demo.ask(joining.followers_of(row.reference)) else (second, row.reference)
    desk.go(f"/case/{other}")
    desk.shoot("07f-handled-together")
    refers = desk.page.locator(".together").inner_text()
    desk.go(f"/case/{lead}")
    desk.shoot("07g-handled-here")
    together = desk.page.locator("section", has_text="Handled together with this one").last.inner_text()
    desk.page.get_by_role("button", name=f"Take apart: {other}").click()
    desk.page.locator(".said", has_text="They are handled apart again.").wait_for()

    assert lead in refers
    assert other in together
    desk.go(f"/case/{lead}")
    assert desk.page.get_by_role("button", name=f"Take apart: {other}").count() == 0


def test_many_are_given_to_a_colleague_at_once(demo: Running, desk: Window) -> None:
    desk.go("/cases?taken_by=-")
    boxes = desk.page.locator("[name=reference]")
    picked = [boxes.nth(place).get_attribute("value") for place in range(2)]
    for place in range(2):
        boxes.nth(place).check()

    desk.page.select_option("#bulk-act", "assign")
    desk.page.select_option("#bulk-to", "demo")
    desk.shoot("08-bulk")
    desk.page.get_by_role("button", name="Do it").click()

    desk.page.get_by_role("heading", name="2 done.").wait_for()
    assert {ask(demo, str(reference)).request.taken_by for reference in picked} == {"demo"}


def test_the_list_shows_what_comes_in_without_a_reload(demo: Running, desk: Window) -> None:
    desk.go("/cases")
    before = desk.page.locator("[data-row]").count()
    raw = samples()[0].raw.replace(b"Message-ID: <", b"Message-ID: <again-")
    first = samples()[0]

    service = demo.thing.service
    arrival = Arrival(channel="email", brand="marigold", raw=raw, received_at=service.desk.now())
    demo.ask(service.accept(arrival))
    desk.page.locator("[data-row]").nth(before).wait_for()

    assert first.sender in desk.page.locator("#rows").inner_text()


def test_the_day_ends_with_a_look_at_the_dashboard(desk: Window) -> None:
    desk.go("/figures")

    assert int(desk.page.locator(".tiles .number").first.inner_text()) > 10
    assert desk.page.locator("svg rect").count() > 3
    desk.shoot("09-dashboard")
    with desk.page.expect_download() as download:
        desk.page.get_by_role("link", name="Excel").click()
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
    assert [entry for entry in desk.amiss if "download" not in entry] == []


PAGES = (
    "/cases", "/case", "/handed", "/held?state=shadow", "/new", "/figures", "/policies", "/policies/marigold",
    "/suppression", "/aside", "/modes", "/settings", "/people", "/audit", "/me", "/help",
)  # fmt: skip
#: A screen by day and by night, and a telephone.
LOOKS = ((1280, "light"), (1280, "dark"), (390, "light"))


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_every_page_can_be_used_by_everybody(
    demo: Running, desk: Window, browser: Any, width: int, scheme: str
) -> None:
    """axe-core finds nothing, and nothing hangs over the edge of a telephone."""
    seen = window(browser, desk.url, width=width, scheme=scheme, state=desk.page.context.storage_state())
    case = an_open_one(demo, "deletion").reference
    found = []

    for path in PAGES:
        seen.go(path if path != "/case" else f"/case/{case}")
        seen.page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
        report = axe.Axe().run(seen.page)
        found += [(path, one["id"], one["nodes"][0]["html"][:120]) for one in report.response["violations"]]
        over = seen.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        found += [(path, "wider than the window", over)] if over > 0 else []
        seen.shoot(f"{width}-{scheme}{path.partition('?')[0].replace('/', '-')}")
    seen.page.context.close()

    assert found == []
    assert seen.amiss == []


def test_the_door_can_be_used_by_everybody(demo: Running, browser: Any) -> None:
    for scheme in ("light", "dark"):
        seen = window(browser, demo.thing.url, scheme=scheme)
        seen.go("/sign-in")
        assert [one["id"] for one in axe.Axe().run(seen.page).response["violations"]] == []
        seen.page.context.close()


def test_everything_can_be_reached_with_the_tab_key_and_shows_where_one_is(demo: Running, desk: Window) -> None:
    desk.go(f"/case/{an_open_one(demo, 'deletion').reference}")
    hidden = []
    reached: set[str] = set()

    for _ in range(60):
        desk.page.keyboard.press("Tab")
        name, shown = desk.page.evaluate(
            "() => { const one = document.activeElement, look = getComputedStyle(one);"
            " const wide = parseFloat(look.outlineWidth) >= 2;"
            " return [one.outerHTML.slice(0, 80), look.outlineStyle !== 'none' && wide]; }"
        )
        reached.add(name)
        if not shown and not name.startswith("<body"):
            hidden.append(name)

    assert hidden == []
    assert len(reached) > 25


@pytest.mark.parametrize(("language", "title"), [("de", "Arbeitsliste"), ("fr", "Liste de travail")])
def test_the_console_speaks_the_clerks_language(desk: Window, language: str, title: str) -> None:
    desk.go("/me")
    desk.page.select_option("#language", language)
    desk.page.locator("form[action$='/me'] button").click()
    desk.page.locator(".said").wait_for()
    desk.go("/cases")
    heading, declared = desk.page.locator("h1").inner_text(), desk.page.locator("html").get_attribute("lang")
    desk.shoot(f"10-{language}")
    desk.go("/me")
    desk.page.select_option("#language", "")
    desk.page.locator("form[action$='/me'] button").click()
    desk.page.locator(".said").wait_for()

    assert (heading, declared) == (title, language)
