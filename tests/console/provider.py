"""A provider of sign-in on loopback, that can be told to lie."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "privacy-desk", "a secret of the client's"
ADA = {"sub": "4711", "email": "Ada@Shop.example", "email_verified": True}


@dataclass(kw_only=True)
class FakeProvider:
    """What it says of whoever signs in, and how it lies."""

    url: str = ""
    #: Who is signed in there.
    claims: dict[str, Any] = field(default_factory=lambda: dict(ADA))
    #: Laid over the ID token; None takes a claim away.
    lies: dict[str, Any] = field(default_factory=dict)
    #: Laid over the discovery document.
    metadata: dict[str, Any] = field(default_factory=dict)
    #: "RS256", "HS256" (with the client's secret), "none", or "foreign" (RS256 with a key of somebody else's).
    signs: str = "RS256"
    #: "error" sends the browser back without a code.
    answer: str = "code"
    asked: list[str] = field(default_factory=list)
    #: Code -> what was asked for with it; good once.
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: a_key())

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        } | self.metadata

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent."""
        back = {"state": asked["state"]}
        if self.answer == "error":
            return f"{asked['redirect_uri']}?{urlencode(back | {'error': 'access_denied'})}"
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode(back | {'code': code})}"

    def token(self, sent: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(sent.get("code", ""), None)
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode() if authorization else ""
        challenge = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        if (
            asked is None
            or asked["redirect_uri"] != sent["redirect_uri"]
            or asked["code_challenge"] != base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
            or (pair.partition(":")[0] if authorization else sent.get("client_id")) != CLIENT
        ):
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.signed(asked["nonce"])}

    def signed(self, nonce: str) -> str:
        now = int(time.time())
        usual = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, **self.claims}
        claims = {name: value for name, value in (usual | self.lies).items() if value is not None}
        match self.signs:
            case "none":
                return f"{_part({'alg': 'none'})}.{_part(claims)}."
            case "HS256":
                return jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(SECRET.ljust(32, ".")))
            case "public key as secret":
                signed = f"{_part({'alg': 'HS256', 'kid': 'one'})}.{_part(claims)}"
                made = hmac.digest(self.key.as_pem(private=False), signed.encode(), "sha256")
                return f"{signed}.{_encoded(made)}"
            case "foreign":
                other = RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False)
                return jwt.encode({"alg": "RS256", "kid": "one"}, claims, other)
            case _:
                return jwt.encode({"alg": "RS256", "kid": self.key.kid or ""}, claims, self.key)


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _part(content: dict[str, Any]) -> str:
    return _encoded(json.dumps(content).encode())


@cache
def a_key() -> RSAKey:
    """Made once, since it takes long."""
    return RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False)


@contextmanager
def a_provider() -> Iterator[FakeProvider]:
    fake = FakeProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            fake.asked.append(parts.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            match parts.path:
                case "/.well-known/openid-configuration":
                    self._say(200, fake.discovery())
                case "/keys":
                    self._say(200, {"keys": [fake.key.as_dict(private=False) | {"use": "sig"}]})
                case "/authorize":
                    self.send_response(303)
                    self.send_header("Location", fake.authorize(asked))
                    self.end_headers()
                case _:
                    self._say(404, {})

        def do_POST(self) -> None:
            fake.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            sent = {name: values[0] for name, values in parse_qs(body).items()}
            self._say(*fake.token(sent, self.headers.get("Authorization", "")))

        def _say(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
