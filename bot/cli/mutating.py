"""`replay --mutate`: says every conversation otherwise and shows which of them break by it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.cli.console import print_json, say
from bot.cli.playing import Theatre
from bot.errors import BadSetting
from bot.replay.html_page import described
from bot.replay.mutations import MUTATIONS, variations
from bot.replay.player import Outcome, Result
from bot.replay.report import failure_text
from bot.replay.trials import Trial, tallies, trial_objects, trials_page


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is shown, and how."""

    #: Only these mutations; all where none is named.
    names: Sequence[str] = field(default_factory=tuple)
    as_json: bool = False
    html: Path | None = None


def mutate(played: Sequence[Result], theatre: Theatre, wanted: Wanted) -> bool:
    """Show which conversations break under which mutation, of those that hold; True where one breaks."""
    names = [_known(name) for name in wanted.names] or list(MUTATIONS)
    whole = [result for result in played if result.outcome is Outcome.PASSED]
    trials = [trial for name in names for trial in _trials(name, whole, theatre)]
    if wanted.html is not None:
        wanted.html.write_text(trials_page(names, trials, held=len(whole)), encoding="utf-8")
    if wanted.as_json:
        for found in trial_objects(names, trials, held=len(whole)):
            print_json(found)
    else:
        _show(names, trials, len(whole))
    return any(one.result.outcome is Outcome.FAILED for one in trials)


def _known(name: str) -> str:
    if name not in MUTATIONS:
        raise BadSetting(f"--mutation {name} is not known; there are {', '.join(MUTATIONS)}")
    return name


def _trials(name: str, whole: Sequence[Result], theatre: Theatre) -> list[Trial]:
    """Each talk is played at the depth and on the channel where it held."""
    forms = [(one.channel, form) for one in whole for form in variations(one, MUTATIONS[name])]
    results = theatre.try_all([(form.script, channel) for channel, form in forms])
    return [Trial(mutation=name, what=form.what, result=one) for (_, form), one in zip(forms, results, strict=True)]


def _show(names: Sequence[str], trials: Sequence[Trial], held: int) -> None:
    say(f"{held} conversations hold as they are written.")
    say(f"{'mutation':32}{'talks':>6}{'forms':>7}{'passed':>8}{'failed':>8}{'no answer':>11}")
    for tally in tallies(names, trials):
        passed, failed, unsure = (tally.outcomes[outcome.value] for outcome in Outcome)
        forms = passed + failed + unsure
        say(f"{described(tally.mutation):32}{tally.talks:6}{forms:7}{passed:8}{failed:8}{unsure:11}")
    for one in trials:
        if one.result.outcome is Outcome.FAILED:
            say(f"\n{described(one.mutation)} {one.what}: {one.result.script.title}", style="red")
            say(failure_text(one.result.failures[0]))
