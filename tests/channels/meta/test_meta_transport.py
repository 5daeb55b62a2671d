"""Handing messages over to the Graph API: what each of its answers means, and what the windows carry."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels import Outgoing
from bot.channels.meta.channel import MetaChannel
from bot.channels.meta.graph import GraphAccount
from bot.core.effects import Line, Part, Quotation
from bot.errors import BadSetting, NotNow, OutOfReach, Refused, Uncertain
from tests.channels.meta import fake_graph_api as fake
from tests.channels.meta.fake_graph_api import FakeGraphApi, Fault
from tests.core.builders import a_playbook

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
OFFER = Line(key="chat_purpose", values={"shop": "Rings", "contact": "hello@rings.example"})
BY_HAND = Line(key="letter_words", values={"words": "We found it."})


@pytest.fixture
def api() -> Iterator[FakeGraphApi]:
    with FakeGraphApi().running() as api:
        yield api


def channel(api: FakeGraphApi, platform: str = "messenger", **more: float) -> MetaChannel:
    account = GraphAccount(brand="rings", id="1001", token="EAAtoken", base_url=api.url, **more)
    return MetaChannel(platform, {"rings": account}, now=lambda: NOW)


def a_reply(*parts: Part, ago: timedelta | None = timedelta(minutes=1), recipient: str = "7001") -> Outgoing:
    return Outgoing(
        id="row-1",
        channel="messenger",
        brand="rings",
        conversation="c",
        recipient=recipient,
        language="en",
        kind="reply",
        parts=parts or (Line(key="ask_address"),),
        heard_at=None if ago is None else NOW - ago,
        created_at=NOW,
    )


async def sent(channel: MetaChannel, outgoing: Outgoing) -> str:
    return (await channel.send(channel.render(outgoing, a_playbook()))).said


async def test_a_reply_goes_to_the_page_with_the_token_in_a_header(api: FakeGraphApi) -> None:
    said = await sent(channel(api), a_reply())

    (post,) = api.posts
    assert said == "m_1"
    assert (post.path, post.token, post.person) == ("/v23.0/1001/messages", "EAAtoken", "7001")
    assert post.body["messaging_type"] == "RESPONSE"
    assert "Which e-mail address" in post.text


async def test_whatsapp_gets_its_own_form_with_our_id_for_reports(api: FakeGraphApi) -> None:
    assert await sent(channel(api, "whatsapp"), a_reply()) == "wamid.1"

    assert api.posts[0].body["biz_opaque_callback_data"] == "row-1"
    assert api.posts[0].body["text"]["preview_url"] is False


@pytest.mark.parametrize(("platform", "most"), [("messenger", 6), ("instagram", 6), ("whatsapp", 3)])
async def test_quick_answers_fit_and_stand_for_their_whole_words(api: FakeGraphApi, platform: str, most: int) -> None:
    await sent(channel(api, platform), a_reply(OFFER))

    body = api.taken[0].body
    if platform == "whatsapp":
        offered = [button["reply"]["id"] for button in body["interactive"]["action"]["buttons"]]
    else:
        offered = [reply["payload"] for reply in body["message"]["quick_replies"]]
    assert len(offered) == most
    assert offered[0] == "A copy of my data"


@pytest.mark.parametrize("platform", ["messenger", "instagram", "whatsapp"])
async def test_long_answers_come_in_pieces_that_each_platform_takes(api: FakeGraphApi, platform: str) -> None:
    words = "Wir löschen Ihre Daten. 💍 " * 60
    quoted = [Quotation(text=words, section="1", first_line=1, last_line=1, policy_sha256="ab" * 32) for _ in range(5)]

    await sent(channel(api, platform), a_reply(*quoted))

    assert "".join(post.text for post in api.taken).count("💍") == 300
    if platform == "instagram":
        assert max(len(post.text.encode()) for post in api.taken) <= 1000


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (fake.CLOSED_ON_A_PAGE, OutOfReach),
        (fake.CLOSED_ON_WHATSAPP, OutOfReach),
        (fake.BLOCKED, OutOfReach),
        (fake.UNKNOWN, Refused),
        (fake.TOKEN, NotNow),
        (fake.TOO_MANY, NotNow),
        (fake.TO_ONE_PERSON, NotNow),
        (fake.TROUBLE, NotNow),
        ((429, 0, 0), NotNow),
        ((503, 0, 0), NotNow),
    ],
)
async def test_each_error_is_what_it_means_and_carries_no_text_of_metas(
    api: FakeGraphApi, error: tuple[int, int, int], raised: type[Exception]
) -> None:
    api.faults.append(Fault(error=error))

    with pytest.raises(raised) as caught:
        await sent(channel(api), a_reply())

    assert type(caught.value) is raised
    assert "4917" not in str(caught.value)
    assert "EAAtoken" not in str(caught.value)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 60.0),
        ({"Retry-After": "7"}, 7.0),
        ({"X-Business-Use-Case-Usage": '{"1": [{"estimated_time_to_regain_access": 5}]}'}, 300.0),
        ({"X-Business-Use-Case-Usage": "nonsense"}, 60.0),
    ],
)
async def test_too_many_calls_wait_as_long_as_meta_says(
    api: FakeGraphApi, headers: dict[str, str], seconds: float
) -> None:
    api.faults.append(Fault(error=fake.TOO_MANY, headers=headers))

    with pytest.raises(NotNow) as caught:
        await sent(channel(api), a_reply())

    assert caught.value.seconds == seconds


async def test_a_line_that_breaks_after_the_message_leaves_it_uncertain(api: FakeGraphApi) -> None:
    api.faults.append(Fault(breaks=True))

    with pytest.raises(Uncertain):
        await sent(channel(api), a_reply())


async def test_nobody_at_home_is_not_now() -> None:
    gone = FakeGraphApi()
    with gone.running():
        pass

    with pytest.raises(NotNow):
        await sent(channel(gone), a_reply())


async def test_after_a_pause_only_the_pieces_that_were_not_taken_are_sent(api: FakeGraphApi) -> None:
    long = Quotation(text="word " * 900, section="1", first_line=1, last_line=1, policy_sha256="ab" * 32)
    to, outgoing = channel(api), a_reply(long)
    rendered = to.render(outgoing, a_playbook())
    account_sends = len(api.posts)
    api.faults += [Fault(error=fake.TROUBLE)]

    with pytest.raises(NotNow):
        await to.send(rendered)
    await to.send(rendered)
    once = [post.text for post in api.taken]
    api.posts.clear()
    await to.send(rendered)

    assert account_sends == 0
    assert once == [post.text for post in api.taken]


@pytest.mark.parametrize(
    ("platform", "part", "ago", "carried"),
    [
        ("messenger", Line(key="ask_address"), timedelta(hours=23), "RESPONSE"),
        ("messenger", Line(key="ask_address"), timedelta(hours=25), ""),
        ("messenger", BY_HAND, timedelta(hours=25), "MESSAGE_TAG"),
        ("instagram", BY_HAND, timedelta(days=6), "MESSAGE_TAG"),
        ("messenger", BY_HAND, timedelta(days=8), ""),
        ("whatsapp", BY_HAND, timedelta(hours=23), "whatsapp"),
        ("whatsapp", BY_HAND, timedelta(hours=25), ""),
        ("messenger", Line(key="ask_address"), None, "RESPONSE"),
    ],
)
async def test_the_windows_carry_answers_for_a_day_and_a_persons_for_a_week(
    api: FakeGraphApi, platform: str, part: Line, ago: timedelta | None, carried: str
) -> None:
    to, outgoing = channel(api, platform), a_reply(part, ago=ago)

    if not carried:
        with pytest.raises(OutOfReach):
            await sent(to, outgoing)
        assert api.posts == []
        return
    await sent(to, outgoing)
    body = api.posts[0].body
    assert body.get("messaging_type", body.get("messaging_product")) == carried
    assert body.get("tag", "HUMAN_AGENT") == "HUMAN_AGENT"


async def test_an_aside_is_its_one_line(api: FakeGraphApi) -> None:
    await sent(channel(api), a_reply(recipient="7001/not_read/"))

    assert "I only deal with text" in api.posts[0].text
    assert api.posts[0].person == "7001"


@pytest.mark.parametrize("token", ["", "two words", "tökén"])
def test_what_cannot_be_a_token_is_a_bad_setting(token: str) -> None:
    with pytest.raises(BadSetting):
        GraphAccount(brand="rings", id="1", token=token, base_url="https://graph.facebook.com/v23.0")
