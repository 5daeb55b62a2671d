"""Mails that no automatic reply may follow, as programs write them; all of them written for this test.

They fall into two halves: `dev` is for mending the table of rules, of `test` only the total is looked at.
"""

# ruff: noqa: E501

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Robot:
    kind: str
    sender: str = "Ada Byron <ada@example.org>"
    subject: str
    body: str = "Thank you for your message.\n"
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "text/plain; charset=utf-8"
    #: Envelope sender; None is not known.
    envelope: str | None = None


#: What a mailbox says while its owner is away: subject before the colon, and a note.
_AWAY = {
    "en": ("Automatic reply", "I am out of the office until Monday and will answer then."),
    "de": ("Automatische Antwort", "Ich bin bis Montag nicht im Büro und antworte danach."),
    "fr": ("Réponse automatique", "Je suis absente jusqu'à lundi et vous répondrai ensuite."),
    "es": ("Respuesta automática", "Estoy fuera de la oficina hasta el lunes."),
    "it": ("Risposta automatica", "Sono fuori ufficio fino a lunedì."),
    "nl": ("Automatisch antwoord", "Ik ben tot maandag afwezig."),
    "pl": ("Odpowiedź automatyczna", "Do poniedziałku jestem poza biurem."),
    "pt": ("Resposta automática", "Estou fora do escritório até segunda-feira."),
    "sv": ("Automatiskt svar", "Jag är inte på kontoret förrän på måndag."),
    "da": ("Automatisk svar", "Jeg er ikke på kontoret før mandag."),
    "nb": ("Automatisk svar", "Jeg er ikke på kontoret før mandag."),
    "fi": ("Automaattinen vastaus", "Olen poissa maanantaihin asti."),
    "cs": ("Automatická odpověď", "Do pondělí nejsem v kanceláři."),
    "sk": ("Automatická odpoveď", "Do pondelka nie som v kancelárii."),
    "hu": ("Automatikus válasz", "Hétfőig nem vagyok az irodában."),
    "ro": ("Răspuns automat", "Nu sunt la birou până luni."),
    "tr": ("Otomatik yanıt", "Pazartesiye kadar ofis dışındayım."),
    "ru": ("Автоматический ответ", "До понедельника меня нет в офисе."),
    "uk": ("Автоматична відповідь", "До понеділка мене немає в офісі."),
    "el": ("Αυτόματη απάντηση", "Θα λείπω από το γραφείο ως τη Δευτέρα."),
    "ja": ("自動応答", "月曜日まで不在です。"),
    "zh": ("自动答复", "我周一之前不在办公室。"),
    "hr": ("Automatski odgovor", "Do ponedjeljka nisam u uredu."),
    "sl": ("Samodejni odgovor", "Do ponedeljka me ni v pisarni."),
    "bg": ("Автоматичен отговор", "До понеделник не съм в офиса."),
    "lt": ("Automatinis atsakymas", "Iki pirmadienio manęs nėra biure."),
    "lv": ("Automātiskā atbilde", "Līdz pirmdienai neesmu birojā."),
    "et": ("Automaatvastus", "Esmaspäevani olen kontorist ära."),
    "ca": ("Resposta automàtica", "Fins dilluns no soc al despatx."),
    "ko": ("자동 회신", "월요일까지 부재중입니다."),
}
_ANSWERED = "Your code from Marigold & Finch"


