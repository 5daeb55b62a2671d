"""Two helpdesks that read mail, each in an environment of its own: what the bench of `ingest` is held against."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_DJANGO_SETTINGS = """
import os
SECRET_KEY = "bench"
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.sites",
    "django.contrib.messages", "django.contrib.admin", "django.contrib.humanize", "rest_framework", "helpdesk",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["BENCH_DATABASE"]}}
MEDIA_ROOT = os.environ["BENCH_DATABASE"] + ".media"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
HELPDESK_TEAMS_MODE_ENABLED = False
HELPDESK_KANBAN_BOARD_ENABLED = False
ROOT_URLCONF = "bench_urls"
STATIC_URL = "/static/"
SILENCED_SYSTEM_CHECKS = ["admin.E402", "admin.E404", "admin.E408", "admin.E409", "admin.E410", "admin.W411"]
SITE_ID = 1
USE_TZ = True
"""
_DJANGO_URLS = """
from django.urls import include, path
urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]
"""
_DJANGO_QUEUE = """
import sys
import django
django.setup()
from helpdesk.models import Queue
Queue.objects.create(title="Mail", slug="mail", email_address="hello@shop.example", allow_email_submission=True,
                     email_box_type="local", email_box_local_dir=sys.argv[1], email_box_interval=0)
"""
_DJANGO_COUNT = """
import django
django.setup()
from helpdesk.models import FollowUp
print(FollowUp.objects.count())
"""
#: Strangers may write to it, as to any shop.
_ROUNDUP_RIGHTS = """
db.security.addPermissionToRole("Anonymous", "Email Access")
for kind in "issue", "file", "msg", "query", "keyword":
    db.security.addPermissionToRole("Anonymous", "Create", kind)
    db.security.addPermissionToRole("Anonymous", "Edit", kind)
"""


class DjangoHelpdesk:
    """`get_email` out of a folder of files, on SQLite; its answers go nowhere."""

    name = "django-helpdesk get_email"

    def __init__(self, folder: Path, mails: Sequence[bytes]) -> None:
        self._python = _environment(folder / "django-helpdesk", "django-helpdesk==2.6.1")
        (folder / "bench_settings.py").write_text(_DJANGO_SETTINGS)
        (folder / "bench_urls.py").write_text(_DJANGO_URLS)
        database = folder / "helpdesk.sqlite3"
        database.unlink(missing_ok=True)
        self._known = {
            "DJANGO_SETTINGS_MODULE": "bench_settings",
            "PYTHONPATH": str(folder),
            "BENCH_DATABASE": str(database),
        }
        box = folder / "helpdesk-box"
        box.mkdir(exist_ok=True)
        for number, raw in enumerate(mails):
            (box / f"{number:06}.eml").write_bytes(raw)
        self._django("migrate")
        self._django("loaddata", "emailtemplate.json")
        _run([self._python, "-c", _DJANGO_QUEUE, str(box)], self._known)

    def take_in(self) -> None:
        self._django("get_email")

    def count(self) -> int:
        return int(_run([self._python, "-c", _DJANGO_COUNT], self._known))

    def _django(self, *command: str) -> None:
        _run([self._python, "-m", "django", *command], self._known)


class Roundup:
    """`roundup-mailgw` out of an mbox, on SQLite; its answers go to a file."""

    name = "roundup-mailgw"

    def __init__(self, folder: Path, mbox: Path) -> None:
        self._bin = _environment(folder / "roundup", "roundup==2.6.0").parent
        self._tracker, self._mbox = folder / "tracker", mbox
        _run(["rm", "-rf", str(self._tracker)])
        self._admin("install", "classic", "sqlite")
        schema = self._tracker / "schema.py"
        schema.write_text(schema.read_text() + _ROUNDUP_RIGHTS)
        config = self._tracker / "config.ini"
        before, _, mail = config.read_text().partition("\n[mail]\n")
        before = before.replace("#web = NO DEFAULT", "web = http://localhost/tracker/")
        mail = mail.replace("#domain = NO DEFAULT", "domain = shop.example").replace(
            "#host = NO DEFAULT", "host = localhost"
        )
        mail = mail.replace("\ndebug = ", f"\ndebug = {folder / 'roundup-sent.mbox'}", 1)
        config.write_text(f"{before}\n[mail]\n{mail}")
        self._admin("initialise", "bench")

    def take_in(self) -> None:
        _run([self._bin / "roundup-mailgw", str(self._tracker), "mailbox", str(self._mbox)])

    def count(self) -> int:
        return len(self._admin("list", "msg").splitlines())

    def _admin(self, *command: str) -> str:
        return _run([self._bin / "roundup-admin", "-i", str(self._tracker), *command])


def _environment(folder: Path, requirement: str) -> Path:
    """The Python of an environment with what is required, made the first time."""
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        _run([sys.executable, "-m", "venv", str(folder)])
        _run([python, "-m", "pip", "install", "--quiet", requirement, "setuptools"])
        (folder / "ready").touch()
    return python


def _run(command: Sequence[str | Path], known: Mapping[str, str] | None = None) -> str:
    """What it prints; raises `RuntimeError` with its last lines where it fails."""
    ran = subprocess.run(command, env={**os.environ, **(known or {})}, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(f"{command[0]} failed:\n" + "\n".join((ran.stdout + ran.stderr).splitlines()[-8:]))
    return ran.stdout
