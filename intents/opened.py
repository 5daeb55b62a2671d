"""A message made ready for the models: one text, its language, the writer's sentences and the windows over them."""

from dataclasses import dataclass

from intents.language import Language, language_of
from intents.own_words import Span, own_spans
from intents.sentences import Window, sentences, windows

#: Bytes of a message that are read; the rest is not.
MOST_TEXT = 200_000
_SUBJECT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A message before any model saw it."""

    #: Subject and text as one, capped: all spans count from its start.
    text: str
    language: Language
    #: Where the text begins behind the subject, 0 without one.
    head: int
    #: The writer's own sentences.
    parts: tuple[Span, ...]
    windows: tuple[Window, ...]
    #: For each window the place of its first sentence.
    firsts: tuple[int, ...]

    @property
    def window_words(self) -> tuple[str, ...]:
        return tuple(window.words(self.text) for window in self.windows)

    @property
    def part_words(self) -> tuple[str, ...]:
        return tuple(Window((part,)).words(self.text) for part in self.parts)

    def rows_of(self, window: int) -> tuple[int, ...]:
        """Which of the sentences stand in a window."""
        first = self.firsts[window]
        return tuple(range(first, first + len(self.windows[window].parts)))


def open_message(text: str, subject: str = "") -> Opened:
    """Never raises: what cannot be text is left out."""
    whole, spans = _whole(text, subject)
    found = windows(sentences(whole, spans))
    parts = tuple(dict.fromkeys(part for window in found for part in window.parts))
    start = " ".join(window.words(whole) for window in found[:2])
    head = len(whole) - len(_plain(text[:MOST_TEXT]))
    place_of = {part: place for place, part in enumerate(parts)}
    firsts = tuple(place_of[window.parts[0]] for window in found)
    return Opened(text=whole, head=head, language=language_of(start), parts=parts, windows=found, firsts=firsts)


def own_text(text: str, subject: str = "") -> str:
    """The writer's own words as one line, as the models see a message that fits into one window."""
    whole, spans = _whole(text, subject)
    return Window(sentences(whole, spans)).words(whole)


def _whole(text: str, subject: str) -> tuple[str, tuple[Span, ...]]:
    """Subject and text as one string without NUL and lone surrogates, and the writer's own spans of it."""
    head = " ".join(_plain(subject[:_SUBJECT]).split())
    body = _plain(text[:MOST_TEXT])
    offset = len(head) + 1 if head else 0
    whole = f"{head}\n{body}" if head else body
    own = tuple(Span(span.start + offset, span.end + offset) for span in own_spans(body))
    return whole, ((Span(0, len(head)), *own) if head else own)


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace")[:MOST_TEXT].decode("utf-8", "ignore").replace("\x00", " ")
