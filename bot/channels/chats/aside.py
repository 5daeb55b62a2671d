"""A talk beside the talk: where messages that are never acted on are answered with one fixed line.

Law: an aside has its own conversation, so that nothing said in it can touch a request, a proof or an address.
"""

from dataclasses import dataclass

#: Kinds of asides; each is a sentence of `words.toml`.
NOT_READ = "not_read"
PRIVATE_ONLY = "private_only"
WHICH_LANGUAGE = "which_language"
_KINDS = frozenset({NOT_READ, PRIVATE_ONLY, WHICH_LANGUAGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """One fixed line for a chat."""

    #: The chat's id on its channel; it has no "/".
    chat: str
    kind: str
    #: The language of the writer's app, "" where we do not speak it.
    language: str = ""

    @property
    def thread(self) -> str:
        """As a message's thread and an answer's recipient."""
        return f"{self.chat}/{self.kind}/{self.language}"


def chat_of(recipient: str) -> tuple[str, Aside | None]:
    """The chat that a recipient names, and the aside where it is one. Raises `ValueError` for anything else."""
    chat, *rest = recipient.split("/")
    if not rest:
        return chat, None
    kind, language = rest
    if kind not in _KINDS:
        raise ValueError(f"{kind} is no kind of aside")
    return chat, Aside(chat=chat, kind=kind, language=language)
