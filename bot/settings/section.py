"""What every section of the settings is, and the forms of addresses in it."""

import re

from pydantic import BaseModel, ConfigDict

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")
_USUAL_PORT = {"http": ":80", "https": ":443"}
_ADDRESS = re.compile(r"[^@\s\"<>,;]+@[^@\s\"<>,;]+")

#: Domains at which a stranger may have an address as well as a shop.
EVERYBODYS = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "yahoo.co.uk",
    "yahoo.de", "yahoo.fr", "aol.com", "icloud.com", "me.com", "mac.com", "gmx.de", "gmx.net", "gmx.at", "gmx.ch",
    "gmx.com", "web.de", "t-online.de", "freenet.de", "mail.de", "posteo.de", "mailbox.org", "proton.me",
    "protonmail.com", "pm.me", "fastmail.com", "zoho.com", "mail.com", "orange.fr", "wanadoo.fr", "free.fr", "sfr.fr",
    "laposte.net", "libero.it", "virgilio.it", "tiscali.it", "alice.it", "tim.it", "ziggo.nl", "kpnmail.nl",
    "hetnet.nl", "telenet.be", "skynet.be", "bluewin.ch", "wp.pl", "o2.pl", "onet.pl", "interia.pl", "gazeta.pl",
    "seznam.cz", "email.cz", "btinternet.com", "sky.com", "virginmedia.com", "talktalk.net", "comcast.net", "att.net",
    "verizon.net", "mail.ru", "yandex.ru", "yandex.com", "qq.com", "163.com", "naver.com", "hotmail.co.uk",
    "hotmail.de", "hotmail.fr", "hotmail.it", "hotmail.es", "outlook.de", "outlook.fr", "live.de", "live.nl",
    "tuta.com", "tutanota.com", "hey.com", "telefonica.net", "terra.es", "ionos.de", "online.de", "arcor.de",
    "vodafone.de",
})  # fmt: skip


class Section(BaseModel):
    """One table of the file; a misspelt setting is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def is_address(text: str) -> bool:
    """Whether `text` can be a mailbox of ours: one @, no blank, no bracket."""
    return _ADDRESS.fullmatch(text) is not None


def as_origin(url: str) -> str:
    """As browsers write it: scheme, host, and the port where it is not the usual one; raises `ValueError`."""
    written = url.rstrip("/").lower()
    if not _ORIGIN.fullmatch(written):
        raise ValueError(f"{url!r} is not like https://www.shop.example: a scheme and a host, and no path")
    scheme, _, place = written.partition("://")
    return f"{scheme}://{place.removesuffix(_USUAL_PORT[scheme])}"
