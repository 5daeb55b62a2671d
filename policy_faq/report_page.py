"""The report of an evaluation as one page: totals, policies, topics, the abstention curve and what failed.

The page stands alone: no script, no part from outside, and every text is escaped.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from policy_faq.evaluate import Figures, Outcome, abstention_curve, by_policy, by_topic, figures

_WIDTH, _HEIGHT, _MARGIN = 560, 260, 36
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d1d1f }
table { border-collapse: collapse; margin: 0 0 2rem; width: 100% }
th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid #ddd; font-variant-numeric: tabular-nums }
th:first-child, td:first-child, .words td { text-align: left }
svg text { font: 11px system-ui, sans-serif }
"""
_HEADINGS = (
    "",
    "answerable",
    "right",
    "at first quote",
    "refused wrongly",
    "unanswerable",
    "refused rightly",
    "length",
)
_STEPS = 20


def report_page(outcomes: Sequence[Outcome]) -> str:
    """The whole page."""
    parts = [
        "<h1>Policy answers</h1>",
        f"<p>{len(outcomes)} questions. A refusal says that the policy does not say; the length is the median of the "
        "characters quoted.</p>",
        _table({"all": figures(outcomes)}),
        "<h2>By policy</h2>",
        _table(by_policy(outcomes)),
        "<h2>Abstention</h2>",
        "<p>What becomes of both shares where answers below a least confidence are held back.</p>",
        _curve(abstention_curve(outcomes, _STEPS)),
        "<h2>By topic</h2>",
        _table(by_topic(outcomes)),
        "<h2>What failed</h2>",
        _failures(outcomes),
    ]
    head = f'<meta charset="utf-8"><title>Policy answers</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _table(rows: Mapping[str, Figures]) -> str:
    head = _row("th", _HEADINGS)
    return f"<table>{head}{''.join(_row('td', _cells(name, found)) for name, found in sorted(rows.items()))}</table>"


def _cells(name: str, found: Figures) -> Iterable[str]:
    right, first, refused = (
        _share(found.right, found.answerable),
        _share(found.right_at_first, found.answerable),
        _share(found.rightly_refused, found.unanswerable),
    )
    wrongly = str(found.wrongly_refused)
    length = str(found.median_length)
    return (name, str(found.answerable), right, first, wrongly, str(found.unanswerable), refused, length)


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if whole else "-"


def _row(cell: str, texts: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{cell}>{escape(text)}</{cell}>' for text in texts)}</tr>"


def _curve(points: Sequence[tuple[float, float, float]]) -> str:
    """Two lines over the least confidence: the answerable that are right, the unanswerable that are refused."""
    left, right, top, bottom = _MARGIN, _WIDTH - 10, 10, _HEIGHT - _MARGIN

    def line(values: Iterable[tuple[float, float]], colour: str) -> str:
        places = " ".join(f"{left + x * (right - left):.1f},{bottom - y * (bottom - top):.1f}" for x, y in values)
        return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"/>'

    grid = "".join(
        f'<line x1="{left}" x2="{right}" y1="{bottom - share * (bottom - top)}" y2="{bottom - share * (bottom - top)}" '
        f'stroke="#ddd"/><text x="2" y="{bottom - share * (bottom - top) + 4}">{share:.0%}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    )
    marks = "".join(
        f'<text x="{left + x * (right - left):.0f}" y="{bottom + 16}">{x:.1f}</text>' for x in (0, 0.2, 0.4, 0.6, 0.8)
    )
    lines = line(((x, y) for x, y, _ in points), "#0a58ca") + line(((x, y) for x, _, y in points), "#b02a37")
    key = (
        f'<text x="{left}" y="{_HEIGHT - 4}" fill="#0a58ca">answerable, right</text>'
        f'<text x="{left + 140}" y="{_HEIGHT - 4}" fill="#b02a37">unanswerable, refused</text>'
    )
    label = "Shares over the least confidence"
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">{grid}{marks}{lines}{key}</svg>'


def _failures(outcomes: Sequence[Outcome]) -> str:
    failed = [o for o in outcomes if (o.answerable and not o.right) or (not o.answerable and o.answer.answered)]
    rows = "".join(_row("td", _failure(outcome)) for outcome in failed)
    head = _row("th", ("policy", "id", "question", "taken for", "expected lines", "quoted lines", "confidence"))
    return f'<table class="words">{head}{rows}</table>' if failed else "<p>Nothing.</p>"


def _failure(outcome: Outcome) -> Iterable[str]:
    asked, answer = outcome.question, outcome.answer
    quoted = [(quote.first_line, quote.last_line) for quote in answer.quotes]
    expected, found = _lines(asked.gold) or "does not say", _lines(quoted) or "refused"
    return (asked.policy, asked.id, asked.question, answer.topic or "-", expected, found, f"{answer.confidence:.2f}")


def _lines(spans: Iterable[tuple[int, int]]) -> str:
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)
