"""`doctor` tries out every mail account and asks the DNS about the domain that mail comes from."""

import asyncio
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from dovecot import PASSWORD, Dovecot
from test_mail_transport import Script

from bot.channels.mail.sender_domain import records_of
from bot.channels.mail.sink import MailSink
from bot.examining.finding import Finding
from bot.examining.mail import examine_domains, examine_inbox, examine_sending
from bot.settings import BrandSettings, GivenSettings, ImapSettings, Settings, SubmissionSettings

GOOD = {
    "shop.example": ["v=spf1 include:_spf.provider.example ~all"],
    "selector1._domainkey.shop.example": ["v=DKIM1; k=rsa; p=MIIB"],
    "_dmarc.shop.example": ["v=DMARC1; p=none"],
}


def dns(records: Mapping[str, Sequence[str]]) -> object:
    async def lookup(name: str) -> Sequence[str]:
        return records.get(name, ())

    return lookup


def remedies(records: Mapping[str, Sequence[str]], **chosen: str) -> dict[str, str]:
    found = asyncio.run(records_of("shop.example", dns(records), **chosen))  # type: ignore[arg-type]
    return {record.name.split()[0]: record.remedy for record in found}


def test_a_domain_with_its_records_in_order_needs_nothing() -> None:
    assert remedies(GOOD) == {"SPF": "", "DKIM": "", "DMARC": ""}


@pytest.mark.parametrize(
    ("changed", "kind", "said"),
    [
        ({"shop.example": []}, "SPF", "publish a TXT record"),
        ({"shop.example": ["v=spf1 -all", "v=spf1 ~all"]}, "SPF", "merge them"),
        ({"shop.example": ["v=spf1 +all"]}, "SPF", "lets everybody send"),
        ({"selector1._domainkey.shop.example": []}, "DKIM", "switch DKIM on"),
        ({"selector1._domainkey.shop.example": ["v=DKIM1; p="]}, "DKIM", "switch DKIM on"),
        ({"_dmarc.shop.example": []}, "DMARC", "_dmarc.shop.example"),
        ({"_dmarc.shop.example": ["v=DMARC1"]}, "DMARC", "p=none"),
        ({"_dmarc.shop.example": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "DMARC", "leave one"),
    ],
)
def test_what_is_wrong_with_a_record_is_said_with_what_to_do(
    changed: Mapping[str, Sequence[str]], kind: str, said: str
) -> None:
    found = remedies({**GOOD, **changed})

    assert said in found[kind]
    assert [name for name, remedy in found.items() if remedy] == [kind]


def test_a_key_of_another_name_is_looked_for_where_the_operator_says() -> None:
    named = {**GOOD, "odd._domainkey.shop.example": ["p=MIIB"], "selector1._domainkey.shop.example": []}

    assert remedies(named, selector="odd")["DKIM"] == ""
    assert "no key at other._domainkey" in remedies(named, selector="other")["DKIM"]


def test_the_guide_for_providers_shows_settings_that_can_be_read() -> None:
    guide = Path(__file__).resolve().parents[3] / "deploy/mail-providers.md"
    examples = re.findall(r"```toml\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)

    for example in examples:
        shop = {"name": "shop", "addresses": ["hello@shop.example"]}
        settings = GivenSettings(**({"brands": [shop]} | tomllib.loads(example)))
        assert settings.smtp_out.host
    assert len(examples) == 3


def test_a_dns_that_is_away_is_one_finding() -> None:
    async def away(name: str) -> Sequence[str]:
        raise OSError("the DNS gives no answer")

    settings = GivenSettings(brands=(BrandSettings(name="rings", addresses=("hello@shop.example",)),))
    (finding,) = asyncio.run(examine_domains(settings, away))

    assert (finding.what, finding.well) == ("DNS of shop.example", False)


def inbox(server: Dovecot, **changed: object) -> ImapSettings:
    values = {
        "brand": "rings", "host": "127.0.0.1", "port": server.imap, "user": server.user, "security": "none",
        "password_from": "INBOX_PASSWORD",
    }  # fmt: skip
    return ImapSettings(**{**values, **changed})  # type: ignore[arg-type]


def wrong(findings: Sequence[Finding]) -> list[str]:
    return [finding.remedy for finding in findings if not finding.well]


@pytest.mark.real_server
def test_a_good_account_is_found_good_and_left_as_it_was(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INBOX_PASSWORD", PASSWORD)
    before = dovecot.snapshot()

    found = examine_inbox(inbox(dovecot))

    assert wrong(found) == []
    assert any("IDLE" in finding.what for finding in found)
    assert dovecot.snapshot() == before


@pytest.mark.real_server
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password_from": "OTHER_PASSWORD"}, "refuses the account"),
        ({"password_from": "NO_PASSWORD"}, "NO_PASSWORD is not set"),
        ({"folder": "Nowhere"}, "there is no folder Nowhere; there are"),
        ({"handled": "move", "move_to": "Done"}, "make the folder Done"),
        ({"sent_folder": "Outbox"}, "set sent_folder to one of"),
        ({"port": 1}, "cannot be reached"),
    ],
)
def test_what_is_wrong_with_an_account_is_said(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch, changed: Mapping[str, object], said: str
) -> None:
    monkeypatch.setenv("INBOX_PASSWORD", PASSWORD)
    monkeypatch.setenv("OTHER_PASSWORD", "wrong")

    (remedy,) = wrong(examine_inbox(inbox(dovecot, **changed)))

    assert said in remedy


def desk(**out: object) -> Settings:
    return GivenSettings(
        brands=(BrandSettings(name="rings", addresses=("hello@shop.example",)),),
        smtp_out=SubmissionSettings(**{"envelope_sender": "returned@shop.example", **out}),  # type: ignore[arg-type]
    )


async def test_sending_is_tried_without_sending(tmp_path: Path) -> None:
    async with MailSink(tmp_path) as sink:
        found = await examine_sending(desk(port=sink.port))
        without_bounces = await examine_sending(desk(port=sink.port, envelope_sender=""))
        kept = sink.paths()

    assert wrong(found) == []
    assert "envelope_sender" in "".join(wrong(without_bounces))
    assert kept == []


async def test_a_server_that_refuses_our_address_or_is_away_is_said() -> None:
    async with Script(mail="550 not you") as server:
        (refused,) = wrong(await examine_sending(desk(port=server.port)))
    (away,) = wrong(await examine_sending(desk(port=1)))

    assert "must be allowed to send from this address" in refused
    assert "Check host, port" in away
