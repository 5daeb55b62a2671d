"""The Graph API on loopback, as much of it as an account of ours uses: `POST /VERSION/ID/messages`, and its faults."""

import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

#: What each kind of trouble looks like: HTTP status, code, subcode.
CLOSED_ON_A_PAGE = (400, 10, 2018278)
CLOSED_ON_WHATSAPP = (400, 131047, 0)
BLOCKED = (400, 551, 1545041)
TOKEN = (401, 190, 463)
TOO_MANY = (400, 613, 0)
TO_ONE_PERSON = (400, 131056, 0)
TROUBLE = (500, 2, 0)
UNKNOWN = (400, 100, 0)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What the next post gets instead of an answer."""

    error: tuple[int, int, int] = TROUBLE
    headers: Mapping[str, str] = field(default_factory=dict)
    #: The message is taken, and then the line breaks.
    breaks: bool = False


@dataclass(frozen=True, kw_only=True)
class Post:
    """One message that was posted."""

    path: str
    token: str
    body: Mapping[str, Any]
    taken: bool

    @property
    def text(self) -> str:
        """What the person reads."""
        if "messaging_product" not in self.body:
            return str(self.body["message"]["text"])
        kind = self.body["type"]
        return str(self.body["text"]["body"] if kind == "text" else self.body["interactive"]["body"]["text"])

    @property
    def person(self) -> str:
        return str(self.body["to"] if "to" in self.body else self.body["recipient"]["id"])


class FakeGraphApi:
    """Takes every message that is well formed, unless it is told not to."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.faults: list[Fault] = []
        self.url = ""

    @contextmanager
    def running(self) -> Iterator["FakeGraphApi"]:
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fault = fake.faults.pop(0) if fake.faults else None
                refused = fault.error if fault is not None and not fault.breaks else _malformed(body)
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                fake.posts.append(Post(path=self.path, token=token, body=body, taken=refused is None))
                if fault is not None and fault.breaks:
                    self.close_connection = True
                    return
                self._answer(refused, fault.headers if fault else {}, body)

            def _answer(
                self, refused: tuple[int, int, int] | None, headers: Mapping[str, str], body: Mapping[str, Any]
            ) -> None:
                told = json.dumps(_error(*refused) if refused else _taken(body, len(fake.posts))).encode()
                self.send_response(refused[0] if refused else 200)
                for name, value in {**headers, "Content-Length": str(len(told))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, format: str, *args: Any) -> None: ...

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}/v23.0"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    @property
    def taken(self) -> list[Post]:
        return [post for post in self.posts if post.taken]


def _malformed(body: Mapping[str, Any]) -> tuple[int, int, int] | None:
    """The limits of the platforms."""
    if "messaging_product" in body:
        if body["type"] == "text":
            return UNKNOWN if not 0 < len(body["text"]["body"]) <= 4096 else None
        buttons = body["interactive"]["action"]["buttons"]
        labels = [button["reply"]["title"] for button in buttons]
        fits = len(body["interactive"]["body"]["text"]) <= 1024 and len(buttons) <= 3
        return None if fits and all(len(label) <= 20 for label in labels) else UNKNOWN
    if body["messaging_type"] not in ("RESPONSE", "MESSAGE_TAG"):
        return UNKNOWN
    labels = [reply["title"] for reply in body["message"].get("quick_replies", ())]
    fits = 0 < len(body["message"]["text"]) <= 2000 and len(labels) <= 13
    return None if fits and all(len(label) <= 20 for label in labels) else UNKNOWN


def _taken(body: Mapping[str, Any], number: int) -> dict[str, Any]:
    if "messaging_product" in body:
        return {"messaging_product": "whatsapp", "messages": [{"id": f"wamid.{number}"}]}
    return {"recipient_id": body["recipient"]["id"], "message_id": f"m_{number}"}


def _error(status: int, code: int, subcode: int) -> dict[str, Any]:
    error = {"message": "trouble with +491701234567", "type": "OAuthException", "code": code, "fbtrace_id": "A"}
    return {"error": error | ({"error_subcode": subcode} if subcode else {})}
