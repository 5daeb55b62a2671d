"""Everything that a conversation can expect: one row for one field, with its kind and how it is judged.

A judge gives "" where the scene is as expected, else what was found instead.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from bot.core.decide import RULES
from bot.core.kinds import KINDS
from bot.core.tickets import LEVELS, State
from bot.replay import judges
from bot.replay.kinds import Choice, Count, Flag, Kind, Located, Many, Named, Record, Table, Text, TextOr
from bot.replay.places import Place
from bot.replay.scene import Scene
from bot.replay.script import Check, Expectation
from bot.replay.stored import stored_kind
from bot.replay.wanted import ALIKE, WantedSuppression, WantedTicket
from intents import load_catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field of what can be expected."""

    kind: Kind
    about: str
    #: (value, scene) -> what was found instead, "" where it is as expected.
    judge: Callable[[Any, Scene], str]
    #: The value is a list whose members are judged one by one.
    each: bool = False
    #: Where the whole value is compared: its pieces as wanted, and as they are in the scene.
    pieces: tuple[Callable[[Any], list[str]], Callable[[Scene], list[str]]] | None = None


@cache
def intent_names() -> tuple[str, ...]:
    return tuple(load_catalogue())


@cache
def template_names() -> tuple[str, ...]:
    """Keys of the fixed sentences, and the names that hold for mail and chats alike."""
    words = tomllib.loads(files("bot.words").joinpath("en.toml").read_text(encoding="utf-8"))
    return (*words["sentences"], *ALIKE)


@cache
def expectation_kind() -> Record:
    """The fields below `expect`."""
    options = Many(of=Named(name="expectation", find=expectation_kind), or_one=False, least=2)
    fields = {name: (row.kind, row.about) for name, row in rows().items()}
    return Record(
        called="an expectation",
        fields={
            **fields,
            "any_of": (options, "One of these."),
        },
        build=_expectation,
    )


def _expectation(found: dict[str, Located], _: Place) -> Expectation:
    checks = (Check(name=name, value=located.value, place=located.place) for name, located in found.items())
    return Expectation(checks=tuple(checks))


@cache
def rows() -> Mapping[str, Row]:
    """The table, in the order in which the schema shows it."""
    intent = Choice(called="an intent", words=intent_names())
    rule = Choice(called="a rule", words=tuple(rule.__name__ for rule in RULES))
    template = Choice(called="a template", words=template_names())
    yes = Flag(only_true=True)
    return {
        "intents": Row(
            kind=Many(of=intent),
            about="Exactly these are found.",
            judge=judges.intents,
            pieces=(_sorted_members, lambda scene: sorted(judges.read(scene))),
        ),
        "finds": Row(kind=Many(of=intent), about="These are found.", judge=judges.finds, each=True),
        "finds_not": Row(kind=Many(of=intent), about="These are not found.", judge=judges.finds_not, each=True),
        "abstains": Row(kind=yes, about="The reader is unsure.", judge=judges.abstains),
        "rules": Row(
            kind=Many(of=rule),
            about="Exactly these rules speak, in this order.",
            judge=judges.rules,
            pieces=(_members, lambda scene: list(scene.rules)),
        ),
        "rules_include": Row(kind=Many(of=rule), about="These rules speak.", judge=judges.rule_speaks, each=True),
        "reply": Row(kind=Many(of=Text()), about="The reply contains this.", judge=judges.reply_contains, each=True),
        "reply_is": Row(
            kind=Text(),
            about="The whole reply, without footer.",
            judge=judges.reply_is,
            pieces=(judges.sentences_of, lambda scene: [one for text in judges.whole_replies(scene) for one in text]),
        ),
        "template": Row(kind=Many(of=template), about="The reply has this sentence.", judge=judges.template, each=True),
        "templates": Row(
            kind=Many(of=template),
            about="Exactly these, but for the greeting.",
            judge=judges.templates,
            pieces=(_members, judges.sentence_keys),
        ),
        "template_not": Row(
            kind=Many(of=template), about="The reply has not this one.", judge=judges.no_template, each=True
        ),
        "quotes": Row(kind=policy_lines(), about="The policy lines that are quoted, all of them.", judge=judges.quotes),
        "quotes_line": Row(
            kind=Many(of=Count()), about="A policy line among those quoted.", judge=judges.quotes_line, each=True
        ),
        "spoken_language": Row(kind=Text(), about="The language of the reply.", judge=judges.spoken_language),
        "never_says": Row(
            kind=Many(of=Text()), about="Nothing that leaves holds this.", judge=judges.never_says, each=True
        ),
        "no_reply": Row(kind=yes, about="Nothing is said.", judge=judges.no_reply),
        "reply_to": Row(kind=Text(), about="The mailbox that the reply goes to.", judge=judges.reply_to),
        "headers": Row(kind=Table(of=Text()), about="Header fields of the reply contain this.", judge=judges.headers),
        "code_to": Row(kind=Text(), about="A code goes to this mailbox, and nowhere else.", judge=judges.code_to),
        "code_not_to": Row(kind=Many(of=Text()), about="No code goes there.", judge=judges.code_not_to, each=True),
        "no_code": Row(kind=yes, about="No code is sent.", judge=judges.no_code),
        "code_mail": Row(
            kind=Many(of=template), about="The mail with the code has this.", judge=judges.code_mail, each=True
        ),
        "code_mail_says": Row(kind=Many(of=Text()), about="It contains this.", judge=judges.code_mail_says, each=True),
        "request": Row(kind=Many(of=_ticket_kind()), about="A request that is there.", judge=judges.request, each=True),
        "no_request": Row(
            kind=Many(of=Choice(called="a right", words=tuple(LEVELS))),
            about="No request for this right is there.",
            judge=judges.no_request,
            each=True,
        ),
        "requests": Row(kind=Count(), about="How many requests there are by now.", judge=judges.requests),
        "staff": Row(
            kind=Many(of=Text()),
            about="Exactly these reasons come before staff.",
            judge=judges.staff,
            pieces=(_sorted_members, lambda scene: sorted(item.reason for item in scene.staff)),
        ),
        "urgent": Row(kind=Flag(), about="Staff are told that it is urgent.", judge=judges.urgent),
        "suppressed": Row(
            kind=Many(of=_suppression_kind()), about="No more of this.", judge=judges.suppressed, each=True
        ),
        "not_suppressed": Row(kind=yes, about="Nobody is suppressed.", judge=judges.not_suppressed),
        "untouched": Row(kind=yes, about="Ordinary mail: it stays as it was.", judge=judges.untouched),
        "dropped": Row(kind=yes, about="A robot wrote it.", judge=judges.dropped),
        "shunted": Row(kind=yes, about="It cannot be read and is put aside.", judge=judges.shunted),
        "stored_nothing": Row(kind=yes, about="Nothing of its content is kept.", judge=judges.stored_nothing),
        "audit": Row(
            kind=Many(of=Text()),
            about="Road depth: these events are written into the record.",
            judge=judges.audit,
            each=True,
        ),
        "stored": Row(kind=stored_kind(), about="Rows that lie in the database.", judge=judges.stored, each=True),
        "kept_back": Row(
            kind=Many(of=Choice(called="a kind of message", words=("reply", "code"))),
            about="Written, but held back by the mode: exactly these.",
            judge=judges.kept_back,
        ),
    }