def _away() -> Iterator[Robot]:
    for prefix, note in _AWAY.values():
        yield Robot(kind="away, subject only", subject=f"{prefix}: {_ANSWERED}", body=note)
    for _, note in list(_AWAY.values())[:10]:
        yield Robot(
            kind="away, Exchange", subject=f"Re: {_ANSWERED}", body=note,
            headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", "X-MS-Has-Attach": ""},
        )  # fmt: skip
    marks: tuple[Mapping[str, str], ...] = (
        {"Auto-Submitted": "auto-replied", "Precedence": "bulk", "X-Autoreply": "yes"},
        {"Auto-Submitted": "auto-replied (vacation)"},
        {"Auto-Submitted": "auto-replied (zimbra; vacation)", "Precedence": "bulk"},
        {"Auto-Submitted": 'auto-replied; owner-email="ada@example.org"'},
        {"X-Autorespond": _ANSWERED, "Precedence": "auto_reply"},
        {"X-Autoresponder": "yes"},
        {"X-Autoreply": "yes"},
        {"X-Mail-Autoreply": "yes"},
        {"Precedence": "junk"},
        {"X-Precedence": "auto_reply"},
        {"X-Autoreply-From": "ada@example.org"},
        {"Delivered-To": "autoresponder", "X-Loop": "ada@example.org"},
        {"X-Vacation": "Jutta's vacation program"},
        {"X-Auto-Response-Suppress": "DR, OOF, AutoReply"},
        {"Auto-Submitted": "Auto-Replied"},
        {"auto-submitted": "auto-notified"},
    )
    for number, mark in enumerate(marks):
        yield Robot(kind="away, marked", subject=f"Re: {_ANSWERED} ({number})", headers=mark)
    for subject in (
        "Out of Office: your code", "Out of office", "Out of the office re: your code", "OOO: your code",
        "Abwesenheitsnotiz: Ihr Code", "Abwesend: Ihr Code", "Abwesenheit: Ada Byron", "AUTO: Ada Byron is out of the office (returning 01.12.2026)",
        "[Auto-Reply] your code", "Autoreply: your code", "Auto-reply from ada@example.org", "Autosvar: er kode", "Frånvaro: er kod",
        "Réponse d'absence : votre code", "Message d'absence : votre code", "Fuera de la oficina: su código",
        "Risposta automatica: assente", "Afwezigheidsmelding: uw code", "Automatische afwezigheidsmelding: uw code",
        "Vacation reply: your code", "Annual leave: your code", "Nieobecność: kod",
    ):  # fmt: skip
        yield Robot(kind="away, other subjects", subject=subject)
    for body in (
        "This is an automatic reply. I am away until Monday.", "This is an automated response. Please do not reply.",
        "*** This is an automatically generated email, please do not reply ***\n\nYour message has arrived.",
        "Dies ist eine automatisch generierte Nachricht. Bitte antworten Sie nicht darauf.",
        "Dies ist eine automatische Antwort.\nIch bin bis Montag nicht zu erreichen.",
        "Ceci est une réponse automatique. Je suis absente jusqu'à lundi.",
        "Ce message est généré automatiquement, merci de ne pas y répondre.",
        "Este es un mensaje automático, por favor no responda.", "Este correo se ha generado automáticamente. No responda.",
        "Questo è un messaggio automatico, si prega di non rispondere.", "Dit is een automatisch gegenereerd bericht.",
        "To jest wiadomość automatyczna. Prosimy na nią nie odpowiadać.", "Detta är ett automatiskt svar.",
        "Dette er et automatisk svar.", "Это автоматический ответ, отвечать на него не нужно.",
    ):  # fmt: skip
        yield Robot(kind="says so in its first words", subject=f"Re: {_ANSWERED}", body=body)


def _report(status: str, *, kind: str = "delivery-status") -> str:
    return (
        "--b\r\nContent-Type: text/plain\r\n\r\nA report.\r\n"
        f"--b\r\nContent-Type: message/{kind}\r\n\r\n{status}\r\n\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <1@desk.example>\r\nSubject: x\r\n\r\nhello\r\n--b--"
    )


_DSN = "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; ada@example.org\r\nAction: {}\r\nStatus: {}"
_MDN = "Reporting-UA: mail\r\nFinal-Recipient: rfc822; ada@example.org\r\nDisposition: {}"


