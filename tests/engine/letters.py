"""Reading what the house has posted."""

import re
from email import message_from_bytes, policy

from bot.channels import Rendered

from .fakes import House


def text_of(sent: Rendered) -> str:
    """The plain text of a mail."""
    body = message_from_bytes(sent.payload, policy=policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def code_in(house: House) -> str:
    """The six digits of the newest code mail."""
    found = [match for sent in house.post if (match := re.search(r"Your code: (\d{6})", text_of(sent)))]
    return found[-1].group(1)
