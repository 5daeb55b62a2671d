"""Mails that people wrote and that must be answered, though something in each is like a robot's; written for this test.

They fall into two halves: `dev` is for mending the table of rules, of `test` only the total is looked at.
"""

# ruff: noqa: E501

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

_WISH = "Please delete my account and everything you have about me."


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    sender: str = "Ada Byron <ada@example.org>"
    subject: str = "My data"
    body: str = _WISH
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Envelope sender; None is not known.
    envelope: str | None = None


#: Subjects that speak of what robots do, in the words of people.
_SUBJECTS = (
    "Automatic reply received twice, please delete my data", "Your automatic reply was no help",
    "out of office hours I cannot phone you", "Out of patience: delete my account", "Why was my mail undeliverable?",
    "Undeliverable parcel 4471", "delivery failed again, delete my data", "Delivery status of order 4471?",
    "Returned mail order 4471", "Accepted your offer, now delete my data", "Accepted the cookies by mistake",
    "Declined card and deleted account", "Read your privacy policy: questions", "Read this please: delete my data",
    "Canceled order, please erase me", "Confirm deletion of my data please", "Please confirm that my data is gone",
    "Confirm: did you delete my account?", "Your request has been received - but never answered", "Ticket 4471: still waiting",
    "[#4471] still no answer", "We have your message, you said. And now?", "Annual leave photos on your site, remove them",
    "Abwesenheit bei der Lieferung, Daten löschen", "Automatische Abbuchung: bitte Daten löschen", "Unzustellbares Paket 4471",
    "Gelesen: Ihre Datenschutzerklärung, Fragen dazu", "Bitte bestätigen Sie die Löschung meiner Daten",
    "Eingangsbestätigung fehlt", "Ihre Anfrage ist eingegangen, schrieben Sie vor Wochen", "Réponse automatique inutile",
    "Absence de réponse à ma demande", "Lu votre politique, une question", "Votre demande a bien été reçue... et ensuite ?",
    "Respuesta automática sin respuesta real", "Fuera de plazo: borren mis datos", "Risposta mai arrivata",
    "Automatisch incasso stoppen en gegevens wissen", "Afwezig bij levering, verwijder mijn gegevens",
    "Autosvar hjälper inte", "Auto insurance data: delete", "Auto-renewal: cancel it and erase my data",
    "Autoreply bot answered nonsense", "Vacation pictures: take them down", "Failure to answer my request",
    "Failure notice period: when do you answer?", "Warning: I will complain to the regulator", "Report of a data breach",
    "Notification of objection", "Newsletter: unsubscribe me please",
)  # fmt: skip

#: First words that are near what robots say.
_BODIES = (
    "I got an automatic reply and nothing since. Please delete my account.",
    "Your automated response did not help me. Please send me my data.",
    "This is not an automatic reply, I am a real person. Delete my data.",
    "This is an automatic payment question: please stop it and erase my data.",
    "I am out of the office all day, so answer by mail: which data do you have about me?",
    "I was out of the office when your parcel came. Please delete my address.",
    "Do not reply to my old address. Please delete my data.",
    "Please do not reply by phone, only in writing. I want a copy of my data.",
    "You wrote: your request has been received. That was in May. Where is my data?",
    "A ticket has been created, you said, with number 998. Please tell me its state and erase me.",
    "My message was returned as undeliverable, so I write again: delete my account.",
    "Die automatische Antwort hilft mir nicht. Bitte löschen Sie meine Daten.",
    "Ich habe nur eine automatisch generierte Nachricht bekommen. Bitte geben Sie mir Auskunft.",
    "Je n'ai reçu qu'une réponse automatique. Merci d'effacer mes données.",
    "Sólo recibí un mensaje automático. Borren mis datos, por favor.",
    "Ho ricevuto soltanto un messaggio automatico. Cancellate i miei dati.",
    "Ik kreeg alleen een automatisch bericht. Verwijder mijn gegevens.",
    "Dostałem tylko wiadomość automatyczną. Proszę usunąć moje dane.",
    "Click the link to confirm, your mail said, but it is broken. Please delete my account.",
    "Please confirm that you are a human being and then delete my data.",
    "Please verify that my data is deleted.",
)

#: Addresses of people that are near those of robots.
_SENDERS = (
    "Noreen Plyson <noreplyson@example.org>", "N. O. Reply <n.o.reply@example.org>", "Post Master <postmasterson@example.org>",
    "Bo Unce <bounce.bo@example.org>", "Robot Fan <robotfan@example.org>", "Nobody Special <nobody.special@example.org>",
    "Mailer <mailer@example.org>", '"no-reply" <ada@example.org>', '"MAILER-DAEMON" <ada@example.org>',
    "Auto Meyer <auto-meyer@example.org>", "Listserver Lina <lina.listserver@example.org>", "Owner Ann <ownerann@example.org>",
    "Daemon Smith <daemon.smith@example.org>", "Request Desk <desk.request.me@example.org>",
)  # fmt: skip

#: Fields that mail programs put on mail of people.
_HEADERS: tuple[Mapping[str, str], ...] = (
    {"Auto-Submitted": "no"}, {"Auto-Submitted": "No (typed by hand)"}, {"Auto-Submitted": ""}, {"X-Autoreply": "no"},
    {"X-Auto-Response-Suppress": "DR, RN, NRN"}, {"X-Auto-Response-Suppress": "None"}, {"Precedence": "normal"},
    {"Precedence": "first-class"}, {"X-Priority": "1", "Importance": "high"}, {"Disposition-Notification-To": "ada@example.org"},
    {"Return-Receipt-To": "ada@example.org"}, {"X-Mailer": "MailChimp user's Outlook"}, {"Organization": "Bounce House Ltd"},
    {"Reply-To": "noreply@example.org"}, {"Sender": "noreply@forms.example"}, {"Errors-To": "postmaster@example.org"},
    {"X-Spam-Status": "No", "X-Virus-Scanned": "yes"}, {"Feedback-ID": "::1.eu-central-1.abc:AmazonSES"},
    {"X-SG-EID": "abc", "X-Form": "contact"}, {"References": "<bounce.17@lists.example>", "In-Reply-To": "<auto@x.example>"},
)  # fmt: skip


def _all() -> Iterator[Person]:
    yield from (Person(subject=subject) for subject in _SUBJECTS)
    yield from (Person(body=body, subject="Re: Your code from Marigold & Finch") for body in _BODIES)
    yield from (Person(sender=sender) for sender in _SENDERS)
    yield from (Person(headers=headers) for headers in _HEADERS)
    yield Person(envelope="noreply@forms.example", subject="Contact form")
    yield Person(envelope="www-data@forms.example")


@cache
def people() -> tuple[tuple[str, Person], ...]:
    """Each with its half."""
    return tuple(("test" if number % 2 else "dev", person) for number, person in enumerate(_all()))
