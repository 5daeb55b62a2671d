"""How much automatic mail may leave (RELIABILITY L16).

Law: a mailbox that has had its share gets no more; what is too much for a whole domain or for this desk waits in the
outbox and staff are told once. Requests are opened and kept all the same: only answers stop or wait.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.channels import Outgoing
from bot.channels.mail.rendering import without_answer_prefix
from bot.engine.desk import Desk

#: Automatic mails to one address, unless they answer a mail with our signed reference.
_MAX_AN_HOUR = 3
_MAX_A_DAY = 10
#: More of them an hour within its own thread, so that a robot that we take for a person is not answered for ever (L18).
_MAX_MORE_IN_A_THREAD = 10
#: Answers to one address under one subject, in so long.
_MAX_UNDER_A_SUBJECT, _SUBJECT_TIME = 2, timedelta(minutes=180)
#: Mails to one domain whose writers nobody vouches for are counted over so long.
_DOMAIN_TIME = timedelta(minutes=10)
#: Seconds that a mail waits before the desk asks again.
_WAIT = 300.0


@dataclass(frozen=True, slots=True)
class Waits:
    """Too much at this time; `rule` is shown to staff."""

    rule: str
    seconds: float = _WAIT


async def why_too_much(desk: Desk, outgoing: Outgoing) -> str | Waits:
    """The cap that stops an automatic mail, or makes it wait; "" where it may go."""
    return await _share_of_the_mailbox(desk, outgoing) or await _pace_of_the_desk(desk, outgoing)


async def _share_of_the_mailbox(desk: Desk, outgoing: Outgoing) -> str:
    now, sent = desk.now(), desk.store.mails_sent
    last_hour = await sent(outgoing.recipient, since=now - timedelta(hours=1))
    if is_in_its_own_thread(desk, outgoing):
        return "L16 thread" if last_hour >= _MAX_AN_HOUR + _MAX_MORE_IN_A_THREAD else ""
    if last_hour >= _MAX_AN_HOUR:
        return "L16 hour"
    if await sent(outgoing.recipient, since=now - timedelta(days=1)) >= _MAX_A_DAY:
        return "L16 day"
    # Codes have limits of their own (T02), so that a forger cannot use up a person's.
    if outgoing.kind == "reply":
        subjects = await desk.store.mail.subjects_sent(outgoing.recipient, since=now - _SUBJECT_TIME)
        if sum(_plain(subject) == _plain(outgoing.subject) for subject in subjects) >= _MAX_UNDER_A_SUBJECT:
            return "L16 subject"
    return ""


async def _pace_of_the_desk(desk: Desk, outgoing: Outgoing) -> str | Waits:
    now, mail = desk.now(), desk.store.mail
    if await mail.automatic_sent(since=now - timedelta(hours=1)) >= desk.caps.mails_an_hour:
        return Waits("L16 desk")
    if outgoing.subject or is_in_its_own_thread(desk, outgoing):
        return ""
    # A subject of its own is kept only of a writer whom the mail server vouches for.
    domain = outgoing.recipient.rpartition("@")[2]
    too_many = await mail.unvouched_sent(domain, since=now - _DOMAIN_TIME) >= desk.caps.mails_to_a_domain
    return Waits("L16 domain") if too_many else ""


def is_in_its_own_thread(desk: Desk, outgoing: Outgoing) -> bool:
    """It answers a mail with our signed reference to this very talk; one to a stranger's own talk proves nothing."""
    named = map(desk.keys.read_message_id, outgoing.references)
    return any(found is not None and found.conversation_id == outgoing.conversation for found in named)


def _plain(subject: str) -> str:
    """A subject without its "Re:" and numbers: what differs in a ticket number alone is the same."""
    return " ".join(re.sub(r"\d+", "#", without_answer_prefix(subject)).lower().split())