def _members(wanted: tuple[Located, ...]) -> list[str]:
    return [str(member.value) for member in wanted]


def _sorted_members(wanted: tuple[Located, ...]) -> list[str]:
    return sorted(_members(wanted))


def policy_lines() -> Kind:
    """ "54", "66-68", several with commas; "none"."""
    return _Lines()


class _Lines:
    """Lines of the policy."""

    _PATTERN = r"none|[0-9]+(?:-[0-9]+)?(?:, ?[0-9]+(?:-[0-9]+)?)*"
    _text = Text(pattern=_PATTERN, called='lines such as "54", "66-68" or "54, 66", or none')

    def read(self, branch: Any) -> tuple[tuple[int, int], ...]:
        text = self._text.read(branch)
        if text == "none":
            return ()
        ends = [tuple(map(int, piece.split("-"))) for piece in text.split(",")]
        return tuple((found[0], found[-1]) for found in ends)

    def schema(self) -> dict[str, Any]:
        return self._text.schema()


def _ticket_kind() -> Kind:
    fields: dict[str, tuple[Kind, str]] = {
        "right": (Choice(called="a right", words=tuple(LEVELS)), "What is asked for."),
        "kind": (Choice(called="a kind", words=_kinds()), 'Its kind below the right; "" for none.'),
        "state": (Choice(called="a state", words=tuple(State)), "Where it stands."),
        "level": (Count(), "The proof that it needs."),
        "due": (Text(pattern="[0-9]{4}-[0-9]{2}-[0-9]{2}", called="a day such as 2026-12-23"), "The last day."),
        "reference": (Text(), "Its reference."),
        "claimed": (Text(), "The mailbox that it names."),
        "subject": (Text(), 'The proved mailbox; "" where nothing is proved.'),
    }
    record = Record(called="a request", fields=fields, build=_built(WantedTicket), needed=("right",))
    return TextOr(field_name="right", record=record)


def _kinds() -> tuple[str, ...]:
    return ("", *dict.fromkeys(kind for kinds in KINDS.values() for kind in kinds))


def _suppression_kind() -> Kind:
    purpose = Choice(called="a purpose", words=("marketing", "sale"))
    fields: dict[str, tuple[Kind, str]] = {"purpose": (purpose, "Of what."), "address": (Text(), "Whose.")}
    record = Record(called="a suppression", fields=fields, build=_built(WantedSuppression), needed=("purpose",))
    return TextOr(field_name="purpose", record=record)


def _built(make: Callable[..., Any]) -> Callable[[dict[str, Located], Place], Any]:
    return lambda found, _: make(**{name: located.value for name, located in found.items()})
