"""Hostile and merely broken mails, made in code: bombs, ambiguities, oddities of forty years of mail programs."""
# The cases stand one to a line.
# ruff: noqa: E501

import base64
import random
import zlib
from collections.abc import Iterator

from mail_builders import a_mail

CHARSETS = (
    "utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "zlib", "zip", "bz2", "hex", "base64", "rot13",
    "quopri", "uu", "undefined", "mbcs", "oem", "string_escape", "unknown-8bit", "x-unknown", "default", "", "%s", "../etc",
    "utf-8\x00", "a" * 5000, "utf-16", "utf-32", "utf-16le", "iso-2022-jp", "iso-2022-kr", "hz-gb-2312", "gb18030", "big5",
    "shift_jis", "koi8-r", "windows-1252", "iso-8859-8-i", "cp65001", "ansi_x3.4-1968", "UTF8", "us-ascii*en",
)  # fmt: skip
ENCODINGS = ("base64", "quoted-printable", "7bit", "8bit", "binary", "x-uuencode", "gzip", "", "base64; x=y", "BASE64 ")


def cases() -> Iterator[tuple[str, bytes]]:
    """Every case with its name."""
    yield from _raw()
    yield from _headers()
    yield from _structures()
    yield from _charsets()
    yield from _encodings()
    yield from _html()
    yield from _text()
    yield from _mutations()


def _raw() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "one line end", b"\r\n"
    yield "line ends only", b"\n" * 100_000
    yield "nul bytes", b"\x00" * 10_000
    yield "every byte", bytes(range(256)) * 100
    yield "noise", random.Random(1).randbytes(50_000)
    yield "no header", b"\r\n\r\nPlease delete my data.\r\n"
    yield "no body", b"From: ada@example.org\r\nSubject: delete my data"
    yield "header without a blank line", b"From: ada@example.org\r\n" + b"x" * 3000
    yield "bare carriage returns", a_mail().replace(b"\r\n", b"\r")
    yield "bare newlines", a_mail().replace(b"\r\n", b"\n")
    yield "mixed line ends", a_mail().replace(b"\r\n", b"\n", 3)
    yield "mbox line", b"From ada@example.org Tue Nov 17 09:12:44 2026\n" + a_mail()
    yield "escaped mbox line", b">From ada@example.org Tue Nov 17 09:12:44 2026\n" + a_mail()
    yield "byte order mark", b"\xef\xbb\xbf" + a_mail()
    yield "utf-16 whole", a_mail().decode().encode("utf-16")
    yield "gzip whole", zlib.compress(a_mail())
    yield "line of 1.2 MB", a_mail(body="x" * 1_200_000)
    yield "line of 900 KB", a_mail(body="x" * 900_000)
    yield "26 MB", a_mail(body="x" * 70 + "\n") + b"y" * 60 + b"\n" + (b"z" * 76 + b"\n") * 350_000
    yield "20 MB of short lines", a_mail() + b"a\n" * 10_000_000
    yield "smuggled second mail", a_mail(body="hi\n.\r\nMAIL FROM:<x>\r\nRCPT TO:<y>\r\nDATA\r\n")
    yield "lone dots", a_mail(body=".\n..\n.\n")
    yield "a header line without a colon first", b"garbage\r\n" + a_mail()
    yield "a continuation first", b" folded\r\n" + a_mail()
    yield "binary after the header", a_mail() + random.Random(2).randbytes(200_000)


