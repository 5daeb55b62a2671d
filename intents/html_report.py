"""Writes an evaluation down as one HTML page: the plain report with its two curves drawn, nothing fetched, no script.

Reliability: how often an intent named with a confidence was right. Abstention: how right the readings are when only the
surest share of them is acted on.
"""

from collections.abc import Iterable, Sequence
from html import escape

from intents.evaluate import Evaluation, paired_p_value
from intents.report import report

_SIDE = 320
_MARGIN = 34
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1b1f24}"
    "pre{overflow-x:auto;background:#f4f5f7;padding:1rem;border-radius:6px}"
    "figure{display:inline-block;margin:0 2rem 1rem 0}"
    "figcaption{font-size:.9rem}svg text{font:11px system-ui,sans-serif;fill:#444}"
    "table{border-collapse:collapse;margin:0 0 1rem}"
    "th,td{padding:.15rem .6rem;border:1px solid #d8dce1;text-align:left}"
    "td.n{text-align:right}.good{background:#dff3e4}.bad{background:#fbdfdf}.unsure{background:#fdf0cf}"
    "th.up{writing-mode:vertical-rl;transform:rotate(180deg);font-weight:400;vertical-align:bottom;border-top:0}"
    ".wide{overflow-x:auto}"
)

Point = tuple[float, float]


def html_report(evaluation: Evaluation, *, title: str, other: Evaluation | None = None, errors: int = 100) -> str:
    """The page; with `other`, an evaluation of the same messages by another reader, also whether they differ."""
    parts = [f"<h1>{escape(title)}</h1>"]
    if other is not None:
        parts.append(f"<p>{escape(comparison(evaluation, other))}</p>")
    parts += [
        figure(
            "Reliability: confidence against share right", [(b.confidence, b.right) for b in evaluation.reliability]
        ),
        figure("Abstention: share of messages acted on against share of them right", abstention_curve(evaluation)),
        f"<pre>{escape(report(evaluation, errors=errors))}</pre>",
    ]
    return page(title, parts)


def page(title: str, parts: Iterable[str]) -> str:
    """A whole page of `parts`, which are HTML."""
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def comparison(first: Evaluation, second: Evaluation) -> str:
    """Both readers in one sentence, with the chance that so unequal a split is chance."""
    one, other = first.overall, second.overall
    return (
        f"right {one.right} against {other.right} of {one.messages} messages "
        f"(McNemar p = {paired_p_value(first, second):.3g}); harmful {one.harmful} against {other.harmful}; "
        f"false alarms {one.false_alarms} against {other.false_alarms}; "
        f"macro-F1 {one.macro_f1:.3f} against {other.macro_f1:.3f}"
    )


def abstention_curve(evaluation: Evaluation) -> list[Point]:
    """(share acted on, share of those right), taking the surest readings first."""
    acted = [verdict for verdict in evaluation.verdicts if verdict.reading.intents]
    acted.sort(key=lambda verdict: -min(found.confidence for found in verdict.reading.intents))
    right = 0
    points = []
    for count, verdict in enumerate(acted, start=1):
        right += not verdict.extra
        points.append((count / len(evaluation.verdicts), right / count))
    return points[:: max(1, len(points) // 200)]


def figure(caption: str, points: Sequence[Point], *, ideal: bool = True) -> str:
    """A curve of points between 0 and 1; `ideal` draws the line that it should follow."""
    return f"<figure>{_plot(points, ideal)}<figcaption>{escape(caption)}</figcaption></figure>"


def _plot(points: Iterable[Point], ideal: bool) -> str:
    inner = _SIDE - 2 * _MARGIN
    spots = [(_MARGIN + x * inner, _SIDE - _MARGIN - y * inner) for x, y in points]
    ticks = "".join(
        f'<text x="{_MARGIN + step * inner / 4:.0f}" y="{_SIDE - 14}" text-anchor="middle">{step / 4:g}</text>'
        f'<text x="26" y="{_SIDE - _MARGIN - step * inner / 4 + 4:.0f}" text-anchor="end">{step / 4:g}</text>'
        for step in range(5)
    )
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="#0b62c4"/>' for x, y in spots)
    diagonal = f'<path d="M{_MARGIN} {_SIDE - _MARGIN}L{_SIDE - _MARGIN} {_MARGIN}" stroke="#ddd"/>' if ideal else ""
    return (
        f'<svg viewBox="0 0 {_SIDE} {_SIDE}" width="{_SIDE}" height="{_SIDE}" role="img">'
        f'<rect x="{_MARGIN}" y="{_MARGIN}" width="{inner}" height="{inner}" fill="none" stroke="#ccc"/>'
        f"{diagonal}{ticks}"
        f'<polyline points="{line}" fill="none" stroke="#0b62c4"/>{dots}</svg>'
    )
