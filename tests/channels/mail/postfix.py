"""A real Postfix of our own: own configuration and queue, free ports, gone when the test is over. It needs root."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {home}/log
maillog_file_prefixes = {home}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.marigold.example
mydestination =
local_recipient_maps =
alias_maps =
mynetworks = {networks}
relay_domains = marigold.example, other.example
transport_maps = inline:{{ {{ marigold.example = {transport} }}, {{ other.example = {transport} }} }}
relayhost = {relay}
smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
disable_dns_lookups = yes
smtp_host_lookup = native
lmtp_host_lookup = native
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
message_size_limit = 26214400
smtpd_tls_security_level = may
smtpd_tls_cert_file = {home}/cert.pem
smtpd_tls_key_file = {home}/key.pem
smtpd_tls_loglevel = 0
smtpd_sasl_auth_enable = {sasl}
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_tls_auth_only = yes
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


def usable() -> bool:
    return os.getuid() == 0 and Path("/usr/sbin/postfix").exists()


class Postfix:
    """A running server."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port
        #: The certificate that it shows; its own authority.
        self.certificate = home / "cert.pem"

    def queue(self) -> str:
        """What still waits, one JSON line for each message."""
        command = ["/usr/sbin/postqueue", "-c", str(self.home / "etc"), "-j"]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout

    def drained(self, seconds: float = 15) -> bool:
        """Whether nothing waits any more within that time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.queue():
                return True
            time.sleep(0.1)
        return False


@contextmanager
def running_postfix(
    *, transport: str = "error:none", relay: str = "", auth: int = 0, trusting: bool = True
) -> Iterator[Postfix]:
    """A server that hands mail for us to `transport` and everything else to `relay`; stopped by its own process id."""
    home = Path(tempfile.mkdtemp(prefix="pd-postfix-"))
    home.chmod(0o755)
    for name in ("etc", "queue", "data"):
        (home / name).mkdir()
    shutil.chown(home / "data", "postfix")
    port = _free_port()
    make_certificate(home)
    main = _MAIN.format(
        home=home, transport=transport, relay=relay, auth=auth, sasl="yes" if auth else "no",
        networks="127.0.0.0/8" if trusting else "",
    )  # fmt: skip
    (home / "etc" / "main.cf").write_text(main)
    (home / "etc" / "master.cf").write_text(_MASTER.format(port=port))
    process = subprocess.Popen(
        ["/usr/sbin/postfix", "-c", str(home / "etc"), "start-fg"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, home / "log")
        yield Postfix(home, port)
    finally:
        subprocess.run(
            ["/usr/sbin/postfix", "-c", str(home / "etc"), "stop"], capture_output=True, timeout=30, check=False
        )
        process.terminate()
        process.wait(15)
        shutil.rmtree(home, ignore_errors=True)


def make_certificate(home: Path) -> None:
    """A key and a certificate for localhost that is its own authority: `key.pem` and `cert.pem`."""
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-keyout", str(home / "key.pem"), "-out", str(home / "cert.pem"),
    ]  # fmt: skip
    subprocess.run(command, capture_output=True, check=True, timeout=30)


def _wait_for(port: int, log: Path) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"Postfix did not start: {log.read_text() if log.exists() else 'no log'}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
