"""Whom we call when somebody typed the address: public addresses, over https, for so long and so much."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from bot.errors import NotNow, Uncertain
from bot.outside import (
    Limits,
    RefusedAddress,
    Reply,
    Request,
    Target,
    TooLarge,
    connect_with_tls,
    exchange,
    judge,
    refuse_address,
)

PUBLIC = "93.184.216.34"
#: What a machine's own resolver would make of names that point inward.
INWARD = {
    "localhost": "127.0.0.1",
    "localhost.localdomain": "127.0.0.1",
    "metadata.google.internal": "169.254.169.254",
    "intranet": "10.1.2.3",
    "printer.local": "192.168.1.9",
    "127.0.0.1.nip.io": "127.0.0.1",
    "v6.example.com": "::1",
    "mapped.example.com": "::ffff:10.0.0.1",
    "ula.example.com": "fd00:ec2::254",
    "link.example.com": "fe80::1%eth0",
}


def resolve_as_told(host: str, port: int) -> list[str]:
    if host in INWARD:
        return [INWARD[host]]
    if host.endswith(".test"):
        return [PUBLIC]
    if host[0].isdigit() or ":" in host:
        return [host]
    raise OSError("no such name")


@contextmanager
def a_server(*replies: bytes, drip: float = 0.0) -> Iterator[Callable[[Target, float], socket.socket]]:
    """What connects to a fake far side that gives one reply to each connection, byte by byte where it drips."""
    ends: list[socket.socket] = []
    threads: list[threading.Thread] = []
    waiting = list(replies)

    def serve(end: socket.socket, reply: bytes) -> None:
        try:
            end.recv(65536)
            for piece in [reply[i : i + 1] for i in range(len(reply))] if drip else [reply]:
                end.sendall(piece)
                time.sleep(drip)
            end.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def connect(target: Target, seconds: float) -> socket.socket:
        ours, theirs = socket.socketpair()
        ours.settimeout(seconds)
        ends.append(theirs)
        threads.append(threading.Thread(target=serve, args=(theirs, waiting.pop(0))))
        threads[-1].start()
        return ours

    try:
        yield connect
    finally:
        for thread in threads:
            thread.join()
        for end in ends:
            end.close()


def ok(body: bytes = b"hello") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def moved(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


def get(*replies: bytes, url: str = "https://shop.test/policy", limits: Limits | None = None, drip: float = 0) -> Reply:
    with a_server(*replies, drip=drip) as connect:
        return exchange(Request(url=url), limits or Limits(), resolve=resolve_as_told, connect=connect)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "100.128.0.1"])
def test_a_public_address_may_be_called(address: str) -> None:
    assert refuse_address(address) is None


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16"),
        *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.168.0.1", "198.18.0.1"),
        *("198.51.100.1", "203.0.113.9", "224.0.0.1", "255.255.255.255", "::", "::1", "::ffff:8.8.8.8", "::127.0.0.1"),
        *("64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:a00:1::", "3fff::1", "5f00::1"),
        *(
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fe80::1%eth0",
            "fec0::1",
            "ff02::1",
            "2606:2800::1%1",
            "localhost",
            "",
        ),
    ],
)
def test_no_other_address_may_be_called(address: str) -> None:
    assert refuse_address(address)


@pytest.mark.parametrize(
    "url",
    [
        *(f"https://{host}/" for host in INWARD if "%" not in host),
        *("https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/"),
        *("https://0177.0.0.1/", "https://017700000001/", "https://[::1]/", "https://[::ffff:127.0.0.1]/"),
        *(
            "https://[fe80::1%25eth0]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://0/",
            "https://10.0.0.1:8443/",
        ),
        *(
            "https://shop.test@127.0.0.1/",
            "https://user:secret@shop.test/",
            "https://127.0.0.1./",
            "https://shop.test:22/",
        ),
        *(
            "http://shop.test/",
            "ftp://shop.test/",
            "file:///etc/passwd",
            "gopher://shop.test/",
            "//shop.test/",
            "shop.test",
        ),
        *(
            "https://",
            "https:///policy",
            "https://shop.test\\@10.0.0.1/",
            "https://shop.test/\r\nHost: x",
            "https://a b/",
        ),
        *(
            "https://shop.test:99999/",
            "https://[::1/",
            "https://①②⑦.0.0.1/",
            "https://shop..test/",
            "https://1.2.3.4.5/",
        ),
    ],
)
def test_an_address_that_leads_inward_or_is_not_plain_https_is_refused(url: str) -> None:
    with pytest.raises(RefusedAddress):
        judge(url, resolve_as_told)


def test_one_inward_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(RefusedAddress):
        judge("https://shop.test/", lambda host, port: [PUBLIC, "10.0.0.1"])


def test_a_target_keeps_the_path_the_query_and_the_judged_addresses() -> None:
    target = judge("https://Shop.test:8443/a/policy?lang=en#top", resolve_as_told)

    assert (target.host, target.port, target.path, target.addresses) == (
        "shop.test",
        8443,
        "/a/policy?lang=en",
        (PUBLIC,),
    )


@pytest.mark.parametrize("resolve", [resolve_as_told, lambda host, port: []])
def test_a_name_without_an_address_may_be_tried_later(resolve: Callable[[str, int], Sequence[str]]) -> None:
    with pytest.raises(NotNow):
        judge("https://nowhere.example/", resolve)


def test_a_reply_comes_back_with_its_status_headers_and_body() -> None:
    reply = get(ok())

    assert (reply.status, reply.headers["content-type"], reply.body) == (200, "text/plain", b"hello")


def test_what_is_posted_arrives_once_and_whole() -> None:
    seen: list[bytes] = []
    ours, theirs = socket.socketpair()
    theirs.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    request = Request(url="https://shop.test/hook", method="POST", headers={"X-Signature": "abc"}, body=b'{"a": 1}')

    with theirs:
        reply = exchange(request, resolve=resolve_as_told, connect=lambda target, seconds: ours)
        seen.append(theirs.recv(65536))

    assert reply.status == 204
    assert seen[0].startswith(b"POST /hook HTTP/1.1\r\nHost: shop.test\r\n")
    assert b"X-Signature: abc\r\n" in seen[0]
    assert seen[0].endswith(b'\r\n\r\n{"a": 1}')


def test_the_connection_goes_to_the_judged_address_though_the_name_changes_at_once() -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    called: list[Target] = []

    def connect(target: Target, seconds: float) -> socket.socket:
        called.append(target)
        raise ConnectionRefusedError

    with pytest.raises(NotNow):
        exchange(Request(url="https://shop.test/"), resolve=lambda host, port: next(answers), connect=connect)
    assert [target.addresses for target in called] == [(PUBLIC,)]


def test_a_redirect_is_not_followed_unless_asked() -> None:
    assert get(moved("https://other.test/")).status == 302


def test_a_redirect_is_followed_and_the_last_address_is_told() -> None:
    reply = get(moved("/new"), ok(), limits=Limits(redirects=1))

    assert (reply.url, reply.body) == ("https://shop.test/new", b"hello")


@pytest.mark.parametrize("to", ["https://localhost/", "http://shop.test/", "https://169.254.169.254/", "file:///etc/x"])
def test_a_redirect_is_judged_like_the_first_address(to: str) -> None:
    with pytest.raises(RefusedAddress):
        get(moved(to), limits=Limits(redirects=3))


def test_redirects_end() -> None:
    with pytest.raises(RefusedAddress, match="more than 2 times"):
        get(*[moved("/again")] * 3, limits=Limits(redirects=2))


@pytest.mark.parametrize(
    "reply",
    [
        ok(b"x" * 1001),
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1001,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n" + b"x" * 400_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n" + b"x" * 5_000,
    ],
)
def test_more_than_is_taken_is_an_error_and_not_a_part(reply: bytes) -> None:
    with pytest.raises(TooLarge):
        get(reply, limits=Limits(size=1000))


@pytest.mark.parametrize(
    "reply", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", b"\x00" * 500]
)
def test_a_reply_that_breaks_off_leaves_it_uncertain(reply: bytes) -> None:
    with pytest.raises(Uncertain):
        get(reply)


@pytest.mark.parametrize("reply", [b"HTTP/1.1 200 OK\r\nX: " + b"y" * 500, b"HTTP/1.1 200 OK\r\n\r\n" + b"z" * 500])
def test_who_drips_bytes_does_not_hold_the_line(reply: bytes) -> None:
    began = time.monotonic()

    with pytest.raises(Uncertain):
        get(reply, limits=Limits(seconds=0.3), drip=0.02)
    assert time.monotonic() - began < 5


def test_a_far_side_without_tls_cannot_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        target = Target(url="", host="shop.test", port=port, path="/", addresses=("127.0.0.1",))

        with pytest.raises(OSError):
            connect_with_tls(target, 0.3)