def _bounces() -> Iterator[Robot]:
    for sender, subject, action, status in (
        ("Mail Delivery System <MAILER-DAEMON@mx.example>", "Undelivered Mail Returned to Sender", "failed", "5.1.1"),
        ("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)", "failed", "5.2.2"),
        ("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Delay)", "delayed", "4.4.1"),
        ("postmaster@example.org", "Undeliverable: Your code", "failed", "5.1.10"),
        ("Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.org>", "Unzustellbar: Ihr Code", "failed", "5.7.1"),
        ("Ada Byron <ada@example.org>", "Delivered: your code", "delivered", "2.0.0"),
        ("Ada Byron <ada@example.org>", "Relayed: your code", "relayed", "2.0.0"),
        ("mailsystem@example.org", "Warning: message delayed 4 hours", "delayed", "4.0.0"),
    ):  # fmt: skip
        yield Robot(
            kind="delivery report", sender=sender, subject=subject, body=_report(_DSN.format(action, status)),
            content_type='multipart/report; report-type=delivery-status; boundary="b"',
        )  # fmt: skip
    for sender, subject, body in (
        ("MAILER-DAEMON@mx.example", "failure notice", "Hi. This is the qmail-send program. I'm afraid I wasn't able to deliver it."),
        ("Mail Delivery System <Mailer-Daemon@mx.example>", "Mail delivery failed: returning message to sender", "550 no such user"),
        ("Mail Delivery System <Mailer-Daemon@mx.example>", "Warning: message 1aBcDe delayed 24 hours", "It is still in the queue."),
        ("postmaster@example.org", "Non recapitabile: codice", "Il messaggio non è stato recapitato."),
        ("Postmaster <postmaster@example.org>", "Delivery Notification: Delivery has failed", "user unknown"),
        ("System Administrator <postmaster@example.org>", "Undeliverable: your code", "The e-mail account does not exist."),
        ("mailer_daemon@example.org", "Returned mail: see transcript for details", "User unknown"),
        ("mail-daemon@example.org", "Nondeliverable mail", "Host unknown"),
        ("Mail Administrator <Postmaster@example.org>", "Mail System Error - Returned Mail", "inbox full"),
    ):  # fmt: skip
        yield Robot(kind="bounce in free text", sender=sender, subject=subject, body=body)
    for sender, subject in (
        ("Mail Office <office@mx.example>", "Your message could not be delivered"),
        ("ada@example.org", "Mailbox full"),
        ("noc@example.org", "Delivery failure"),
        ("ada@example.org", "Ihre Nachricht konnte nicht zugestellt werden"),
    ):
        yield Robot(kind="bounce by its null sender", sender=sender, subject=subject, envelope="")
    for subject in (
        "Undeliverable: your code", "Unzustellbar: Ihr Code", "Non remis : votre code", "No se puede entregar: su código",
        "Onbestelbaar: uw code", "Non recapitabile: il codice", "Delivery Status Notification (Failure)",
        "Mail delivery failed: returning message to sender", "Undelivered Mail Returned to Sender", "failure notice",
        "Returned mail: see transcript for details", "Delivery has failed to these recipients",
    ):  # fmt: skip
        yield Robot(
            kind="bounce without a mail system's name", sender="Mail System <mail@mx.example>", subject=subject,
            body="<ada@example.org>: host mx.example said: 550 5.1.1 mailbox not known here",
        )  # fmt: skip


def _receipts() -> Iterator[Robot]:
    for subject, disposition in (
        ("Read: your code", "manual-action/MDN-sent-manually; displayed"),
        ("Gelesen: Ihr Code", "automatic-action/MDN-sent-automatically; displayed"),
        ("Not read: your code", "automatic-action/MDN-sent-automatically; deleted"),
        ("Lu : votre code", "manual-action/MDN-sent-manually; displayed"),
        ("Letto: il codice", "manual-action/MDN-sent-manually; displayed"),
    ):
        yield Robot(
            kind="read receipt", subject=subject, body=_report(_MDN.format(disposition), kind="disposition-notification"),
            content_type='multipart/report; report-type=disposition-notification; boundary="b"',
        )  # fmt: skip
    yield Robot(
        kind="complaint report", sender="feedback@provider.example", subject="complaint about message",
        body=_report("Feedback-Type: abuse\r\nVersion: 1", kind="feedback-report"),
        content_type='multipart/report; report-type=feedback-report; boundary="b"',
    )  # fmt: skip
    for subject in (
        "Report Domain: shop.example Submitter: provider.example Report-ID: <1>",
        "Report domain: shop.example Submitter: mail.example Report-ID: 2",
    ):
        yield Robot(kind="aggregate report", sender="dmarc-reports@provider.example", subject=subject)


def _calendar() -> Iterator[Robot]:
    for subject, method in (
        ("Accepted: Ring fitting", "REPLY"), ("Declined: Ring fitting", "REPLY"), ("Tentative: Ring fitting", "REPLY"),
        ("Zugesagt: Anprobe", "REPLY"), ("Accepté : Essayage", "REPLY"), ("Canceled: Ring fitting", "CANCEL"),
        ("Abgesagt: Anprobe", "CANCEL"), ("New Time Proposed: Ring fitting", "COUNTER"),
    ):  # fmt: skip
        body = f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR"
        yield Robot(
            kind="calendar", subject=subject, body=body, content_type=f"text/calendar; method={method}; charset=utf-8"
        )
        inner = f'--b\r\nContent-Type: text/plain\r\n\r\nAda has answered.\r\n--b\r\nContent-Type: text/calendar; method="{method}"\r\n\r\n{body}\r\n--b--'
        yield Robot(kind="calendar", subject=subject, body=inner, content_type='multipart/alternative; boundary="b"')


