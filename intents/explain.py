"""Shows how a message was read: windows, chances against thresholds, and the words that spoke for each intent."""

from collections.abc import Iterator

from intents.odds import Matrix, chances_of
from intents.opened import Opened
from intents.reader import Reader

_SHOWN = 0.02


def explain(reader: Reader, text: str, *, subject: str = "") -> str:
    """A page of plain text for developers; nothing of it is for customers."""
    ((opened, scored),) = reader.see_many([(text, subject)])
    reading = reader.read(text, subject=subject)
    lines = [
        f"language   {opened.language.code}{'' if opened.language.readable else ' (not read)'}",
        f"reads with {'words and sentences' if not reader.problem else 'words alone: ' + reader.problem}",
        f"own words  {len(opened.parts)} sentences in {len(opened.windows)} windows",
        *_windows(reader, opened, scored.odds),
        f"doubt      {reading.doubt or 'none'}",
    ]
    for title, found in (("act on", reading.intents), ("candidate", reading.candidates)):
        lines += [f"{title:<10} {one.name} {one.confidence:.3f}: {one.evidence!r}" for one in found]
    return "\n".join(lines) + "\n"


def _windows(reader: Reader, opened: Opened, odds: Matrix) -> Iterator[str]:
    card = reader.artefact.card
    for words, chances in zip(opened.window_words, chances_of(odds), strict=False):
        yield f"\nwindow     {words[:110]!r}"
        for place in sorted(range(len(card.names)), key=lambda place: -chances[place]):
            if chances[place] < _SHOWN:
                break
            verdict = "act" if chances[place] >= card.act[place] else "ask" if chances[place] >= card.ask[place] else ""
            limits = f"ask {card.ask[place]:.2f} act {card.act[place]:.2f}"
            yield f"  {card.names[place]:<20} {chances[place]:.3f}  {limits}  {verdict}"
            reasons = reader.artefact.words.reasons(words, place)
            yield "    words: " + ", ".join(f"{feature[2:]!r} {share:+.2f}" for feature, share in reasons)
