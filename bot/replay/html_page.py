"""A run of conversations as one HTML page: nothing is fetched, no script runs.

Passed, failed and no answer are counted apart, for talks and for single readings: abstaining is not failing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from bot.replay.comparing import Change
from bot.replay.player import Outcome, Result
from bot.replay.report import counts, coverage_of
from bot.replay.script import Said, Turn
from intents.corpus import Example
from intents.evaluate import Evaluation, Verdict, evaluate_verdicts
from intents.html_report import figure, page

_NOTHING = "(nothing)"
_LOOKS = {Outcome.PASSED: "good", Outcome.FAILED: "bad", Outcome.NO_ANSWER: "unsure"}


def html_page(
    results: Sequence[Result],
    run: Mapping[str, Any],
    *,
    changed: Sequence[Change] | None = None,
    trend: Sequence[Mapping[str, Any]] = (),
) -> str:
    """The page of one run; `changed` where it was compared, `trend` of earlier runs and this one, oldest first."""
    parts = [
        "<h1>Recorded conversations</h1>",
        _origin(run),
        _totals(results),
        *([] if changed is None else [_changes(changed)]),
        *([_trend(trend)] if len(trend) > 1 else []),
        _failures(results),
        _readings(results),
        _coverage(results),
    ]
    return page("Recorded conversations", parts)


def _origin(run: Mapping[str, Any]) -> str:
    policies = ", ".join(f"{brand} {sha256[:12]}" for brand, sha256 in run["policies"].items()) or "none"
    commit = f", commit {run['commit']}" if run.get("commit") else ""
    origin = f"Version {run['version']}{commit}, model {run['model_sha256'][:12] or 'none'}, policies: {policies}."
    return f"<p>{escape(origin)}</p>"


def _totals(results: Sequence[Result]) -> str:
    """The three counts; under no answer why there is none."""
    found = counts(results)
    rows: list[list[object]] = [[outcome.value, found[outcome]] for outcome in Outcome]
    reasons = Counter(result.reason for result in results if result.outcome is Outcome.NO_ANSWER)
    rows += [[f"no answer: {reason}", count] for reason, count in reasons.most_common()]
    looks = [*(_LOOKS[outcome] for outcome in Outcome), *("" for _ in reasons)]
    return table(("talks", len(results)), rows, looks=looks)


def _changes(changed: Sequence[Change]) -> str:
    rows = [
        [change.place, f"{change.title} [{change.depth}, {change.channel}]", name, before, now]
        for change in changed
        for name, before, now in change.differs
    ]
    return f"<h2>{_these(len(changed))}</h2>" + (
        table(("where", "talk", "what", "before", "now"), rows) if rows else ""
    )


def _these(count: int) -> str:
    return "No talk changes" if not count else "This talk changes" if count == 1 else f"These {count} talks change"


def _trend(trend: Sequence[Mapping[str, Any]]) -> str:
    """Shares that passed, oldest run left."""
    last = len(trend) - 1
    shares = [(place / last, run["passed"] / max(1, run["conversations"])) for place, run in enumerate(trend)]
    rows = [
        [
            run["version"],
            run.get("commit", ""),
            run["model_sha256"][:12],
            run["passed"],
            run["failed"],
            run["no_answer"],
            run["conversations"],
        ]
        for run in trend[-20:]
    ]
    heads = ("version", "commit", "model", "passed", "failed", "no answer", "talks")
    drawn = figure("Share of talks that pass, oldest run left", shares, ideal=False)
    return f"<h2>Trend over {len(trend)} runs</h2>{drawn}{table(heads, rows)}"


def _failures(results: Sequence[Result]) -> str:
    rows = [
        [
            f"{failure.place}",
            f"{result.script.title} [{result.depth}, {result.channel}]",
            failure.expected,
            "\n".join([failure.found, *failure.difference]),
        ]
        for result in results
        for failure in result.failures
        if result.outcome is Outcome.FAILED
    ]
    heads = ("where", "talk", "expected", "found")
    return "<h2>Turns that fail</h2>" + (table(heads, rows) if rows else "<p>None.</p>")


def _title(result: Result) -> str:
    return f"{result.script.title} [{result.depth}, {result.channel}]"


def _readings(results: Sequence[Result]) -> str:
    """How the messages were read, against the intents that the files name."""
    evaluation = evaluate_verdicts(_verdicts(results))
    if not evaluation.verdicts:
        return ""
    abstained = sum(verdict.reading.abstained for verdict in evaluation.verdicts)
    right = evaluation.overall.right
    wrong = evaluation.overall.messages - right - abstained
    counted = table(
        ("messages read", evaluation.overall.messages),
        [["right", right], ["wrong", wrong], ["no answer", abstained]],
        looks=list(_LOOKS.values()),
    )
    note = (
        "<p>At core depth the intents are given, so that only talks at road depth say something about the reader. "
        "Left out are messages of which the file says that the reader is unsure.</p>"
    )
    heads = ("intent", "found", "found in vain", "missed")
    rows = [[one.name, one.hits, one.extra, one.missed] for one in evaluation.intents]
    looks = ["bad" if one.extra or one.missed else "" for one in evaluation.intents]
    return f"<h2>Intents</h2>{note}{counted}{_confusion(evaluation)}{table(heads, rows, looks=looks)}"


def _verdicts(results: Iterable[Result]) -> Iterable[Verdict]:
    for result in results:
        for turn, played in zip(result.script.turns, result.turns, strict=False):
            said, reading = turn.act, played.scene.reading
            if not isinstance(said, Said) or reading is None or said.given.doubt:
                continue
            example = Example(id=f"{turn.place}", text=said.text, channel=result.channel, gold=_there(turn, said))
            yield Verdict(example=example, reading=reading)


def _there(turn: Turn, said: Said) -> frozenset[str]:
    """The intents that the file says are in it: what is read at core depth, else what must be found."""
    wanted = [one.value for check in turn.expect.checks if check.name in ("intents", "finds") for one in check.value]
    return frozenset(said.given.intents or wanted)


def _confusion(evaluation: Evaluation) -> str:
    """A row for each intent that was there, a column for each that was read."""
    cells = {(one.name, one.name): one.hits for one in evaluation.intents if one.hits}
    cells |= {(there, read): count for (read, there), count in evaluation.confusion}
    cells[_NOTHING, _NOTHING] = sum(verdict.right and verdict.ordinary for verdict in evaluation.verdicts)
    names = [*sorted({name for pair in cells for name in pair} - {_NOTHING}), _NOTHING]
    heads = "".join(f'<th class="up">{escape(name)}</th>' for name in names)
    rows = "".join(
        f"<tr><th>{escape(there)}</th>{''.join(_cell(cells, there, read) for read in names)}</tr>" for there in names
    )
    return f'<div class="wide"><table><tr><th>there \\ read</th>{heads}</tr>{rows}</table></div>'


def _cell(cells: Mapping[tuple[str, str], int], there: str, read: str) -> str:
    count = cells.get((there, read), 0)
    look = "" if not count else " good" if there == read else " bad"
    return f'<td class="n{look}">{count or ""}</td>'


def _coverage(results: Sequence[Result]) -> str:
    found = coverage_of(results)
    parts = ["<h2>What the conversations reach</h2>"]
    for what, reached in (("rules", found.rules), ("sentences", found.sentences), ("intents", found.intents)):
        missing = sum(not count for count in reached.values())
        rows = sorted(([name, count] for name, count in reached.items()), key=lambda row: row[1] != 0)
        counted = table((what, "turns"), rows, looks=["" if count else "bad" for _, count in rows])
        title = f"{what}: {len(reached) - missing} of {len(reached)} reached, {missing} not"
        parts.append(f"<details{' open' if missing else ''}><summary>{title}</summary>{counted}</details>")
    return "".join(parts)


def described(name: str) -> str:
    """The name of a mutation as words."""
    return name.replace("_", " ")


def table(heads: Sequence[object], rows: Sequence[Sequence[object]], *, looks: Sequence[str] = ()) -> str:
    """`looks` names the colour of each row."""
    top = "".join(f"<th>{escape(str(head))}</th>" for head in heads)
    body = ""
    for place, row in enumerate(rows):
        cells = "".join(f"<td{' class=n' if isinstance(cell, int) else ''}>{escape(str(cell))}</td>" for cell in row)
        look = f' class="{looks[place]}"' if looks and looks[place] else ""
        body += f"<tr{look}>{cells}</tr>"
    return f'<div class="wide"><table>{f"<tr>{top}</tr>" if top else ""}{body}</table></div>'