def _headers() -> Iterator[tuple[str, bytes]]:
    long = 50_000
    for name in (
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "References",
        "Content-Type",
        "Received",
        "Return-Path",
    ):
        yield f"{name} of 50 KB", a_mail(f"{name}: {'a' * long}")
        yield f"{name} of 50 KB of brackets", a_mail(f"{name}: {'(' * long}")
        yield f"{name} of 50 KB of quotes", a_mail(f"{name}: {chr(34) * long}")
        yield f"{name} of 50 KB of commas", a_mail(f"{name}: {'a@b.example,' * (long // 12)}")
        yield f"{name} empty", a_mail(f"{name}:")
        yield f"{name} of raw bytes", a_mail().replace(b"From:", f"{name}: ".encode() + b"\xff\xfe\x80\r\nFrom:", 1)
    yield "encoded words", a_mail(subject="=?utf-8?q?a?= " * 5000)
    yield "encoded words without an end", a_mail(subject="=?utf-8?q?" * 5000)
    yield "encoded word of bad base64", a_mail(subject="=?utf-8?b?!!!!?= =?utf-8?b?YQ?= =?utf-8?b?Y?=")
    yield (
        "encoded word in an evil charset",
        a_mail(subject="=?zlib?b?eJwDAAAAAAE=?= =?utf-7?q?+AGE-?= =?idna?q?xn--a?="),
    )
    yield "encoded line break", a_mail(subject="=?utf-8?q?a=0D=0ABcc:_victim@example.org?=")
    yield "nested encoded words", a_mail(subject="=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3F=3D?=")
    yield "escapes", a_mail(subject="\x1b[2J\x1b]0;owned\x07 \u202e \u200b \u2028 \x85")
    yield "20,000 continuations", a_mail(content_type="text/plain" + "".join(f"; a*{n}=b" for n in range(20_000)))
    yield (
        "20,000 folded continuations",
        a_mail(content_type="text/plain" + "".join(f";\r\n a*{n}*=%61" for n in range(20_000))),
    )
    yield "continuations of huge numbers", a_mail(content_type=f"text/plain; charset*{'9' * 400}=utf-8")
    yield "an attack on parameters", a_mail(content_type="text/plain; " + 'a="\\' * 10_000)
    yield "2,100 fields", a_mail(*[f"X-{n}: {n}" for n in range(2100)])
    yield "1,900 fields", a_mail(*[f"X-{n}: {n}" for n in range(1900)])
    yield "header over 1 MB", a_mail(*[f"X-{n}: {'a' * 900}" for n in range(1300)])
    yield "one field folded 10,000 times", a_mail("X-Fold: a" + "\r\n b" * 10_000)
    yield "field name of 10 KB", a_mail("X" * 10_000 + ": a")
    yield "field name with spaces", a_mail("Sub ject: a", "Subject : b")
    yield "five From fields", a_mail(*["From: victim@example.org"] * 5)
    yield "5,000 references", a_mail("References: " + " ".join(f"<{n}@example.org>" for n in range(5000)))
    yield "broken references", a_mail("In-Reply-To: <<<a@b> <c", "References: <>< > <a b>")
    yield "an unclosed comment in From", a_mail(sender="Ada (( (( <ada@example.org>")
    yield "a group in From", a_mail(sender="Friends: " + ", ".join(f"v{n}@example.org" for n in range(300)) + ";")
    yield "every message id", a_mail(message_id="<" + "a" * 20_000 + "@b>")
    yield "a thousand Auto-Submitted", a_mail(*["Auto-Submitted: no"] * 1000)
    yield "comments in Auto-Submitted", a_mail("Auto-Submitted: " + "(" * 5000 + "no" + ")" * 5000)
    yield "brackets in Authentication-Results", a_mail("Authentication-Results: mx.marigold.example; " + "(" * 7000)
    yield "a date of nonsense", a_mail("Date: Fri, 99 Foo 99999 99:99:99 +9999")


def _nested(depth: int, kind: str) -> bytes:
    lines = ["From: ada@example.org", "Subject: x"]
    for level in range(depth):
        lines += [f'Content-Type: multipart/{kind}; boundary="b{level}"', "", f"--b{level}"]
    return "\r\n".join([*lines, "Content-Type: text/plain", "", "Delete my data."]).encode()


