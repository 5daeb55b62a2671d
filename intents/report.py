"""Writes an evaluation down as plain text: figures first, then what went wrong, with the words that misled."""

from collections.abc import Iterator

from intents.evaluate import Evaluation, Figures, Verdict

_HEAD = (
    f"{'':<22}{'messages':>9}{'right':>8}{'F1':>7}{'harm':>6}{'doubt':>7}{'false alarms':>14}{'acted':>7}{'several':>9}"
)


def report(evaluation: Evaluation, *, errors: int = 40) -> str:
    """The whole evaluation as text; the `errors` worst readings at its end."""
    return "\n".join(_lines(evaluation, errors)) + "\n"


def _lines(evaluation: Evaluation, errors: int) -> Iterator[str]:
    yield _HEAD
    yield _row("all", evaluation.overall)
    for title, slices in (("language", evaluation.by_language), ("slice", evaluation.by_slice)):
        yield f"\nby {title}"
        yield from (_row(name, figures) for name, figures in slices.items())
    yield f"\n{'intent':<22}{'precision':>10}{'recall':>8}{'F1':>7}{'hits':>6}{'extra':>7}{'missed':>8}"
    for figures in evaluation.intents:
        yield (
            f"{figures.name:<22}{figures.precision:>10.3f}{figures.recall:>8.3f}{figures.f1:>7.3f}"
            f"{figures.hits:>6}{figures.extra:>7}{figures.missed:>8}"
        )
    yield f"\n{'confidence':<22}{'named':>9}{'mean':>8}{'right':>8}"
    for bin_ in evaluation.reliability:
        yield f"{bin_.low:.2f} to {bin_.high:.2f}{'':<10}{bin_.count:>9}{bin_.confidence:>8.3f}{bin_.right:>8.3f}"
    yield "\nread instead of what was there"
    yield from (f"{count:>5}  {read} for {there}" for (read, there), count in evaluation.confusion[:20])
    yield "\nworst readings"
    yield from (_error(verdict) for verdict in evaluation.worst[:errors])


def _row(name: str, figures: Figures) -> str:
    share = figures.right / figures.messages if figures.messages else 0.0
    alarms = f"{figures.false_alarms} of {figures.ordinary}"
    several = f"{figures.several_found}/{figures.several}"
    return (
        f"{name:<22}{figures.messages:>9}{share:>8.3f}{figures.macro_f1:>7.3f}{figures.harmful:>6}"
        f"{figures.abstained:>7}{alarms:>14}{figures.ordinary_acted_on:>7}{several:>9}"
    )


def _error(verdict: Verdict) -> str:
    reading = verdict.reading
    found = reading.intents or reading.candidates
    said = ", ".join(f"{one.name} {one.confidence:.2f} ({one.evidence[:60]!r})" for one in found) or "nothing"
    doubt = f" [{reading.doubt}]" if reading.abstained else ""
    there = ", ".join(sorted(verdict.example.gold)) or "nothing"
    return f"{verdict.example.id}: {there}\n    read{doubt}: {said}\n    {' '.join(verdict.example.text.split())[:200]}"
