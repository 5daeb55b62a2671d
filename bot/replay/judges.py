"""How each expectation is judged: "" where the scene is as expected, else what was found instead."""

import re
from collections.abc import Iterable
from dataclasses import replace

from bot.replay.kinds import Located
from bot.replay.scene import Scene, Spoken, Ticket
from bot.replay.stored import WantedRows, misses
from bot.replay.wanted import ALIKE, WantedSuppression, WantedTicket

#: Said first in every reply; nobody needs to expect it.
COURTESIES = frozenset({"mail_opening", "chat_greeting"})


def intents(wanted: tuple[Located, ...], scene: Scene) -> str:
    found = read(scene)
    return "" if found == {member.value for member in wanted} else listed(sorted(found))


def finds(name: str, scene: Scene) -> str:
    return "" if name in read(scene) else listed(sorted(read(scene)))


def finds_not(name: str, scene: Scene) -> str:
    return "it was found" if name in read(scene) else ""


def read(scene: Scene) -> frozenset[str]:
    """The intents that were found."""
    return scene.reading.names if scene.reading else frozenset()


def abstains(_: bool, scene: Scene) -> str:
    return "" if scene.reading and scene.reading.abstained else f"it was sure: {listed(sorted(read(scene)))}"


def rules(wanted: tuple[Located, ...], scene: Scene) -> str:
    return "" if scene.rules == tuple(member.value for member in wanted) else listed(scene.rules)


def rule_speaks(name: str, scene: Scene) -> str:
    return "" if name in scene.rules else listed(scene.rules)


def reply_contains(text: str, scene: Scene) -> str:
    wanted = _flat(text)
    return "" if any(wanted in _flat(reply.text) for reply in scene.replies) else _said(scene.replies)


def reply_is(text: str, scene: Scene) -> str:
    whole = [" ".join(pieces) for pieces in whole_replies(scene)]
    return "" if whole == [_flat(text)] else _said(scene.replies)


def whole_replies(scene: Scene) -> list[list[str]]:
    """The sentences of each reply, without its footer."""
    return [sentences_of(reply.text.partition("\n-- \n")[0]) for reply in scene.replies]


def sentences_of(text: str) -> list[str]:
    """Sentence by sentence, on one line each."""
    return re.split(r"(?<=[.!?:]) ", _flat(text)) if text.strip() else []


def template(name: str, scene: Scene) -> str:
    return _has_template(scene.replies, name)


def templates(wanted: tuple[Located, ...], scene: Scene) -> str:
    heard = (sentence_keys(scene), sentence_keys(below_greeting(scene)))
    matches = any(
        len(found) == len(wanted)
        and all(key in ALIKE.get(member.value, (member.value,)) for key, member in zip(found, wanted, strict=True))
        for found in heard
    )
    return "" if matches else listed(heard[0])


def below_greeting(scene: Scene) -> Scene:
    """As if the first line of a chat quoted nothing: whether it does depends on the policy and the depth."""
    return replace(scene, replies=tuple(reply.below_greeting for reply in scene.replies))


def sentence_keys(scene: Scene) -> list[str]:
    """What was said, but for the greeting."""
    return [key for reply in scene.replies for key in reply.keys if key not in COURTESIES]


def no_template(name: str, scene: Scene) -> str:
    return "it is said" if not _has_template(scene.replies, name) else ""


def _has_template(spoken: tuple[Spoken, ...], name: str) -> str:
    keys = [key for one in spoken for key in one.keys]
    return "" if set(ALIKE.get(name, (name,))) & set(keys) else listed(keys)


def quotes(wanted: tuple[tuple[int, int], ...], scene: Scene) -> str:
    found = tuple(lines for reply in scene.replies for lines in reply.lines)
    below = tuple(lines for reply in below_greeting(scene).replies for lines in reply.lines)
    return "" if wanted in (found, below) else f"lines {line_list(found)}"


def quotes_line(line: int, scene: Scene) -> str:
    found = tuple(lines for reply in scene.replies for lines in reply.lines)
    return "" if any(first <= line <= last for first, last in found) else f"lines {line_list(found)}"


def spoken_language(language: str, scene: Scene) -> str:
    found = {reply.outgoing.language for reply in scene.replies}
    return "" if found == {language} else listed(sorted(found))


def never_says(text: str, scene: Scene) -> str:
    wanted = _flat(text).casefold()
    said = tuple(spoken for spoken in scene.spoken if wanted in _flat(spoken.text).casefold())
    return _said(said) if said else ""


def no_reply(_: bool, scene: Scene) -> str:
    return _said(scene.replies) if scene.replies else ""


def reply_to(address: str, scene: Scene) -> str:
    found = [reply.outgoing.recipient for reply in scene.replies]
    return "" if found == [address] else listed(found)