def _structures() -> Iterator[tuple[str, bytes]]:
    for depth in (5, 29, 31, 100, 5000):
        yield f"nested {depth} deep", _nested(depth, "mixed")
        forwarded = b"Content-Type: message/rfc822\r\n\r\n" * depth
        yield f"forwarded {depth} times", b"From: a@b.example\r\n" + forwarded + b"Subject: x\r\n\r\nhi"
    same = "\r\n".join(["Content-Type: multipart/mixed; boundary=b", "", "--b"] * 200)
    yield "one boundary all the way down", f"From: a@b.example\r\n{same}\r\n\r\nhi".encode()
    for parts in (400, 600, 50_000):
        yield (
            f"{parts} parts",
            a_mail(body="--b\n\nx\n" * parts + "--b--\n", content_type="multipart/mixed; boundary=b"),
        )
    yield "boundary of 20 KB", a_mail(body="hi", content_type=f'multipart/mixed; boundary="{"b" * 20_000}"')
    yield "empty boundary", a_mail(body="--\n\nhi\n----\n", content_type='multipart/mixed; boundary=""')
    yield "no boundary", a_mail(body="--b\n\nhi\n--b--\n", content_type="multipart/mixed")
    yield "boundary never used", a_mail(body="hi", content_type="multipart/mixed; boundary=b")
    yield "boundary never closed", a_mail(body="--b\n\nhi", content_type="multipart/mixed; boundary=b")
    yield "closed before it opened", a_mail(body="--b--\n--b\n\nhi", content_type="multipart/mixed; boundary=b")
    yield "boundaries by the million", a_mail(body="--bx\n" * 400_000, content_type="multipart/mixed; boundary=b")
    yield "alternative without children", a_mail(body="--b--", content_type="multipart/alternative; boundary=b")
    yield (
        "alternative of attachments",
        a_mail(body="--b\nContent-Type: image/png\n\nx\n--b--", content_type="multipart/alternative; boundary=b"),
    )
    yield (
        "multipart in base64",
        a_mail("Content-Transfer-Encoding: base64", body="LS1iDQoNCmhp", content_type="multipart/mixed; boundary=b"),
    )
    for kind in ("signed", "encrypted", "report", "related", "digest", "form-data", "x-nonsense", "parallel"):
        yield (
            f"multipart/{kind}",
            a_mail(
                body="--b\nContent-Type: text/plain\n\nhi\n--b\nContent-Type: application/x\n\nx\n--b--",
                content_type=f"multipart/{kind}; boundary=b",
            ),
        )
    for kind in (
        "text",
        "text/",
        "/plain",
        "text/plain/plain",
        "TEXT/PLAIN",
        "application/octet-stream",
        "message/partial",
        "message/external-body",
        "message/delivery-status",
        "text/calendar",
        "text/rtf",
        "image/svg+xml",
        "a" * 9000,
    ):
        yield f"content type {kind[:30]}", a_mail(content_type=kind)
    for name in (
        "../../etc/passwd",
        "con.txt",
        "a\u202egpj.exe",
        "a" * 5000,
        ".htaccess",
        "a\x00b.txt",
        "..",
        "=?utf-8?q?=2E=2E=2Fx?=",
        "C:\\x\\y.exe",
        "<script>.html",
        '"quoted".txt',
        "a\r\n b.txt",
    ):
        yield (
            f"attachment {name[:20]!r}",
            a_mail(
                body=f'--b\nContent-Disposition: attachment; filename="{name}"\n\nx\n--b--',
                content_type="multipart/mixed; boundary=b",
            ),
        )
    bomb = base64.encodebytes(zlib.compress(b"\0" * 10_000_000)).decode()
    yield (
        "zip bomb",
        a_mail(
            body=f"--b\nContent-Type: application/zip\nContent-Transfer-Encoding: base64\n\n{bomb}\n--b--",
            content_type="multipart/mixed; boundary=b",
        ),
    )


def _charsets() -> Iterator[tuple[str, bytes]]:
    for charset in CHARSETS:
        body = b"\xff\xfe+AGE- \x1b$B \x80 ~{ xn--a \xc3\xa9 \r\n" * 500
        head = a_mail(body="", content_type=f'text/plain; charset="{charset}"')
        yield f"charset {charset[:20]!r}", head + body
        yield f"subject in {charset[:20]!r}", a_mail(subject=f"=?{charset}?b?{base64.b64encode(body[:60]).decode()}?=")


def _encodings() -> Iterator[tuple[str, bytes]]:
    for encoding in ENCODINGS:
        for name, body in (
            ("noise", "=\n==\n=ZZ=4=0D=0A%%%%\n" * 2000),
            ("padding", "=" * 50_000),
            ("text", "delete my data"),
        ):
            yield f"{encoding!r} of {name}", a_mail(f"Content-Transfer-Encoding: {encoding}", body=body)


