"""Meta shows that it is Meta, and nobody else can."""

import base64
import hmac
import json

import pytest

from bot.channels.meta.signing import is_signed, is_word, read_signed_request, signature
from bot.errors import BadMessage

RAW = '{"object":"page","text":"ä"}'.encode()


def a_signed_request(said: object, secret: str = "secret") -> str:
    payload = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=")
    signed = hmac.new(secret.encode(), payload, "sha256").digest()
    return f"{base64.urlsafe_b64encode(signed).rstrip(b'=').decode()}.{payload.decode()}"


def test_the_signature_is_that_of_the_documentation() -> None:
    assert signature(b"{}", "k") == "sha256=" + hmac.new(b"k", b"{}", "sha256").hexdigest()


def test_bytes_count_only_with_the_apps_own_signature() -> None:
    good = signature(RAW, "secret")

    assert is_signed(RAW, good, "secret")
    assert not is_signed(RAW + b" ", good, "secret")
    assert not is_signed(RAW, good, "another")
    assert not is_signed(RAW, good.removeprefix("sha256="), "secret")
    assert not is_signed(RAW, "sha256=ä", "secret")


def test_an_empty_secret_or_word_opens_nothing() -> None:
    assert not is_signed(RAW, signature(RAW, ""), "")
    assert not is_word("", "")
    with pytest.raises(BadMessage):
        read_signed_request(a_signed_request({"algorithm": "HMAC-SHA256", "user_id": "1"}, ""), "")


def test_a_signed_request_says_who() -> None:
    said = read_signed_request(a_signed_request({"algorithm": "HMAC-SHA256", "user_id": "42"}), "secret")

    assert said["user_id"] == "42"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a.b",
        "ä.ö",
        a_signed_request({"algorithm": "HMAC-SHA256", "user_id": "42"}, "another"),
        a_signed_request({"algorithm": "none", "user_id": "42"}),
        a_signed_request(["42"]),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        read_signed_request(text, "secret")
