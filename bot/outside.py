"""Talks to an address that somebody typed: https only, to public addresses only, within limits of time and size.

The law: a name is resolved once, every address it has is judged, and the connection goes to a judged address, never to
the name again; so a name that changes between the look and the call gains nothing. Each redirect is judged anew. No
proxy, cookie, credential or compressed body is involved. The calls block: an event loop runs them in a thread.
"""

import http.client
import io
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import SplitResult, urljoin, urlsplit

from bot.errors import BadSetting, NotNow, TheirFault, Uncertain

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Gives every address of a name; raises OSError where there is none.
Resolve = Callable[[str, int], Sequence[str]]

_REFUSED_NETWORKS: Final = {
    "0.0.0.0/8": "of this network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "private to a carrier",
    "127.0.0.0/8": "of this machine itself",
    "168.63.129.16/32": "of a cloud's own services",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "reserved",
    "192.0.2.0/24": "for documentation only",
    "192.88.99.0/24": "reserved",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "for measurements only",
    "198.51.100.0/24": "for documentation only",
    "203.0.113.0/24": "for documentation only",
    "224.0.0.0/4": "of a group, not of one machine",
    "240.0.0.0/4": "reserved",
    "::/128": "of this machine itself",
    "::1/128": "of this machine itself",
    "::ffff:0:0/96": "an IPv4 address in disguise",
    "64:ff9b::/96": "an IPv4 address in disguise",
    "2001::/23": "reserved",
    "2001:db8::/32": "for documentation only",
    "2002::/16": "an IPv4 address in disguise",
    "3fff::/20": "for documentation only",
    "fc00::/7": "private",
    "fe80::/10": "link-local",
    "fec0::/10": "private",
    "ff00::/8": "of a group, not of one machine",
}
_REFUSED: Final = tuple((ipaddress.ip_network(network), reason) for network, reason in _REFUSED_NETWORKS.items())
_PUBLIC_V6: Final = ipaddress.ip_network("2000::/3")
#: Bytes for the head of a reply and the marks between chunks, beside the body itself.
_OVERHEAD: Final = 200_000
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


def refuse_address(address: str | IpAddress) -> str | None:
    """Why a connection to this IP address is refused, or None where it is a public one (RFC 6890 and what followed)."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "not an IP address"
    for network, reason in _REFUSED:
        if ip.version == network.version and ip in network:
            return reason
    if ip.version == 6 and (ip not in _PUBLIC_V6 or getattr(ip, "scope_id", None)):
        return "reserved"
    return None


class RefusedAddress(BadSetting):
    """The address is not https, or leads to a place that nobody outside should be able to name."""


class TooLarge(TheirFault):
    """The other side sent more than the caller takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A judged address: what to ask for, and the only IP addresses that may be connected to."""

    url: str
    host: str
    port: int
    #: The path and the query, as they go into the request line.
    path: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how much one exchange may be, its redirects included."""

    seconds: float = 5.0
    #: The most bytes of a body that are taken; a longer one is an error, never a part.
    size: int = 1_000_000
    redirects: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back, whatever its status; the names of its headers are in lower case."""

    #: The address that answered, after redirects.
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


#: Opens a connection to one of a judged target's addresses within so many seconds; TLS is already done.
Connect = Callable[[Target, float], socket.socket]


def resolve_name(host: str, port: int) -> list[str]:
    """Every address that this machine's resolver gives for a name, in its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def judge(url: str, resolve: Resolve = resolve_name) -> Target:
    """The target of an address that somebody typed; raises RefusedAddress, or NotNow where the name has no address."""
    parts = _https_parts(url)
    host, port = _host_of(parts), parts.port or 443
    try:
        addresses = tuple(resolve(host, port))
    except (OSError, UnicodeError) as error:
        raise NotNow(f"{host} has no address now: {error}") from error
    if not addresses:
        raise NotNow(f"{host} has no address now")
    for address in addresses:
        if reason := refuse_address(address):
            raise RefusedAddress(f"{host} leads to {address}, which is {reason}; only public addresses are called")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(url=url, host=host, port=port, path=path, addresses=addresses)


def exchange(
    request: Request, limits: Limits = Limits(), *, resolve: Resolve = resolve_name, connect: Connect | None = None
) -> Reply:
    """Sends a request and gives the reply; a GET follows as many redirects as the limits allow, each judged anew.

    Raises RefusedAddress, TooLarge, NotNow where nothing was sent, and Uncertain where the connection broke afterwards.
    """
    deadline = time.monotonic() + limits.seconds
    for _ in range(limits.redirects + 1):
        target = judge(request.url, resolve)
        reply = _exchange_once(target, request, limits.size, deadline, connect or connect_with_tls)
        location = reply.headers.get("location")
        if reply.status not in _REDIRECTS or location is None or not limits.redirects or request.method != "GET":
            return reply
        request = replace(request, url=urljoin(request.url, location))
    raise RefusedAddress(f"{target.host} redirects more than {limits.redirects} times; give the last address itself")


