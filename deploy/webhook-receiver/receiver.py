"""An example of a program that is told what happens in Privacy Desk: it checks each call and keeps it once.

Standard library only. Copy it and put your own work into `on_event`. Start it with the secret in WEBHOOK_SECRET:

    WEBHOOK_SECRET="$(privacy-desk webhooks secret)" python receiver.py --port 9000 --seen seen.txt
"""

import argparse
import hmac
import json
import os
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any

#: Seconds by which the sender's clock may differ; an older call is a recording of one.
TOLERANCE = 300
LARGEST = 100_000


def on_event(kind: str, data: Mapping[str, Any]) -> None:
    """Your own work: e.g. take the address of "suppression.added" off your mailing list."""
    print(json.dumps({"type": kind, "data": data}), flush=True)


class Refused(Exception):
    """The call is not from the desk, or is an old one."""


class Receiver:
    """Checks calls by the Standard Webhooks and remembers their ids."""

    def __init__(self, secret: str, seen: Path) -> None:
        self._secret = b64decode(secret.removeprefix("whsec_"))
        self._seen_file, self._lock = seen, Lock()
        self._seen = set(seen.read_text().split()) if seen.exists() else set[str]()

    def take(self, headers: Mapping[str, str], body: bytes, *, now: float) -> bool:
        """False where this event was taken before. Raises `Refused`."""
        event_id, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not moment.isdigit() or abs(now - int(moment)) > TOLERANCE:
            raise Refused("the time is missing or too far away")
        wanted = hmac.new(self._secret, f"{event_id}.{moment}.".encode() + body, sha256).digest()
        signature = f"v1,{b64encode(wanted).decode()}"
        given = headers.get("webhook-signature", "").split()
        if not any(hmac.compare_digest(signature.encode(), each.encode()) for each in given):
            raise Refused("the signature is wrong")
        with self._lock:
            if event_id in self._seen:
                return False
            content = json.loads(body)
            on_event(content["type"], content["data"])
            self._seen.add(event_id)
            with self._seen_file.open("a") as file:
                file.write(f"{event_id}\n")
        return True


def server(receiver: Receiver, host: str, port: int) -> ThreadingHTTPServer:
    """Answers 204 for what was taken, now or before, and 400 for what is not the desk's."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 15

        def do_POST(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            if not 0 < size <= LARGEST:
                self.send_error(413)
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                receiver.take(headers, self.rfile.read(size), now=time.time())
            except Refused as refusal:
                self.send_error(400, str(refusal))
                return
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """No address of a call is logged."""

    return ThreadingHTTPServer((host, port), Handler)


def main() -> None:
    options = argparse.ArgumentParser(description="Takes the events of a Privacy Desk.")
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=9000)
    options.add_argument("--seen", type=Path, default=Path("seen.txt"), help="the ids of the events that were taken")
    given = options.parse_args()
    secret = os.environ.get("WEBHOOK_SECRET", "")
    if not secret.startswith("whsec_"):
        sys.exit("Put the webhook's secret into WEBHOOK_SECRET; make one with: privacy-desk webhooks secret")
    with server(Receiver(secret, given.seen), given.host, given.port) as running:
        running.serve_forever()


if __name__ == "__main__":
    main()
