"""What the fields of a conversation file may hold: each kind reads a value strictly and gives its JSON Schema.

The loader and the published schema are made of the same kinds, so that they cannot disagree.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Protocol

from bot.replay.places import Branch, Place

Schema = dict[str, Any]

#: More words than these are not listed for people.
_MANY = 40


class Kind(Protocol):
    """One kind of value."""

    def read(self, branch: Branch) -> Any:
        """The value. Raises `BadConversation` with the line."""
        ...

    def schema(self) -> Schema: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A value and where it is written."""

    value: Any
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text; with a `pattern` that the whole of it must match, `called` for people."""

    pattern: str = ""
    called: str = "a text"

    def read(self, branch: Branch) -> str:
        if branch.kind not in ("str", "timestamp"):
            quoted = ", in quotes" if branch.kind in ("int", "bool", "float") else ""
            raise branch.expected(self.called + quoted)
        if self.pattern and not re.fullmatch(self.pattern, branch.text):
            raise branch.wrong(f"{branch.text!r} is not {self.called}")
        return branch.text

    def schema(self) -> Schema:
        return {"type": "string", **({"pattern": f"^(?:{self.pattern})$"} if self.pattern else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One word of a closed list."""

    called: str
    words: tuple[str, ...]

    def read(self, branch: Branch) -> str:
        if branch.kind != "str":
            raise branch.expected(self.called)
        if branch.text not in self.words:
            raise branch.wrong(f"{branch.text!r} is not {self.called}; {_known(branch.text, self.words)}")
        return branch.text

    def schema(self) -> Schema:
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A whole number, 0 or more."""

    def read(self, branch: Branch) -> int:
        if branch.kind != "int" or not branch.text.isdigit():
            raise branch.expected("a whole number, 0 or more,")
        return int(branch.text)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """true or false; or only true, where the contrary is said by another field."""

    only_true: bool = False

    def read(self, branch: Branch) -> bool:
        if branch.kind != "bool" or branch.text not in ("true", "false"):
            raise branch.expected("true or false")
        if self.only_true and branch.text == "false":
            raise branch.wrong("only true makes sense here; leave the field out instead")
        return branch.text == "true"

    def schema(self) -> Schema:
        return {"const": True} if self.only_true else {"type": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """A list; with `or_one` a single value may stand for a list of one. Each member knows its line."""

    of: Kind
    or_one: bool = True
    least: int = 0

    def read(self, branch: Branch) -> tuple[Located, ...]:
        if branch.kind != "seq":
            if self.or_one:
                return (Located(value=self.of.read(branch), place=branch.place),)
            raise branch.expected("a list")
        found = tuple(Located(value=self.of.read(item), place=item.place) for item in branch.items())
        if len(found) < self.least:
            raise branch.wrong(f"at least {self.least} must stand here")
        return found

    def schema(self) -> Schema:
        inner = self.of.schema()
        listed: Schema = {"type": "array", "items": inner, **({"minItems": self.least} if self.least else {})}
        return {"anyOf": [inner, listed]} if self.or_one else listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Free names with values of one kind."""

    of: Kind
    names: Kind = field(default_factory=Text)

    def read(self, branch: Branch) -> dict[str, Any]:
        if branch.kind != "map":
            raise branch.expected("names with values")
        return {self.names.read(key): self.of.read(value) for key, value in branch.fields()}

    def schema(self) -> Schema:
        return {"type": "object", "propertyNames": self.names.schema(), "additionalProperties": self.of.schema()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Known fields, each at most once; `build` makes the value of those that are there and the record's place."""

    called: str
    fields: Mapping[str, tuple[Kind, str]]
    build: Callable[[dict[str, Located], Place], Any]
    needed: tuple[str, ...] = ()
    #: At most one of each group may be there.
    rivals: tuple[tuple[str, ...], ...] = ()

    def read(self, branch: Branch) -> Any:
        if branch.kind != "map":
            raise branch.expected(f"{self.called}, fields with values,")
        found: dict[str, Located] = {}
        for key, value in branch.fields():
            if key.text not in self.fields:
                raise key.wrong(f"{self.called} has no field {key.text!r}; {_known(key.text, tuple(self.fields))}")
            if key.text in found:
                raise key.wrong(f"the field {key.text!r} is there twice")
            found[key.text] = Located(value=self.fields[key.text][0].read(value), place=key.place)
        for name in self.needed:
            if name not in found:
                raise branch.wrong(f"{self.called} needs the field {name!r}")
        for group in self.rivals:
            if len(both := [name for name in group if name in found]) > 1:
                raise branch.wrong(f"{self.called} can have only one of {' and '.join(both)}")
        return self.build(found, branch.place)

    def schema(self) -> Schema:
        pairs = [list(pair) for group in self.rivals for pair in _pairs(group)]
        return {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                name: kind.schema() | ({"description": about} if about else {})
                for name, (kind, about) in self.fields.items()
            },
            **({"required": list(self.needed)} if self.needed else {}),
            **({"not": {"anyOf": [{"required": pair} for pair in pairs]}} if pairs else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOr:
    """A bare word that stands for a record with that one field, or the record."""

    field_name: str
    record: Record

    def read(self, branch: Branch) -> Any:
        if branch.kind in ("map",):
            return self.record.read(branch)
        kind, _ = self.record.fields[self.field_name]
        named = Located(value=kind.read(branch), place=branch.place)
        return self.record.build({self.field_name: named}, branch.place)

    def schema(self) -> Schema:
        kind, _ = self.record.fields[self.field_name]
        return {"anyOf": [kind.schema(), self.record.schema()]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A kind that the schema defines once, since it may hold itself."""

    name: str
    find: Callable[[], Kind]

    def read(self, branch: Branch) -> Any:
        return self.find().read(branch)

    def schema(self) -> Schema:
        return {"$ref": f"#/$defs/{self.name}"}


def _known(text: str, words: tuple[str, ...]) -> str:
    """What may stand there; of a long list what looks like `text`."""
    if len(words) <= _MANY:
        return f"there are {', '.join(words)}"
    nearest = get_close_matches(text, words, n=5, cutoff=0.4)
    return f"did you mean {', '.join(nearest)}?" if nearest else f"there are {', '.join(words[:_MANY])}, ..."


def _pairs(group: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(one, other) for place, one in enumerate(group) for other in group[place + 1 :]]
