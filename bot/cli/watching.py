"""Plays conversations again whenever they, the code or its artefacts change, each time in a process of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.cli.console import err, say

_ENDINGS = frozenset({".py", ".toml", ".yaml", ".jsonl", ".json", ".npz", ".onnx", ".txt", ".md", ".eml"})
_PAUSE = 1.0


def watch_and_replay(paths: Sequence[Path]) -> None:
    """Until Ctrl-C."""
    code = Path(__file__).parents[2]
    folders = [*paths, *(code / name for name in ("bot", "intents", "policy_faq")), Path("brands")]
    seen: dict[Path, int] = {}
    try:
        while True:
            now = dict(stamps(folders))
            if now != seen:
                seen = now
                _replay_once()
                err.print("Waiting for changes; Ctrl-C ends.", highlight=False)
            time.sleep(_PAUSE)
    except KeyboardInterrupt:
        say()


def stamps(paths: Sequence[Path]) -> Iterator[tuple[Path, int]]:
    """Every file that a replay may depend on, with the time of its last change."""
    for path in paths:
        for file in path.rglob("*") if path.is_dir() else (path,):
            if file.suffix in _ENDINGS:
                try:
                    yield file, file.stat().st_mtime_ns
                except FileNotFoundError:
                    # An editor replaces a file by removing it for a moment.
                    continue


def _replay_once() -> None:
    """The same command without `--watch`: a process of its own has the newest code."""
    words = [word for word in sys.argv[1:] if word != "--watch"]
    subprocess.run([sys.executable, "-c", "from bot.cli import main; main()", *words], check=False)