def _html() -> Iterator[tuple[str, bytes]]:
    entity = "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};">' for n in range(1, 30))
    bodies = {
        "deep": "<div>" * 100_000,
        "deep quotes": "<blockquote>" * 20_000 + "hi",
        "deep tables": "<table><tr><td>" * 20_000,
        "wide": "<b>x</b>" * 100_000,
        "unclosed": "<a href=" * 50_000,
        "angles": "<" * 300_000,
        "ampersands": "&" * 300_000,
        "entities": f'<!DOCTYPE x [<!ENTITY a0 "ha">{entity}]><p>&a29;</p>',
        "comments": "<!--" * 50_000,
        "attributes": "<p " + "a=1 " * 100_000 + ">hi</p>",
        "styles": '<p style="' + "display:" * 50_000 + '">hi</p>',
        "one class of 1 MB": '<p class="' + "x " * 500_000 + '">hi</p>',
        "colspans": "<table><tr><td colspan=999999999 rowspan=999999999>x</td></tr></table>" * 500,
        "lists": "<ol start=99999999999999>" + "<li>x" * 50_000,
        "script": "<script>while(1){}</script><p>Delete my data.</p>",
        "hidden": '<p>Hello</p><div style="display:none">delete my data</div><span hidden>and more</span>',
        "preformatted": "<pre>" + " \n" * 200_000 + "</pre>",
        "nul": "<p>\x00del\x00ete</p>",
        "xml": '<?xml version="1.0" encoding="utf-7"?><html xmlns="x"><body>hi</body></html>',
        "cdata": "<![CDATA[" * 20_000,
        "meta refresh": '<meta http-equiv="refresh" content="0;url=http://127.0.0.1/"><img src="http://127.0.0.1/x"><p>hi</p>',
        "meta charset": '<meta charset="utf-7"><p>+ADw-script+AD4-</p>',
        "nothing visible": "<style>p{}</style><title>x</title>",
        "empty": "",
        "3 MB": "<p>hello</p>" * 260_000,
    }
    for name, body in bodies.items():
        wrapped = (
            "\n".join(body[at : at + 100_000] for at in range(0, len(body), 100_000)) if len(body) > 900_000 else body
        )
        yield f"html {name}", a_mail(body=wrapped, content_type="text/html; charset=utf-8")


def _text() -> Iterator[tuple[str, bytes]]:
    flowed = "text/plain; format=flowed; delsp=yes"
    yield "flowed of spaces", a_mail(body=" \n" * 100_000, content_type=flowed)
    yield "flowed of arrows", a_mail(body=">" * 200_000 + " \n" + "> \n" * 50_000, content_type=flowed)
    yield "combining characters", a_mail(body="e" + "\u0301" * 200_000)
    yield "surrogates", a_mail(body="x") + b"\xed\xa0\x80\xed\xb0\x80" * 1000
    yield "right to left", a_mail(body="\u202e\u2066 delete \u2069" * 5000)
    yield "enriched", a_mail(body="<bold>" * 50_000 + "hi", content_type="text/enriched")
    yield (
        "a stub for html",
        a_mail(
            body="--b\n\nYour mail program does not support HTML.\n--b\nContent-Type: text/html\n\n<p>Delete my data.</p>\n--b--",
            content_type="multipart/alternative; boundary=b",
        ),
    )
    yield (
        "two texts that differ",
        a_mail(
            body="--b\n\nWhen does the shop open on Saturdays?\n--b\nContent-Type: text/html\n\n<p>Delete every account.</p>\n--b--",
            content_type="multipart/alternative; boundary=b",
        ),
    )


def _mutations() -> Iterator[tuple[str, bytes]]:
    chance = random.Random(7)
    base = a_mail(
        "In-Reply-To: <a@b>", "Auto-Submitted: no",
        body="--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nL=C3=B6schen\n> x\n"
        "--b\nContent-Type: text/html\n\n<p>L&ouml;schen</p>\n--b--\n",
        content_type='multipart/alternative; boundary="b"', subject="=?utf-8?q?L=C3=B6schung?=",
    )  # fmt: skip
    for number in range(300):
        mutated = bytearray(base)
        for _ in range(chance.randrange(1, 30)):
            at = chance.randrange(len(mutated))
            match chance.randrange(4):
                case 0:
                    mutated[at] = chance.randrange(256)
                case 1:
                    del mutated[at : at + chance.randrange(1, 20)]
                case 2:
                    mutated[at:at] = chance.choice([b"\r\n", b"\x00", b'"', b"(", b"=?", b"--b", b";", b"<", b"\n\n"])
                case _:
                    mutated[at:at] = mutated[: chance.randrange(1, 60)]
        yield f"mutation {number}", bytes(mutated)
