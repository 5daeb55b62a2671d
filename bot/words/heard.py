"""The words that people may use, as the core is handed them: read once out of `bot/core/phrases.toml`."""

from functools import cache
from importlib.resources import files

from bot.core.phrases import Phrases, read_phrases


@cache
def phrases() -> Phrases:
    return read_phrases(files("bot.core").joinpath("phrases.toml").read_text(encoding="utf-8"))
