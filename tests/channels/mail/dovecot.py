"""A real Dovecot of our own: own configuration, own folders, free ports, gone when the test is over."""

import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imapclient import IMAPClient

from bot.channels.mail.imap_in import ImapSettings

PASSWORD = "correct-horse"

_CONFIGURATION = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login{mechanisms}
auth_failure_delay = 0
first_valid_uid = 1
mail_location = maildir:~/Maildir
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
}}
default_login_user = {login_user}
default_internal_user = {internal_user}
default_internal_group = {internal_group}
{more_passwords}passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {auth}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""


def installed() -> bool:
    return shutil.which("dovecot") is not None or Path("/usr/sbin/dovecot").exists()


class Dovecot:
    """One user of a running server; every name is a user, with an empty inbox of its own."""

    def __init__(self, home: Path, imap: int, lmtp: int, auth: int, user: str) -> None:
        self.home, self.imap, self.lmtp, self.auth, self.user = home, imap, lmtp, auth, user

    def other(self, user: str) -> "Dovecot":
        """Another user of the same server."""
        return Dovecot(self.home, self.imap, self.lmtp, self.auth, user)

    def settings(self, **changed: object) -> ImapSettings:
        values: dict[str, object] = {
            "brand": "marigold", "host": "127.0.0.1", "port": self.imap, "security": "none", "username": self.user,
            "password": PASSWORD, "poll_seconds": 5.0, "timeout": 10.0,
        }  # fmt: skip
        return ImapSettings(**{**values, **changed})  # type: ignore[arg-type]

    def deliver(self, raw: bytes, sender: str = "ada@example.org") -> None:
        """As a mail server would: over LMTP, one recipient."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as client:
            client.sendmail(sender, [self.user], raw)

    @contextmanager
    def session(self) -> Iterator[IMAPClient]:
        """A mail program of a person in the shop, logged in, with the inbox open."""
        with IMAPClient("127.0.0.1", self.imap, ssl=False, timeout=10) as client:
            client.login(self.user, PASSWORD)
            client.select_folder("INBOX")
            yield client

    def snapshot(self) -> dict[int, tuple[bytes, frozenset[bytes], object]]:
        """Every message as a read-only client sees it: bytes, flags, date."""
        with IMAPClient("127.0.0.1", self.imap, ssl=False, timeout=10) as client:
            client.login(self.user, PASSWORD)
            client.select_folder("INBOX", readonly=True)
            found = client.fetch(client.search(["ALL"]), ["BODY.PEEK[]", "FLAGS", "INTERNALDATE"])
            return {
                uid: (answer[b"BODY[]"], frozenset(answer[b"FLAGS"]) - {b"\\Recent"}, answer[b"INTERNALDATE"])
                for uid, answer in found.items()
            }

    def files(self) -> dict[str, bytes]:
        """Every message file of the Maildir under its name, which holds its flags; new ones counted as current."""
        folder = self.home / "mail" / self.user / "Maildir"
        return {
            path.name.removesuffix(":2,"): path.read_bytes()
            for name in ("new", "cur")
            for path in (folder / name).iterdir()
        }

    def renumber(self) -> None:
        """Give the inbox another UIDVALIDITY, as after a rebuild; a session that ends may undo it once."""
        before = self._uidvalidity()
        for _ in range(10):
            for path in (self.home / "mail" / self.user / "Maildir").glob("dovecot*"):
                path.unlink(missing_ok=True)
            time.sleep(1.1)
            if self._uidvalidity() != before:
                return
        raise RuntimeError("Dovecot keeps its UIDVALIDITY")

    def _uidvalidity(self) -> int:
        with IMAPClient("127.0.0.1", self.imap, ssl=False, timeout=10) as client:
            client.login(self.user, PASSWORD)
            return int(client.select_folder("INBOX", readonly=True)[b"UIDVALIDITY"])


_TOKENS = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.conf
}}
"""


@contextmanager
def running_dovecot(*, introspection: str = "") -> Iterator[Dovecot]:
    """A server, started and answering; stopped by its own process id.

    Where `introspection` names the place to ask about access tokens, they are taken as well as passwords.
    """
    home = Path(tempfile.mkdtemp(prefix="pd-dovecot-"))
    home.chmod(0o755)
    me = pwd.getpwuid(os.getuid())
    root = os.getuid() == 0
    owner = pwd.getpwnam("mail") if root else me
    imap, lmtp, auth = _free_port(), _free_port(), _free_port()
    (home / "mail").mkdir()
    os.chown(home / "mail", owner.pw_uid, owner.pw_gid)
    (home / "oauth2.conf").write_text(
        f"introspection_mode = post\nintrospection_url = {introspection}\nusername_attribute = username\n"
        "active_attribute = active\nactive_value = true\n"
    )
    configuration = _CONFIGURATION.format(
        mechanisms=" xoauth2" if introspection else "",
        more_passwords=_TOKENS.format(home=home) if introspection else "",
        home=home, imap=imap, auth=auth, password=PASSWORD, lmtp=lmtp, uid=owner.pw_uid, gid=owner.pw_gid,
        login_user="dovenull" if root else me.pw_name, internal_user="dovecot" if root else me.pw_name,
        internal_group="dovecot" if root else str(me.pw_gid),
    )  # fmt: skip
    (home / "dovecot.conf").write_text(configuration)
    binary = shutil.which("dovecot") or "/usr/sbin/dovecot"
    process = subprocess.Popen([binary, "-F", "-c", str(home / "dovecot.conf")], stderr=subprocess.DEVNULL)
    try:
        _wait_for(process, (imap, lmtp), home / "log")
        yield Dovecot(home, imap, lmtp, auth, "hello@marigold.example")
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(home, ignore_errors=True)


def _wait_for(process: subprocess.Popen[bytes], ports: tuple[int, ...], log: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            for port in ports:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"Dovecot did not start: {log.read_text() if log.exists() else 'no log'}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
