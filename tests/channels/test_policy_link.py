"""Where the operator says where the shop shows its policy, whoever is quoted from it is told."""

from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from bot.channels import Channel, Outgoing
from bot.channels.mail.channel import MailChannel
from bot.channels.mail.smtp_out import Submission
from bot.channels.memory import MemoryChannel
from bot.channels.meta.channel import MetaChannel
from bot.channels.telegram.channel import TelegramChannel
from bot.core.effects import Line, Part, Quotation
from tests.core.builders import NOW, a_playbook
from tests.engine.fakes import KEYS

URL = "https://rings.example/privacy"
QUOTED = Quotation(
    text="We keep orders for seven years.", section="Keeping", first_line=7, last_line=7, policy_sha256="ab" * 32
)
NOT_QUOTED = Line(key="policy_does_not_say")
CHANNELS: dict[str, Callable[[], Channel]] = {
    "telegram": lambda: TelegramChannel({}),
    "messenger": lambda: MetaChannel("messenger", {}),
    "whatsapp": lambda: MetaChannel("whatsapp", {}),
    "terminal": lambda: MemoryChannel("terminal"),
}


def said(channel: Channel, part: Part, *, url: str, language: str = "en") -> str:
    outgoing = Outgoing(
        id="o1",
        channel=channel.name,
        brand="rings",
        conversation="c1",
        recipient="ada@example.org" if channel.name == "email" else "7001",
        language=language,
        kind="reply",
        parts=(part,),
        message_id="pd.1@shop.example",
        created_at=NOW,
    )
    payload = channel.render(outgoing, replace(a_playbook(), policy_url=url)).payload
    if channel.name != "email":
        return payload.decode()
    body = message_from_bytes(payload, policy=policy.default).get_body(("plain",))
    return str(body.get_content()) if body else ""


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_chat_names_the_policys_place_below_a_quotation_only(name: str, language: str) -> None:
    channel = CHANNELS[name]()

    assert URL in said(channel, QUOTED, url=URL, language=language)
    assert URL not in said(channel, NOT_QUOTED, url=URL, language=language)
    assert URL not in said(channel, QUOTED, url="", language=language)


def test_a_mail_names_it_in_its_footer() -> None:
    mail = MailChannel(
        addresses={"rings": "hello@rings.example"}, host="rings.example", keys=KEYS, submission=Submission(host="x")
    )

    assert said(mail, QUOTED, url=URL).rstrip().endswith(f"Our whole privacy policy: {URL}")
    assert "whole privacy policy" not in said(mail, QUOTED, url="")