def connect_with_tls(target: Target, seconds: float) -> socket.socket:
    """Connects to a judged address and checks the certificate against the name that was typed."""
    deadline = time.monotonic() + seconds
    broken: OSError = TimeoutError("no time is left")
    for address in target.addresses:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            plain = socket.create_connection((address, target.port), timeout=left)
        except OSError as error:
            broken = error
            continue
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
        except BaseException:
            plain.close()
            raise
    raise broken


def _https_parts(url: str) -> SplitResult:
    if not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise RefusedAddress("the address may hold ASCII letters only, no spaces and no backslashes")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RefusedAddress(f"the address cannot be read: {error}") from error
    if parts.scheme != "https":
        raise RefusedAddress("the address must begin with https://")
    if parts.username is not None or parts.password is not None:
        raise RefusedAddress("the address may hold no user name and no password")
    if port is not None and port != 443 and port < 1024:
        raise RefusedAddress("the port must be 443, or 1024 and above")
    return parts


def _host_of(parts: SplitResult) -> str:
    """The host, where it is a name or an IP address in its one usual spelling (not 0x7f.1 or 017700000001)."""
    host = (parts.hostname or "").removesuffix(".")
    if ":" in host:
        return host
    labels = host.split(".")
    if re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError as error:
            raise RefusedAddress("an IP address is written as four decimal numbers") from error
    if not host or not all(re.fullmatch(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", label) for label in labels):
        raise RefusedAddress("the address holds no usable host name")
    return host


class _Connection(http.client.HTTPConnection):
    default_port = 443


def _exchange_once(target: Target, request: Request, size: int, deadline: float, connect: Connect) -> Reply:
    left = deadline - time.monotonic()
    if left <= 0:
        raise NotNow(f"{target.host} took too long")
    try:
        connected = connect(target, left)
    except (OSError, ValueError) as error:
        raise NotNow(f"{target.host} cannot be reached: {error}") from error
    # A timeout of a socket starts anew with every byte; this one does not, so nobody holds the line by dripping.
    watchdog = threading.Timer(max(0.0, deadline - time.monotonic()), _hang_up, (connected,))
    watchdog.start()
    try:
        reply = _speak(connected, target, request, size)
        # A body without a length ends where the connection does: the watchdog's end is not the body's.
        if time.monotonic() >= deadline:
            raise TimeoutError("no time is left")
    except (OSError, http.client.HTTPException) as error:
        raise Uncertain(f"{target.host} broke off or took too long: {type(error).__name__}") from error
    else:
        return reply
    finally:
        watchdog.cancel()
        watchdog.join()
        connected.close()


def _hang_up(connected: socket.socket) -> None:
    try:
        socket.socket.shutdown(connected, socket.SHUT_RDWR)
    except OSError:
        return


class _Incoming(io.RawIOBase):
    """The bytes that come in, up to so many: a lie about the length of a chunk cannot fill the memory."""

    def __init__(self, connected: socket.socket, host: str, left: int) -> None:
        self._connected, self._host, self._left = connected, host, left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._connected.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise TooLarge(f"{self._host} sends more than is taken")
        return count


class _Line:
    """What `http.client` needs of a socket."""

    def __init__(self, connected: socket.socket, incoming: _Incoming) -> None:
        self.sendall = connected.sendall
        self._incoming = incoming

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._incoming)

    def close(self) -> None:
        """The connection is closed by who opened it."""


def _speak(connected: socket.socket, target: Target, request: Request, size: int) -> Reply:
    connection = _Connection(target.host, target.port)
    connection.sock = _Line(connected, _Incoming(connected, target.host, 2 * size + _OVERHEAD))
    headers = {"Accept-Encoding": "identity", "Connection": "close", **request.headers}
    connection.request(request.method, target.path, body=request.body, headers=headers)
    with connection.getresponse() as response:
        body = response.read(size + 1)
        if len(body) > size:
            raise TooLarge(f"{target.host} sends more than {size:,} bytes")
        if response.length:
            raise http.client.IncompleteRead(body, response.length)
        found = {name.lower(): value for name, value in response.getheaders()}
        return Reply(url=request.url, status=response.status, headers=found, body=body)
