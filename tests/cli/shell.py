"""A shell for the tests: a command line goes in, what it says and its exit status come out."""

import io
import json
import shlex
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from bot.cli import main


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command left on the screen."""

    status: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects of standard output, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def refusal(self) -> str:
        """The one line that a command which could not work has said, and nothing else."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert not self.out, self.out
        assert lines[0].startswith("privacy-desk: ")
        return lines[0].removeprefix("privacy-desk: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """Runs commands in this process, in the working directory."""

    monkeypatch: pytest.MonkeyPatch
    captured: pytest.CaptureFixture[str]

    def __call__(self, command: str, *more: str, stdin: str | bytes = b"") -> Ran:
        """Run `privacy-desk command more...`; `command` is split as a shell does."""
        given = stdin.encode() if isinstance(stdin, str) else stdin
        self.monkeypatch.setattr(sys, "argv", ["privacy-desk", *shlex.split(command), *more])
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
        self.captured.readouterr()
        try:
            main()
        except SystemExit as end:
            status = end.code
        said = self.captured.readouterr()
        assert isinstance(status, int)
        return Ran(status=status, out=said.out, err=said.err)