def _lists() -> Iterator[Robot]:
    marks: tuple[Mapping[str, str], ...] = (
        {"List-Id": "Knitting <knitting.lists.example>", "Precedence": "list"},
        {"List-Id": "<announce.example>"}, {"List-Post": "<mailto:knitting@lists.example>"},
        {"List-Unsubscribe": "<https://news.example/u/1>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        {"List-Unsubscribe": "<mailto:u@news.example>"}, {"List-Help": "<mailto:help@lists.example>"},
        {"List-Subscribe": "<mailto:join@lists.example>"}, {"List-Owner": "<mailto:owner@lists.example>"},
        {"List-Archive": "<https://lists.example/>"}, {"X-Mailing-List": "knitting@lists.example"},
        {"Mailing-List": "list knitting@groups.example; contact owner"}, {"X-BeenThere": "knitting@lists.example"},
        {"X-Mailman-Version": "2.1.39"}, {"Precedence": "bulk"}, {"Precedence": "list"}, {"X-Csa-Complaints": "csa@eco.example"},
    )  # fmt: skip
    for number, mark in enumerate(marks):
        yield Robot(kind="list", sender="Grace <grace@example.net>", subject=f"[knitting] yarn {number}", headers=mark)
    for sender in (
        "knitting-bounces@lists.example", "owner-knitting@lists.example", "bounces+17=shop@lists.example",
        "bounce-17-x@lists.example", "knitting-request@lists.example", "majordomo@lists.example", "listserv@lists.example",
    ):  # fmt: skip
        yield Robot(kind="list", sender="Grace <grace@example.net>", subject="[knitting] yarn", envelope=sender)


def _notices() -> Iterator[Robot]:
    for sender, subject in (
        ("Shop <no-reply@shop.example>", "Your order has shipped"), ("noreply@bank.example", "New message in your account"),
        ("Forum <no_reply@forum.example>", "New answer"), ("do-not-reply@airline.example", "Your booking"),
        ("donotreply@parcel.example", "Your parcel"), ("Social <noreply-7f3a@social.example>", "You have a new follower"),
        ("notifications-noreply@work.example", "3 new jobs"), ("No Reply <noreply+17@tickets.example>", "Your ticket"),
        ("nobody@server.example", "cron"), ("do.not.reply@tax.example", "Your notice"),
    ):  # fmt: skip
        yield Robot(kind="no-reply", sender=sender, subject=subject)
    for name, mark in (
        ("cron", {"X-Cron-Env": "<SHELL=/bin/sh>", "Auto-Submitted": "auto-generated"}),
        ("GitHub", {"X-GitHub-Reason": "mention", "Precedence": "list"}),
        ("Jira", {"X-JIRA-FingerPrint": "abc", "Precedence": "bulk"}),
        ("Amazon", {"X-Amazon-Mail-Relay-Type": "notification"}),
        ("Facebook", {"X-FC-MachineGenerated": "true"}),
        ("monitor", {"Auto-Submitted": "auto-generated"}),
        ("build", {"X-Autogenerated": "Reply"}),
    ):
        yield Robot(kind="notice", sender=f"{name} <robot@{name.lower()}.example>", subject="News", headers=mark)


def _tickets() -> Iterator[Robot]:
    marks: tuple[tuple[str, Mapping[str, str]], ...] = (
        ("Zendesk", {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", "X-Mailer": "Zendesk Mailer"}),
        ("OTRS", {"X-OTRS-Loop": "support@help.example", "Precedence": "bulk", "Auto-Submitted": "auto-generated"}),
        ("Znuny", {"X-Znuny-Loop": "support@help.example"}), ("FreeScout", {"X-FreeScout-Mail-Type": "auto.reply"}),
        ("RT", {"Precedence": "bulk", "RT-Ticket": "help #7", "X-RT-Loop-Prevention": "help"}),
        ("Zammad", {"X-Loop": "yes", "Precedence": "bulk", "Auto-Submitted": "auto-generated"}),
        ("Freshdesk", {"X-Autoreply": "true", "Auto-Submitted": "auto-replied"}),
        ("osTicket", {"Auto-Submitted": "auto-replied", "X-Autoreply": "yes", "X-Auto-Response-Suppress": "DR, RN, OOF, AutoReply"}),
        ("Jira Service", {"X-JIRA-FingerPrint": "abc", "Auto-Submitted": "auto-generated"}),
        ("Help Scout", {"X-Auto-Response-Suppress": "All", "Auto-Submitted": "auto-replied"}),
        ("Salesforce", {"X-SFDC-User": "005", "Auto-Submitted": "auto-generated"}),
        ("Odoo", {"X-Auto-Response-Suppress": "OOF", "Auto-Submitted": "auto-generated"}),
    )  # fmt: skip
    for name, mark in marks:
        yield Robot(
            kind="ticket receipt", sender=f"{name} <support@help.example>", subject="[#4711] We have your message", headers=mark,
            body="Your request has been received and is being looked at.",
        )  # fmt: skip
    for subject, body in (
        (
            "[#10023] Your request has been received",
            "Your request (10023) has been received and is being reviewed by our support staff.",
        ),
        (
            "Ticket received - your code",
            "We have received your request and a ticket has been created with ticket ID 998.",
        ),
        ("We received your message [ticket: 5512]", "Thank you for contacting us. A support ticket has been opened."),
        (
            "[Ticket#2026111710] Eingangsbestätigung",
            "Ihre Anfrage ist bei uns eingegangen und wurde unter der Ticketnummer 2026111710 angelegt.",
        ),
        (
            "Ihre Anfrage ist eingegangen [#881]",
            "Vielen Dank für Ihre Nachricht. Ihre Anfrage wurde unter der Nummer 881 erfasst.",
        ),
        ("Accusé de réception [#5521]", "Votre demande a bien été reçue et enregistrée sous le numéro 5521."),
        ("Hemos recibido su solicitud [#77]", "Hemos recibido su solicitud y se ha creado el ticket 77."),
        (
            "Abbiamo ricevuto la tua richiesta [#31]",
            "La tua richiesta è stata ricevuta ed è stato aperto il ticket 31.",
        ),
        ("Wij hebben uw verzoek ontvangen [#12]", "Uw verzoek is ontvangen en geregistreerd onder ticketnummer 12."),
        ("[#90] Otrzymaliśmy zgłoszenie", "Otrzymaliśmy Twoje zgłoszenie i nadaliśmy mu numer 90."),
    ):
        yield Robot(
            kind="ticket receipt without marks", sender="Support <support@help.example>", subject=subject, body=body
        )


def _challenges() -> Iterator[Robot]:
    for mark in (
        {"X-BoxTrapper": "yes"},
        {"X-TMDA-Fingerprint": "abc"},
        {"X-AutoReply": "BoxTrapper", "Precedence": "bulk"},
    ):
        yield Robot(kind="spam challenge", subject="Please confirm your message", headers=mark)
    for subject, body in (
        (
            "Your email requires verification verify#Qx7",
            "The message you sent requires that you verify that you are a real live human being and not a spam source.",
        ),
        (
            "Please confirm your message",
            "Before your message is delivered, click the link below to confirm that you are a person.",
        ),
        (
            "Confirm your email to ada@example.org",
            "I protect myself from junk email. Click the link to add yourself to my guest list.",
        ),
        (
            "Re: Your code [confirm]",
            "Please reply to this message to confirm that you sent the mail. It is held until you do.",
        ),
        (
            "Bitte bestätigen Sie Ihre E-Mail",
            "Ihre Nachricht wird zurückgehalten. Klicken Sie auf den Link, um zu bestätigen, dass Sie ein Mensch sind.",
        ),
        (
            "Action required to deliver your message",
            "This mailbox uses a challenge-response filter. Your message is held until you confirm it.",
        ),
    ):
        yield Robot(kind="spam challenge without marks", subject=subject, body=body)


def _our_own() -> Iterator[Robot]:
    for sender in ("hello@marigold.example", "Hello+tag@Marigold.Example", "Ada <privacy@marigold.example>"):
        yield Robot(kind="our own address", sender=sender, subject="Fwd: hello")
    yield Robot(kind="our own mail", subject="Re: hello", headers={"X-Privacy-Desk-Loop": "abc"})


@cache
def robots() -> tuple[tuple[str, Robot], ...]:
    """Each with its half; of each kind every other one is in either half."""
    kinds = (_away, _bounces, _receipts, _calendar, _lists, _notices, _tickets, _challenges, _our_own)
    every = [robot for kind in kinds for robot in kind()]
    return tuple(("test" if number % 2 else "dev", robot) for number, robot in enumerate(every))
