"""Parse mail in a process of its own, and check its signatures: what hangs or swells is killed, with that reason.

The child holds no key, no setting and no connection. It is asked in one line of JSON and the raw bytes, and answers in
one line of JSON; nothing is pickled. It ends by itself when its standard input does.
"""

import json
import os
import resource
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import IO, Any

from bot.channels.mail.signatures import Records, is_proved
from bot.channels.mail.understanding import Ourselves, understand
from bot.channels.protocol import Arrival
from bot.core.messages import Bounce, Forwarded, InboundMessage, Silence
from bot.errors import BadMessage

_MODULE = "bot.channels.mail.parsing_child"


class ParsingChild:
    """One child, started when first needed and again after each kill; asked by one thread at a time."""

    def __init__(self, *, seconds: float = 10.0, memory: int = 1024 * 1024 * 1024) -> None:
        """`seconds` of wall clock and `memory` bytes of address space for one mail."""
        self._seconds, self._memory = seconds, memory
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def parse(self, arrival: Arrival, ourselves: Ourselves) -> InboundMessage:
        """As `understand`; raises `BadMessage` as well where the child was killed or broke."""
        question = _question(arrival, ourselves)
        with self._lock:
            answer = self._ask(question, arrival.raw)
        if "refused" in answer:
            raise BadMessage(answer["refused"])
        return message_of(answer, arrival)

    def proves(self, raw: bytes, records: Records) -> bool:
        """As `is_proved`; what hangs or breaks proves nothing."""
        question = json.dumps({"task": "prove", "size": len(raw), "records": dict(records)}).encode()
        with self._lock, suppress(BadMessage):
            return bool(self._ask(question, raw)["proved"])
        return False

    def close(self) -> None:
        """End the child; a later `parse` starts another."""
        with self._lock:
            self._kill()

    def _ask(self, question: bytes, raw: bytes) -> dict[str, Any]:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        guard = threading.Timer(self._seconds, process.kill)
        guard.start()
        line = b""
        try:
            with suppress(OSError):
                process.stdin.write(question + b"\n" + raw)
                process.stdin.flush()
                line = process.stdout.readline()
        finally:
            guard.cancel()
        if not line.endswith(b"\n"):
            self._kill()
            raise BadMessage(f"The message could not be read within {self._seconds:g} seconds and the memory allowed.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self._kill()
            self._process = subprocess.Popen(
                [sys.executable, "-m", _MODULE, str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"},
            )
        return self._process

    def _kill(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()
        self._process = None


def _question(arrival: Arrival, ourselves: Ourselves) -> bytes:
    question = {
        "task": "understand",
        "size": len(arrival.raw),
        "channel": arrival.channel,
        "brand": arrival.brand,
        "external_id": arrival.external_id,
        "received_at": arrival.received_at.isoformat(),
        "envelope": dict(arrival.envelope),
        "addresses": sorted(ourselves.addresses),
        "host": ourselves.host,
        "authserv_id": ourselves.authserv_id,
        "colleagues": sorted(ourselves.colleagues),
    }
    return json.dumps(question).encode()


def message_of(answer: dict[str, Any], arrival: Arrival) -> InboundMessage:
    """What was told of the mail that came in as `arrival`: the fields of its message, out of JSON."""
    silence, bounce, forwarded = (answer.pop(name) for name in ("silence", "bounce", "forwarded"))
    answer |= {name: tuple(answer[name]) for name in ("references", "attachments", "recipients")}
    answer["received_at"] = arrival.received_at
    return InboundMessage(
        **answer,
        silence=Silence(**silence) if silence else None,
        bounce=Bounce(**bounce) if bounce else None,
        forwarded=Forwarded(**forwarded) if forwarded else None,
    )


def _answer(question: dict[str, Any], raw: bytes) -> dict[str, Any]:
    if question["task"] == "prove":
        return {"proved": is_proved(raw, question["records"])}
    arrival = Arrival(
        channel=question["channel"],
        brand=question["brand"],
        raw=raw,
        received_at=datetime.fromisoformat(question["received_at"]),
        external_id=question["external_id"],
        envelope=question["envelope"],
    )
    ourselves = Ourselves(
        addresses=frozenset(question["addresses"]),
        host=question["host"],
        authserv_id=question["authserv_id"],
        colleagues=frozenset(question["colleagues"]),
    )
    try:
        return asdict(understand(arrival, ourselves))
    except BadMessage as fault:
        return {"refused": str(fault)}


def _serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    for line in questions:
        question = json.loads(line)
        answer = _answer(question, questions.read(question["size"]))
        answers.write(json.dumps(answer, default=datetime.isoformat).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    _bytes = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (_bytes, _bytes))
    _serve(sys.stdin.buffer, sys.stdout.buffer)
