"""A provider of sign-in (OpenID Connect Core 1.0): where it is asked, what it answers, whether that can be believed.

Law: only public addresses are called over https, but for the issuer's own host where the operator has named it as
their own; no redirect is followed. An answer counts only with state, nonce and PKCE of this very sign-in, signed with
an asymmetric key of the issuer, for us, and now. Blocking: an event loop runs it in a thread.
"""

import http.client
import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bot import outside
from bot.errors import BadSetting, NotNow, TheirFault

#: Signatures that only the issuer can make; with a shared secret (HS256), or with none, anybody could.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
_LIMITS = outside.Limits(seconds=10.0, size=500_000)
#: Seconds that what the provider says of itself is believed, and between two looks for a key that is not known.
_LASTS, _BETWEEN = 3600.0, 60.0
#: Seconds that clocks may differ.
_LEEWAY = 60
_SCOPES = "openid email profile"


class NotBelieved(TheirFault):
    """What the provider said does not prove who signs in; the text is for the log and holds nobody's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomers:
    """Whom the provider knows and we do not: they get this role, where their mailbox is of one of these domains."""

    role: str
    brand: str
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the operator has chosen."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    #: On the button.
    name: str = ""
    #: The issuer's own host stands within the operator's network, also without https.
    private: bool = False
    #: Our own one-time password is asked as well.
    asks_code: bool = True
    #: The provider must have used one of these (RFC 8176), e.g. "mfa"; none is asked for where this is empty.
    methods: tuple[str, ...] = ()
    newcomers: Newcomers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One sign-in under way: three words that only this browser's cookie leads to."""

    state: str
    nonce: str
    verifier: str
    #: Where the provider sends the browser back to.
    back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who has signed in there."""

    #: Issuer and subject, never given to anybody else.
    subject: str
    #: "" where the provider does not say that it has checked it.
    mailbox: str
    methods: frozenset[str]


#: Asks an address and gives the reply; raises `PrivacyDeskError`.
Fetch = Callable[[outside.Request], outside.Reply]


class Provider:
    """One provider, and what it has lately said of itself."""

    def __init__(
        self,
        terms: Terms,
        *,
        fetch: Fetch | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        moment: Callable[[], float] = time.time,
    ) -> None:
        self.terms = terms
        self._fetch = fetch or (lambda request: fetch_for(terms, request))
        self._monotonic, self._moment = monotonic, moment
        self._metadata: Mapping[str, Any] = {}
        self._keys: Mapping[str, Any] = {}
        self._metadata_at = self._keys_at = -_LASTS
        self._lock = threading.Lock()

    def address(self, attempt: Attempt) -> str:
        """Where the browser goes to sign in."""
        asked = {
            "response_type": "code",
            "client_id": self.terms.client_id,
            "redirect_uri": attempt.back,
            "scope": _SCOPES,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        where = str(self._known()["authorization_endpoint"])
        return f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}"

    def identity(self, attempt: Attempt, code: str, said_issuer: str) -> Identity:
        """Who has signed in. Raises `NotBelieved`, or another `PrivacyDeskError` where it cannot be asked now."""
        known = self._known()
        if said_issuer != self.terms.issuer and (
            said_issuer or known.get("authorization_response_iss_parameter_supported") is True
        ):
            raise NotBelieved("the answer names another issuer, or none (RFC 9207)")
        claims = self._claims(self._token(known, attempt, code), attempt)
        mailbox, checked = claims.get("email"), claims.get("email_verified")
        # Some providers write the word instead of the value.
        is_checked = (checked is True or checked == "true") and isinstance(mailbox, str)
        return Identity(
            subject=f"{self.terms.issuer} {claims['sub']}",
            mailbox=str(mailbox).strip().lower() if is_checked else "",
            methods=frozenset(map(str, claims.get("amr") or ())),
        )

    def _token(self, known: Mapping[str, Any], attempt: Attempt, code: str) -> str:
        """The ID token for a code."""
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.back,
            "client_id": self.terms.client_id,
            "code_verifier": attempt.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        ways = known.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if self.terms.client_secret and "client_secret_basic" in ways:
            pair = f"{quote(self.terms.client_id, safe='')}:{quote(self.terms.client_secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        elif self.terms.client_secret:
            sent["client_secret"] = self.terms.client_secret
        body = urlencode(sent).encode()
        url = str(known["token_endpoint"])
        reply = self._fetch(outside.Request(url=url, method="POST", headers=headers, body=body))
        token = _object(reply, "the token endpoint").get("id_token")
        if not isinstance(token, str):
            raise NotBelieved("the provider gave no ID token")
        return token

    def _claims(self, token: str, attempt: Attempt) -> Mapping[str, Any]:
        """What the token says, once everything about it is right (OpenID Connect Core, 3.1.3.7)."""
        try:
            decoded = self._opened(token)
            options = {"iss": {"essential": True, "value": self.terms.issuer}}
            params = {"nonce": attempt.nonce, "client_id": self.terms.client_id}
            claims = CodeIDToken(decoded.claims, decoded.header, options, params)
            claims.validate(now=int(self._moment()), leeway=_LEEWAY)
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotBelieved(f"the ID token is not valid ({type(error).__name__})") from error
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if self.terms.client_id not in audience:
            raise NotBelieved("the ID token is for somebody else")
        if not isinstance(claims["sub"], str) or not claims["sub"] or claims.get("nonce") != attempt.nonce:
            raise NotBelieved("the ID token names nobody, or belongs to another sign-in")
        return dict(claims)

    def _opened(self, token: str) -> jwt.Token:
        """Its signature is checked with the keys that are known, and once more with fresh ones."""
        for fresh in (False, True):
            try:
                return jwt.decode(token, KeySet.import_key_set(self._key_set(fresh=fresh)), list(ALGORITHMS))  # type: ignore[arg-type]
            except (JoseError, ValueError):
                if fresh:
                    raise
        raise AssertionError("unreachable")

    def _key_set(self, *, fresh: bool) -> Mapping[str, Any]:
        with self._lock:
            age = self._monotonic() - self._keys_at
            if age < (_BETWEEN if fresh else _LASTS):
                return self._keys
        url = str(self._known()["jwks_uri"])
        found = _object(self._fetch(outside.Request(url=url)), "the key set")
        # A key that both sides share is no key of the issuer's alone.
        keys = [key for key in found.get("keys", ()) if isinstance(key, dict) and key.get("kty") != "oct"]
        with self._lock:
            self._keys, self._keys_at = {"keys": keys}, self._monotonic()
            return self._keys

    def _known(self) -> Mapping[str, Any]:
        """What the provider says of itself (OpenID Connect Discovery 1.0)."""
        with self._lock:
            if self._monotonic() - self._metadata_at < _LASTS:
                return self._metadata
        url = get_well_known_url(self.terms.issuer, external=True)
        found = _object(self._fetch(outside.Request(url=url)), "the discovery document")
        if found.get("issuer") != self.terms.issuer:
            raise BadSetting(f"sign_in.issuer: {self.terms.issuer} calls itself {str(found.get('issuer'))[:200]!r}")
        try:
            metadata = OpenIDProviderMetadata(found)
            if not self.terms.private:
                metadata.validate_authorization_endpoint()
                metadata.validate_token_endpoint()
                metadata.validate_jwks_uri()
            usable = all(isinstance(found[name], str) for name in _ENDPOINTS)
        except (ValueError, KeyError) as error:
            raise BadSetting(f"sign_in.issuer: its discovery document cannot be used ({error})") from error
        if not usable or not _is_web(found["authorization_endpoint"]):
            raise BadSetting("sign_in.issuer: its discovery document names no usable endpoints")
        with self._lock:
            self._metadata, self._metadata_at = found, self._monotonic()
        return found


_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def _is_web(url: str) -> bool:
    return url.startswith(("https://", "http://")) and url.isascii() and url.isprintable()


def _object(reply: outside.Reply, what: str) -> dict[str, Any]:
    if reply.status != 200:
        raise NotBelieved(f"{what} answered {reply.status}")
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise NotBelieved(f"{what} is not JSON") from error
    if not isinstance(found, dict):
        raise NotBelieved(f"{what} is no JSON object")
    return found


def fetch_for(terms: Terms, request: outside.Request) -> outside.Reply:
    """Over https to a judged public address; to the issuer's own host as it was typed, where it is the operator's."""
    if terms.private and urlsplit(request.url).netloc == urlsplit(terms.issuer).netloc:
        return _within(request)
    return outside.exchange(request, _LIMITS)


def _within(request: outside.Request) -> outside.Reply:
    parts = urlsplit(request.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_LIMITS.seconds)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(request.method, path, body=request.body, headers=dict(request.headers))
        response = connection.getresponse()
        body = response.read(_LIMITS.size + 1)
        if len(body) > _LIMITS.size:
            raise outside.TooLarge(f"{parts.hostname} sends more than {_LIMITS.size:,} bytes")
        return outside.Reply(url=request.url, status=response.status, headers={}, body=body)
    except (OSError, http.client.HTTPException) as error:
        raise NotNow(f"{parts.hostname} cannot be reached: {type(error).__name__}") from error
    finally:
        connection.close()
