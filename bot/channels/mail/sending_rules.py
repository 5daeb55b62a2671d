"""When an automatic reply to a mail may be sent: an ordered table, one row for one question.

`ROWS` is the law (RELIABILITY, table L). The first row that speaks names the silence; none means that the mail may be
answered. Every row sees the parsed mail and the envelope, nothing else.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.channels.mail.addresses import parse_address, parse_mailbox, without_tag
from bot.channels.mail.auto_subjects import is_automatic_subject, says_to_be_away
from bot.channels.mail.bounces import report_kind
from bot.channels.mail.headers import Headers
from bot.channels.mail.reading import Mail
from bot.channels.mail.robot_words import introduces_itself, is_bounce, is_challenge, is_receipt
from bot.channels.mail.structure import Part
from bot.core.messages import Silence

LOOP_HEADER = "X-Privacy-Desk-Loop"
#: How every Message-ID of `Keys.message_id` begins.
OUR_MARK = "pd."
MOST_HOPS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One mail before the rules."""

    mail: Mail
    #: Envelope sender without brackets: "" the null sender, None unknown.
    mail_from: str | None
    #: Our own addresses: lower case, without +tag.
    ours: frozenset[str]
    #: The host of our own Message-IDs.
    host: str

    def values(self, name: str) -> list[str]:
        """Every value of a header, trimmed and in lower case."""
        return [value.strip().lower() for value in self.mail.headers.all(name)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One statement of the table."""

    rule: str
    #: The reason where the row forbids a reply, "" otherwise.
    speaks: Callable[[Case], str]
    #: Nobody wrote the mail; it is not read.
    robot: bool


def mail_from_of(headers: Headers, envelope: Mapping[str, str]) -> str | None:
    """The envelope sender as the transport knew it, else as the last server wrote it into Return-Path."""
    if "mail_from" in envelope:
        return envelope["mail_from"].strip(" <>")
    paths = headers.all("return-path")
    return paths[0].strip(" \t<>")[:320] if paths else None


def why_silent(case: Case) -> Silence | None:
    """The first row that forbids a reply, None where one may follow."""
    for row in ROWS:
        if reason := row.speaks(case):
            return Silence(rule=row.rule, reason=reason, robot=row.robot)
    return None


def why_never_to(address: str, ours: frozenset[str]) -> str:
    """The row that forbids any mail to `address`, whoever wrote it; "" for none. Asked again at sending time (L23)."""
    if without_tag(address) in ours:
        return "L08 recipient is our own"
    local = _local_part(address)
    robots = _NO_REPLY.fullmatch(local) or _MAIL_SYSTEM.fullmatch(local)
    return "L07 recipient is read by nobody" if robots else ""


def _travelled_too_far(case: Case) -> str:
    hops = len(case.mail.headers.all("received"))
    return f"{hops} Received fields" if hops > MOST_HOPS else ""


def _is_our_own(case: Case) -> str:
    """From one of our own addresses, whatever its case or tag; the display name does not count."""
    return "" if _is_our_form(case) else _is_from_us(case)


def _is_our_form(case: Case) -> str:
    """The shop's contact form: our own address, a stranger in Reply-To, no earlier mail. A person typed it: read it."""
    reply_to = parse_mailbox(case.mail.headers.first("reply-to")).address
    stranger = bool(reply_to) and without_tag(reply_to) not in case.ours
    return _is_from_us(case) if stranger and not case.mail.references else ""


def _is_from_us(case: Case) -> str:
    return "From is one of our own addresses" if without_tag(case.mail.writer.address) in case.ours else ""


def _came_back(case: Case) -> str:
    """Our loop header, or a Message-ID as we make them, signed or not: we wrote it, or somebody who plays us."""
    if case.mail.headers.has(LOOP_HEADER.lower()):
        return f"{LOOP_HEADER} is present"
    ours = case.mail.message_id.lower().startswith(OUR_MARK) and _is_at_our_host(case)
    return "Message-ID of our own making" if ours else ""


def _claims_our_host(case: Case) -> str:
    """Another Message-ID at our host: perhaps the shop's own contact form in a person's name, so it is still read."""
    return "Message-ID at our own host" if _is_at_our_host(case) else ""


def _is_at_our_host(case: Case) -> bool:
    return bool(case.host) and case.mail.message_id.lower().rpartition("@")[2] == case.host.lower()


def _is_a_report(case: Case) -> str:
    kind = report_kind(case.mail)
    return f"a report: {kind}" if kind else ""


def _is_auto_submitted(case: Case) -> str:
    for value in case.values("auto-submitted"):
        keyword = re.sub(r"\([^()]{0,200}\)", " ", value.partition(";")[0]).strip()
        if keyword not in ("no", ""):
            return f"Auto-Submitted: {keyword[:40]}"
    return ""


def _has_no_way_back(case: Case) -> str:
    """The null sender. A Return-Path that is not there says nothing."""
    return "the envelope sender is empty" if case.mail_from == "" else ""


def _calls_itself_bulk(case: Case) -> str:
    for name in ("precedence", "x-precedence"):
        for value in case.values(name):
            if value in ("bulk", "list", "junk", "auto_reply", "auto-reply"):
                return f"{name.title()}: {value}"
    return ""


_LIST_FIELDS = (
    "list-id", "list-unsubscribe", "list-post", "list-help", "list-subscribe", "list-owner", "list-archive",
    "list-unsubscribe-post", "mailing-list", "x-mailing-list", "x-mailman-version", "x-beenthere", "x-csa-complaints",
)  # fmt: skip


def _came_over_a_list(case: Case) -> str:
    return next((f"{name.title()} is present" for name in _LIST_FIELDS if case.mail.headers.has(name)), "")


def _asks_for_no_reply(case: Case) -> str:
    """X-Auto-Response-Suppress: Exchange puts it on mail of people too, so the mail is still read."""
    for value in case.values("x-auto-response-suppress"):
        if not {"all", "autoreply", "oof"}.isdisjoint(re.split(r"[\s,;]+", value)):
            return f"X-Auto-Response-Suppress: {value[:40]}"
    return ""


_MARKERS = (
    "x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-mail-autoreply", "x-autogenerated",
    "x-auto-reply-from", "x-failed-recipients", "x-amazon-mail-relay-type", "x-fc-machinegenerated", "x-cron-env",
    "x-autoresponse", "x-vacation", "x-autorespond-from", "x-auto-reply", "x-boxtrapper", "x-tmda-fingerprint",
    "x-otrs-loop", "x-znuny-loop",
    "x-ms-exchange-generated-message-source", "x-ms-exchange-message-is-ndr", "x-github-reason", "x-jira-fingerprint",
    "x-auto-submitted",
)  # fmt: skip


def _bears_a_robots_mark(case: Case) -> str:
    for name in _MARKERS:
        if any(value != "no" for value in case.values(name)):
            return f"{name.title()} is present"
    if any("auto" in value for value in case.values("x-freescout-mail-type")):
        return "X-Freescout-Mail-Type: auto"
    if "no" in case.values("x-ack"):
        return "X-Ack: No"
    if any(value.strip("<>").partition("@")[0] == "autoresponder" for value in case.values("delivered-to")):
        return "Delivered-To: autoresponder"
    return ""


def _is_a_program_speaking(case: Case) -> str:
    """Answers to invitations, recalls and aggregate reports: nobody typed them."""
    tree = case.mail.tree
    if any(part.content_type == "text/calendar" and _is_an_answer(part) for part in tree.walk()):
        return "an answer to an invitation"
    if any(value.endswith((":recallmessage", ":mdn", ":dsn")) for value in case.values("content-class")):
        return "Content-Class of a mail system"
    return "an aggregate report" if _AGGREGATE_REPORT.match(case.mail.subject) else ""


_AGGREGATE_REPORT = re.compile(r"Report Domain: .{1,255} Submitter: ", re.IGNORECASE)


def _is_an_answer(part: Part) -> bool:
    return part.parameters.get("method", "").upper() in ("REPLY", "COUNTER", "CANCEL", "REFRESH")


def _went_round_before(case: Case) -> str:
    """Loop marks that procmail, lists and help desks put on mail of people too, so the mail is still read."""
    return next((f"{name.title()} is present" for name in _LOOP_MARKS if case.mail.headers.has(name)), "")


_LOOP_MARKS = ("x-loop", "x-rt-loop-prevention", "x-loop-detect")


_MAIL_SYSTEM = re.compile(
    r"mailer[-_]?daemon|mail-?daemon|postmaster|owner-.+|.+-bounces|bounces?[+-].+|listserv|majordomo|nobody"
    r"|microsoftexchange[0-9a-f]{32}"
)
_NO_REPLY = re.compile(
    r"(?:.+[-_.+])?(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|nicht[-_.]?antworten|keine[-_.]?antwort"
    r"|ne[-_.]?pas[-_.]?repondre|no[-_.]?responder|non[-_.]?rispondere|niet[-_.]?(?:be)?antwoorden"
    r"|nie[-_.]?odpowiada[cj]|nao[-_.]?respond[ae]r?|svara?[-_.]?(?:ej|inte|ikke)|ala[-_.]?vastaa)(?:[-_.+].+)?"
)


def _is_sent_by_a_robot(case: Case) -> str:
    """A mailbox that nobody reads; the local part must match whole.

    Contact forms write with a no-reply envelope in a person's name, so that one counts in From only.
    """
    writer, envelope = _local_part(case.mail.writer.address), _local_part(parse_address(case.mail_from or ""))
    if _NO_REPLY.fullmatch(writer):
        return "the sender takes no replies"
    return "the sender is a mail system or a list" if any(map(_MAIL_SYSTEM.fullmatch, (writer, envelope))) else ""


def _is_a_lists_office(case: Case) -> str:
    """`knitting-request` serves a mailing list; `data-request` may be a lawyer's mailbox: it is read, not answered."""
    names = (_local_part(case.mail.writer.address), _local_part(parse_address(case.mail_from or "")))
    return "the sender may be the office of a list" if any(name.endswith("-request") for name in names) else ""


def _local_part(address: str) -> str:
    return address.rpartition("@")[0].lower()


def _says_so_in_its_subject(case: Case) -> str:
    return "the subject begins as an automatic reply's" if is_automatic_subject(case.mail.subject) else ""


def _says_to_be_away(case: Case) -> str:
    """In words that people put into a subject as well, so it is read."""
    return "the subject says that somebody is away" if says_to_be_away(case.mail.subject) else ""


def _reads_like_a_bounce(case: Case) -> str:
    """A report in free text by a server that hides who it is; a person may write so, so it is read."""
    return "it reads like a delivery report" if is_bounce(case.mail.subject, case.mail.body.text) else ""


def _says_so_in_its_words(case: Case) -> str:
    """No header gives it away, but its first words do; a contact form may begin so too, so it is read."""
    subject, body = case.mail.subject, case.mail.body.text
    if introduces_itself(body):
        return "its first words say that it is automatic"
    if is_receipt(subject, body):
        return "a help desk's receipt"
    return "a filter asks for a proof of a person" if is_challenge(subject, body) else ""


#: In this order.
ROWS = (
    Row(rule="L11", speaks=_travelled_too_far, robot=True),
    Row(rule="L10", speaks=_came_back, robot=True),
    Row(rule="L08", speaks=_is_our_own, robot=True),
    Row(rule="L13", speaks=_is_a_report, robot=True),
    Row(rule="L01", speaks=_is_auto_submitted, robot=True),
    Row(rule="L02", speaks=_has_no_way_back, robot=True),
    Row(rule="L06", speaks=_bears_a_robots_mark, robot=True),
    Row(rule="L06", speaks=_is_a_program_speaking, robot=True),
    Row(rule="L12", speaks=_says_so_in_its_subject, robot=True),
    Row(rule="L07", speaks=_is_sent_by_a_robot, robot=True),
    Row(rule="L07", speaks=_is_a_lists_office, robot=False),
    Row(rule="L08", speaks=_is_our_form, robot=False),
    Row(rule="L10", speaks=_claims_our_host, robot=False),
    Row(rule="L04", speaks=_came_over_a_list, robot=False),
    Row(rule="L03", speaks=_calls_itself_bulk, robot=False),
    Row(rule="L06", speaks=_went_round_before, robot=False),
    Row(rule="L05", speaks=_asks_for_no_reply, robot=False),
    Row(rule="L12", speaks=_says_to_be_away, robot=False),
    Row(rule="L13", speaks=_reads_like_a_bounce, robot=False),
    Row(rule="L12", speaks=_says_so_in_its_words, robot=False),
)
