"""DKIM and DMARC checked by us: only an aligned signature over From and the whole body proves the From address."""

import asyncio
import shutil
import smtplib
import subprocess
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import dkim
import pytest
from mail_builders import KEYS, NOW, SHOP, a_channel, a_mail, a_playbook, an_arrival, an_outgoing

from bot.channels.mail.parsing_child import ParsingChild
from bot.channels.mail.signatures import OwnKey, is_proved, names_to_ask, organisation, signed
from bot.channels.mail.smtp_in import SmtpReceiver
from bot.channels.mail.vouching import Voucher
from bot.channels.protocol import Arrival
from bot.engine.desk import Desk
from bot.engine.intake import accept
from bot.errors import BadSetting
from bot.store import Store
from bot.store.upgrade import upgrade
from tests.engine.fakes import OneSentence, ToldReader

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")

HEADERS = [b"from", b"to", b"subject", b"date", b"message-id"]


class Signer:
    """A domain that signs; its records are what the DNS would say."""

    def __init__(self, key: bytes, public: str) -> None:
        self.key, self.public = key, public

    def sign(self, raw: bytes, *, domain: str = "example.org", selector: str = "s1", length: bool = False) -> bytes:
        header = dkim.sign(
            raw, selector.encode(), domain.encode(), self.key, include_headers=HEADERS, length=length,
            canonicalize=(b"relaxed", b"relaxed"),
        )  # fmt: skip
        return header + raw

    def records(self, *, domain: str = "example.org", policy: str = "v=DMARC1; p=none") -> dict[str, list[str]]:
        return {f"s1._domainkey.{domain}": [f"v=DKIM1; k=rsa; p={self.public}"], "_dmarc.example.org": [policy]}


@pytest.fixture(scope="module")
def signer() -> Signer:
    key = subprocess.run(
        ["openssl", "genrsa", "-traditional", "2048"], capture_output=True, check=True
    ).stdout  # fmt: skip
    public = subprocess.run(
        ["openssl", "rsa", "-pubout", "-outform", "DER"], input=key, capture_output=True, check=True
    ).stdout
    return Signer(key, b64encode(public).decode())


@pytest.fixture(scope="module")
def child() -> Iterator[ParsingChild]:
    child = ParsingChild()
    yield child
    child.close()


def test_an_aligned_signature_proves_the_from_address(signer: Signer) -> None:
    signed = signer.sign(a_mail())

    assert set(names_to_ask(signed)) == {"_dmarc.example.org", "s1._domainkey.example.org"}
    assert is_proved(signed, signer.records())


def test_a_signature_of_a_subdomain_is_aligned_unless_the_record_is_strict(signer: Signer) -> None:
    signed = signer.sign(a_mail(), domain="mail.example.org")
    relaxed = signer.records(domain="mail.example.org")
    strict = signer.records(domain="mail.example.org", policy="v=DMARC1; p=reject; adkim=s")

    assert is_proved(signed, relaxed)
    assert not is_proved(signed, strict)


def test_a_record_of_the_organisation_is_in_force_for_its_subdomains(signer: Signer) -> None:
    signed = signer.sign(a_mail(sender="Ada <ada@shop.example.org>"))

    assert is_proved(signed, signer.records())


@pytest.mark.parametrize(
    ("domain", "owner"),
    [("a.b.example.co.uk", "example.co.uk"), ("mail.example.org", "example.org"), ("co.uk", "co.uk")],
)
def test_the_organisation_stands_one_label_below_the_public_suffix(domain: str, owner: str) -> None:
    assert organisation(domain) == owner


def test_nothing_is_asked_for_a_mail_that_nobody_of_its_domain_signed(signer: Signer) -> None:
    assert names_to_ask(a_mail()) == ()
    assert names_to_ask(signer.sign(a_mail(), domain="newsletters.example")) == ()
    assert names_to_ask(signer.sign(a_mail(sender="Ada <ada@bank.co.uk>"), domain="evil.co.uk")) == ()


FORGED = {
    "another body": lambda raw: raw.replace(b"delete", b"export"),
    "another subject": lambda raw: raw.replace(b"Subject: My account", b"Subject: My other account"),
    "another From": lambda raw: raw.replace(b"ada@example.org", b"eve@example.org"),
    "a second From above": lambda raw: b"From: eve@example.org\r\n" + raw,
    "a second From below": lambda raw: raw.replace(b"\r\nTo:", b"\r\nFrom: eve@example.org\r\nTo:"),
    "two addresses in From": lambda raw: raw.replace(b"<ada@example.org>", b"<ada@example.org>, <eve@example.org>"),
    "words added below": lambda raw: raw + b"and cancel my order\r\n",
}


@pytest.mark.parametrize("forgery", list(FORGED))
def test_a_mail_that_was_changed_proves_nothing(signer: Signer, forgery: str) -> None:
    assert not is_proved(FORGED[forgery](signer.sign(a_mail())), signer.records())


LOOK_ALIKES = [
    "Ada <ada@examp1e.org>",
    "Ada <ada@example.org.evil.example>",
    "ada@example.org <eve@evil.example>",
    "=?utf-8?q?ada=40example=2Eorg?= <eve@evil.example>",
    "=?utf-8?q?Ada_=3Cada=40example=2Eorg=3E?=",
    '"ada@example.org"@evil.example',
    "Ada <ada@ехample.org>",
    "Ada <ada@example.org>, Eve <eve@evil.example>",
    "group: ada@example.org;",
    "<@evil.example:ada@example.org>",
]