def headers(wanted: dict[str, str], scene: Scene) -> str:
    mails = [reply.mail for reply in scene.replies]
    if not mails:
        return "nothing is said"
    found = {name: str(mails[0][name] or "") for name in wanted}
    wrong = {name: found[name] for name, value in wanted.items() if value not in found[name]}
    return ", ".join(f"{name}: {value or '(not there)'}" for name, value in wrong.items())


def code_to(address: str, scene: Scene) -> str:
    found = [code.outgoing.recipient for code in scene.codes]
    return "" if found == [address] else listed(found)


def code_not_to(address: str, scene: Scene) -> str:
    return "it went there" if address in [code.outgoing.recipient for code in scene.codes] else ""


def no_code(_: bool, scene: Scene) -> str:
    return f"one went to {listed([code.outgoing.recipient for code in scene.codes])}" if scene.codes else ""


def code_mail(name: str, scene: Scene) -> str:
    return _has_template(scene.codes, name)


def code_mail_says(text: str, scene: Scene) -> str:
    wanted = _flat(text)
    return "" if any(wanted in _flat(code.text) for code in scene.codes) else _said(scene.codes)


def request(wanted: WantedTicket, scene: Scene) -> str:
    pairs = {
        "kind": wanted.kind,
        "state": wanted.state,
        "level": wanted.level,
        "due_on": wanted.due,
        "reference": wanted.reference,
        "claimed": wanted.claimed,
        "subject": wanted.subject,
    }
    for ticket in scene.tickets:
        same = all(value is None or getattr(ticket, name) == value for name, value in pairs.items())
        if ticket.right == wanted.right and same:
            return ""
    return "; ".join(map(_ticket, scene.tickets)) or "no request"


def no_request(right: str, scene: Scene) -> str:
    return "; ".join(_ticket(ticket) for ticket in scene.tickets if ticket.right == right)


def requests(count: int, scene: Scene) -> str:
    found = len(scene.tickets)
    return "" if found == count else f"{found}: {'; '.join(map(_ticket, scene.tickets)) or 'none'}"


def staff(wanted: tuple[Located, ...], scene: Scene) -> str:
    found = sorted(item.reason for item in scene.staff)
    return "" if found == sorted(member.value for member in wanted) else listed(found)


def urgent(urgent: bool, scene: Scene) -> str:
    found = any(item.urgent for item in scene.staff)
    return "" if found == urgent else ("it is urgent" if found else "it is not urgent")


def suppressed(wanted: WantedSuppression, scene: Scene) -> str:
    for purpose, address in scene.suppressed:
        if purpose == wanted.purpose and wanted.address in (None, address):
            return ""
    return listed([f"{purpose} of {address}" for purpose, address in scene.suppressed])


def not_suppressed(_: bool, scene: Scene) -> str:
    return ", ".join(f"{purpose} of {address}" for purpose, address in scene.suppressed)


def untouched(_: bool, scene: Scene) -> str:
    return "" if scene.outcome == "untouched" else scene.outcome


def dropped(_: bool, scene: Scene) -> str:
    return "" if scene.outcome == "dropped" else scene.outcome


def shunted(_: bool, scene: Scene) -> str:
    return "" if scene.outcome == "shunted" else scene.outcome


def stored_nothing(_: bool, scene: Scene) -> str:
    return "" if scene.forgotten else "its content is kept"


def audit(event: str, scene: Scene) -> str:
    """At core depth there is no record that could be judged."""
    return "" if scene.audit is None or event in scene.audit else listed(scene.audit)


def stored(wanted: WantedRows, scene: Scene) -> str:
    """A table that this depth does not keep is not judged."""
    return misses(wanted, scene.stored[wanted.table]) if wanted.table in scene.stored else ""


def kept_back(wanted: tuple[Located, ...], scene: Scene) -> str:
    return "" if sorted(scene.kept_back) == sorted(member.value for member in wanted) else listed(scene.kept_back)


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def line_list(lines: tuple[tuple[int, int], ...]) -> str:
    return listed([str(first) if first == last else f"{first}-{last}" for first, last in lines])


def _said(spoken: tuple[Spoken, ...]) -> str:
    return " | ".join(f"to {one.outgoing.recipient}: {_flat(one.text)}" for one in spoken) or "nothing is said"


def _ticket(ticket: Ticket) -> str:
    proof = f"proved {ticket.subject}" if ticket.subject else f"claimed {ticket.claimed}"
    right = f"{ticket.right}/{ticket.kind}" if ticket.kind else ticket.right
    return f"{ticket.reference} {right} {ticket.state}, level {ticket.level}, due {ticket.due_on}, {proof}"