@pytest.mark.parametrize("sender", LOOK_ALIKES)
def test_whoever_looks_like_another_is_not_proved_to_be_them(signer: Signer, sender: str) -> None:
    """The attacker signs with a domain of his own; with the victim's key records published all the same."""
    raw = signer.sign(a_mail(sender=sender), domain="evil.example")
    records = signer.records() | signer.records(domain="evil.example")

    message = a_channel().parse(an_arrival(raw, envelope={"dmarc": "evil.example"}))
    assert not is_proved(raw, records)
    assert not (message.authenticated and message.address.endswith("@example.org"))


def test_a_signature_over_a_part_of_the_body_proves_nothing(signer: Signer) -> None:
    assert not is_proved(signer.sign(a_mail(), length=True), signer.records())


@pytest.mark.parametrize(
    "records",
    [
        {},
        {"_dmarc.example.org": []},
        {"_dmarc.example.org": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]},
        {"_dmarc.example.org": ["v=spf1 -all"]},
        {"s1._domainkey.example.org": []},
        {"s1._domainkey.example.org": ["v=DKIM1; p="]},
        {"s1._domainkey.example.org": ["nonsense"]},
    ],
)
def test_without_its_records_in_order_a_domain_proves_nothing(
    signer: Signer, records: Mapping[str, Sequence[str]]
) -> None:
    known = signer.records() | records if records else {}

    assert not is_proved(signer.sign(a_mail()), known)


def vouched(raw: bytes, records: Mapping[str, Sequence[str]], child: ParsingChild, authserv_id: str = "") -> bool:
    async def lookup(name: str) -> Sequence[str]:
        if name not in records:
            raise OSError("the DNS does not answer")
        return records[name]

    voucher = Voucher(lookup=lookup, child=child, authserv_id=authserv_id)
    arrival = asyncio.run(voucher(an_arrival(raw)))
    return a_channel(authserv_id=authserv_id).parse(arrival).authenticated


def test_a_proof_is_found_when_the_mail_comes_in_and_kept_with_it(signer: Signer, child: ParsingChild) -> None:
    assert vouched(signer.sign(a_mail()), signer.records(), child)
    assert not vouched(signer.sign(a_mail()).replace(b"delete", b"export"), signer.records(), child)


def test_a_dns_that_is_away_proves_nothing(signer: Signer, child: ParsingChild) -> None:
    assert not vouched(signer.sign(a_mail()), {}, child)


def test_what_our_own_server_has_judged_is_not_judged_again(signer: Signer, child: ParsingChild) -> None:
    failed = b"Authentication-Results: mx.marigold.example; dmarc=fail header.from=example.org\r\n"

    assert not vouched(failed + signer.sign(a_mail()), signer.records(), child, "mx.marigold.example")
    assert vouched(failed + signer.sign(a_mail()), signer.records(), child)


def test_a_mail_of_ours_is_signed_where_no_server_does_it(signer: Signer) -> None:
    channel = replace(a_channel(), own_key=OwnKey(selector="s1", pem=signer.key))
    records = {
        "s1._domainkey.marigold.example": [f"v=DKIM1; p={signer.public}"],
        "_dmarc.marigold.example": ["v=DMARC1; p=reject; adkim=s"],
    }

    sent = channel.render(an_outgoing(), a_playbook()).payload

    assert is_proved(sent, records)
    assert not is_proved(sent.replace(b"Auto-Submitted: auto-replied", b"Auto-Submitted: no"), records)


def test_a_key_that_cannot_be_used_is_a_setting_to_mend() -> None:
    with pytest.raises(BadSetting, match="DKIM key"):
        signed(a_mail(), OwnKey(selector="s1", pem=b"nonsense"), domain="marigold.example")


async def test_the_smtp_door_vouches_before_the_mail_is_kept(
    signer: Signer, child: ParsingChild, tmp_path: Path
) -> None:
    async def lookup(name: str) -> Sequence[str]:
        return signer.records().get(name, ())

    upgrade(f"sqlite:///{tmp_path / 'desk.sqlite3'}")
    store = Store.open(f"sqlite:///{tmp_path / 'desk.sqlite3'}", KEYS)
    desk = Desk(
        store=store, classifier=ToldReader(), oracle=OneSentence(), channels={"email": a_channel(authserv_id="")},
        playbooks={}, keys=KEYS, now=lambda: NOW, vouch=Voucher(lookup=lookup, child=child),
    )  # fmt: skip

    async def take(arrival: Arrival) -> None:
        await accept(desk, arrival)

    def submit(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.sendmail("ada@example.org", [SHOP], signer.sign(a_mail()))
            client.sendmail("eve@example.org", [SHOP], signer.sign(a_mail()).replace(b"delete", b"export"))

    async with SmtpReceiver(take, {SHOP: "marigold"}) as receiver:
        await asyncio.to_thread(submit, receiver.port)
    claims = [await store.claim("test", now=NOW, lease=timedelta(minutes=1)) for _ in range(2)]
    await store.close()

    proved = [desk.channels["email"].parse(claim.arrival).authenticated for claim in claims if claim]
    assert proved == [True, False]
