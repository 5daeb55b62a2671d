"""A further set, written after the rules were done and then counted once: 79 of 80 robots were silenced, and 39 of 40
people answered. What was missed has been mended since, so that this set, too, only guards what works now.
"""

from typing import NamedTuple


class Unseen(NamedTuple):
    subject: str
    body: str
    sender: str = "Ada Byron <ada@example.org>"
    header: str = ""
    #: Envelope sender; None is not known.
    envelope: str | None = None


ROBOTS: tuple[Unseen, ...] = (
    Unseen("Automatic reply: Your request PD-7K3Q", "I am at a trade fair this week."),
    Unseen("Automatische Antwort: Ihre Anfrage", "Wegen Betriebsferien bleibt das Büro geschlossen."),
    Unseen("Réponse automatique : Votre demande", "Congés annuels jusqu'au 2 janvier."),
    Unseen("Risposta automatica: La sua richiesta", "Siamo chiusi per ferie."),
    Unseen("Automatisch antwoord: Uw verzoek", "Ik werk niet op vrijdag."),
    Unseen("Svar: automatisk svar", "Jag är föräldraledig.", header="Auto-Submitted: auto-replied"),
    Unseen("Out of Office", "Back on Monday."),
    Unseen("Abwesenheitsnotiz: Ihr Code", "Ich bin im Mutterschutz."),
    Unseen("Urlaub: Ihr Code", "Ich bin im Urlaub.", header="Precedence: bulk"),
    Unseen("Re: Your code", "Ik ben met verlof.", header="Auto-Submitted: auto-generated (vacation)"),
    Unseen("Re: Your code", "I have left the company.", header="X-Auto-Response-Suppress: All"),
    Unseen("Re: Your code", "Ich arbeite nicht mehr hier.", header="X-Autoreply: yes"),
    Unseen("No longer with the company", "Ada Byron no longer works here.", header="Auto-Submitted: auto-replied"),
    Unseen("Re: Your code", "Hi there,\n\nThis is an automated response to let you know that we are closed."),
    Unseen(
        "Re: Your code", "Sehr geehrte Damen und Herren,\n\ndies ist eine automatische Antwort. Ich bin nicht im Haus."
    ),
    Unseen("Re: Your code", "Bonjour,\n\nCeci est un message automatique. Nos bureaux sont fermés."),
    Unseen("Re: Your code", "Estimado cliente:\n\nEste es un mensaje automático. No responda."),
    Unseen("Re: Your code", "*** AUTOMATIC REPLY ***\nThe office is closed."),
    Unseen("Re: Your code", "[This is an automated message]\n\nThe mailbox is read on weekdays."),
    Unseen("Re: Your code", "Tämä on automaattinen vastaus. Olen lomalla."),
    Unseen("Re: Your code", "Bu otomatik bir yanıttır. Tatildeyim."),
    Unseen(
        "Undelivered Mail Returned to Sender",
        "This is the mail system at host mx.example.",
        "MAILER-DAEMON@mx.example",
        envelope="",
    ),
    Unseen("Delivery Status Notification (Failure)", "The response was: 550 5.1.1", "mailer-daemon@googlemail.com"),
    Unseen("Undeliverable: Your code", "Your message couldn't be delivered.", "postmaster@outlook.example"),
    Unseen("Returned mail: User unknown", "550 5.1.1 unknown", "Mail Router <router@mx.example>"),
    Unseen(
        "Mail System Error - Returned Mail",
        "This Message was undeliverable due to the following reason: mailbox full",
        "Mail Administrator <admin@mx.example>",
    ),
    Unseen("Unzustellbar: Ihr Code", "Die Nachricht konnte nicht zugestellt werden.", "Mailserver <server@mx.example>"),
    Unseen("Échec de la remise : code", "Le message n'a pas pu être remis.", "Serveur <serveur@mx.example>"),
    Unseen(
        "Message blocked",
        "Your message to ada@example.org has been blocked. 554 5.7.1",
        "Security <security@mx.example>",
    ),
    Unseen("Quota exceeded", "The mailbox of ada@example.org is over quota.", "postmaster@example.org"),
    Unseen("failure notice", "Sorry, no mailbox here by that name. (#5.1.1)", "MAILER-DAEMON@mx.example"),
    Unseen(
        "Mail delivery failed",
        "A message that you sent could not be delivered to one or more of its recipients.",
        "Server <exim@mx.example>",
    ),
    Unseen(
        "[Ticket ID: 884213] Your code",
        "Thank you for contacting our support team. A support ticket has now been opened for your request.",
        "support@host.example",
    ),
    Unseen("We've received your request #20177", "Your request #20177 has been received.", "help@saas.example"),
    Unseen(
        "Request received: Your code",
        "Your request (31337) has been received and is being reviewed.",
        "help@saas.example",
    ),
    Unseen(
        "Re: Your code [ref:00D5.500:ref]",
        "Thank you for contacting us. Your case has been created: 00912883.",
        "care@saas.example",
    ),
    Unseen(
        "Wir haben Ihre Nachricht erhalten",
        "Vielen Dank für Ihre Nachricht. Wir haben sie erhalten und melden uns so schnell wie möglich.",
        "info@firma.example",
    ),
    Unseen(
        "Ihre Anfrage [Ticket 2026-771]",
        "Ihre Anfrage ist bei uns eingegangen und wird unter der Nummer 2026-771 bearbeitet.",
        "info@firma.example",
    ),
    Unseen(
        "Nous avons bien reçu votre message",
        "Nous avons bien reçu votre message et reviendrons vers vous dans les plus brefs délais.",
        "contact@societe.example",
    ),
    Unseen(
        "Hemos recibido su mensaje",
        "Gracias por contactar con nosotros. Hemos recibido su mensaje y le responderemos lo antes posible.",
        "info@empresa.example",
    ),
    Unseen(
        "Abbiamo ricevuto la sua richiesta",
        "Abbiamo ricevuto la sua richiesta e le risponderemo al più presto.",
        "info@ditta.example",
    ),
    Unseen(
        "Bedankt voor uw bericht",
        "Bedankt voor uw bericht. Wij hebben uw bericht ontvangen en nemen contact op.",
        "info@bedrijf.example",
    ),
    Unseen(
        "Dziękujemy za wiadomość",
        "Dziękujemy za wiadomość. Otrzymaliśmy ją i odpowiemy jak najszybciej.",
        "info@firma-pl.example",
    ),
    Unseen(
        "Thanks for reaching out",
        "Thanks for reaching out! We received your message and will get back to you shortly.",
        "hi@startup.example",
    ),
    Unseen("[JIRA] (SUP-81) Your code", "x", "jira@corp.example", "X-JIRA-FingerPrint: a1"),
    Unseen("[freshdesk] Ticket received", "x", "support@corp.example", "Auto-Submitted: auto-generated"),
    Unseen("Read: Your code", "Your message was read.", header="X-MS-Exchange-Message-Is-Ndr: yes"),
    Unseen("Accepted: Meeting", "x", header="Content-Class: urn:content-classes:mdn"),
    Unseen(
        "Confirm your message to me",
        "Your message is being held because you are not on my list of approved senders. Click to confirm.",
    ),
    Unseen("Sender verification", "I don't know you yet. Please verify that you are human to release your message."),
    Unseen(
        "Antispam: bestätigen Sie bitte",
        "Ihre E-Mail wurde zurückgehalten. Bitte bestätigen Sie hier, dass Sie kein Roboter sind.",
    ),
    Unseen("Votre message est en attente", "Votre message est en attente. Cliquez ici pour confirmer."),
    Unseen("Statement available", "x", "Bank <no-reply@bank.example>"),
    Unseen("Rechnung", "x", "keine-antwort@versand.example"),
    Unseen("Facture", "x", "nepasrepondre@energie.example"),
    Unseen("Fattura", "x", "nonrispondere@luce.example"),
    Unseen("Factuur", "x", "niet-beantwoorden@energie.example"),
    Unseen("Aviso", "x", "noresponder@banco.example"),
    Unseen("Security alert", "x", "no-reply-accounts@search.example"),
    Unseen("Your parcel", "x", "DoNotReply@courier.example"),
    Unseen("Backup finished", "x", "backup@server.example", "Auto-Submitted: auto-generated"),
    Unseen("Cron <root@srv> run", "x", "root@srv.example", "X-Cron-Env: <PATH=/bin>"),
    Unseen("New comment", "x", "notify@forum.example", "List-Unsubscribe: <https://f.example/u>"),
    Unseen("[users] how to", "x", "Grace <grace@example.net>", "List-Post: <mailto:users@l.example>"),
    Unseen("Digest 17", "x", "users-request@l.example", "Precedence: list"),
    Unseen("Sale!", "x", "Shop <news@shop.example>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
    Unseen("Welcome to the list", "x", "users-owner@l.example", "X-Mailman-Version: 2.1.29"),
    Unseen("Your daily report", "x", "report@stats.example", "Precedence: bulk"),
    Unseen("hello", "x", "hello@marigold.example"),
    Unseen("Re: hello", "x", "Marigold <PRIVACY+x@marigold.example>"),
    Unseen("Fwd: hello", "x", header="X-Privacy-Desk-Loop: 1"),
    Unseen("Message could not be delivered", "The recipient's mailbox is full.", "delivery@mx.example"),
    Unseen("Nicht zustellbar: Code", "Der Empfänger wurde nicht gefunden. #550 5.1.10", "system@mx.example"),
    Unseen("Warning: could not send message for past 4 hours", "This is a warning only.", "MAILER-DAEMON@mx.example"),
    Unseen(
        "Delivery delayed: Your code", "Delivery to the following recipients has been delayed.", "postmaster@mx.example"
    ),
    Unseen("Feedback loop report", "x", "fbl@isp.example", "Auto-Submitted: auto-generated"),
    Unseen("Re: Your code", "This mailbox is not monitored.", "Alerts <alerts-noreply@corp.example>"),
    Unseen("Ihre Bestätigung", "x", "Service <noreply.service@firma.example>"),
    Unseen("Poza biurem: kod", "Urlop."),
    Unseen("自动回复: 验证码", "我正在休假。"),
)

PEOPLE: tuple[Unseen, ...] = (
    Unseen("Undeliverable ring", "The ring never came. Delete my account please."),
    Unseen("Rejected: my refund", "You rejected my refund. I now ask for a copy of my data."),
    Unseen("Blocked", "I am blocked from my account. Please delete it."),
    Unseen("Mailbox full of your ads", "Stop sending me advertising."),
    Unseen("Address not found", "Your site says address not found when I ask to be deleted. Please do it by hand."),
    Unseen("Delivery failure again", "The courier did not come. Erase my address from your files."),
    Unseen("Returned mail", "My letter to you came back. Which data do you hold about me?"),
    Unseen("Your request", "You asked for my order number: 4471. Please go on with the deletion."),
    Unseen("Re: Request received", "You wrote that you have received my request. When is it done?"),
    Unseen("Ticket 88", "Any news on ticket 88? I asked for deletion."),
    Unseen("Re: [#88] ticket", "Thank you for your answer. Please delete the account now."),
    Unseen("Case 12", "Your case number for me is 12. Please send me all data on it."),
    Unseen("Thank you", "Thank you for your message. Yes, delete everything."),
    Unseen("Danke", "Vielen Dank für Ihre schnelle Antwort. Bitte löschen Sie nun alles."),
    Unseen("Merci", "Merci pour votre réponse. Effacez mes données, s'il vous plaît."),
    Unseen("Gracias", "Gracias por su respuesta. Borren mis datos."),
    Unseen("Grazie", "Grazie per averci risposto. Cancellate i miei dati."),
    Unseen("Bedankt", "Bedankt voor uw antwoord. Verwijder mijn gegevens."),
    Unseen("We received", "We received a letter from you addressed to my late father. Please delete his data."),
    Unseen("Your message", "Your message about my data does not answer my question. Who got it?"),
    Unseen("Confirm", "I confirm that I want my account deleted."),
    Unseen("Verify me", "How do I verify that I am the owner? I want a copy of my data."),
    Unseen("Human please", "I do not want to talk to a robot, please let a human confirm that my data is gone."),
    Unseen("Holiday photos", "I was on holiday when you took my picture. Remove it."),
    Unseen("Leave me alone", "No more newsletters!"),
    Unseen("Away from home", "I am away, so mail me: what do you know about me?"),
    Unseen("automatic emails", "Stop the automatic emails please."),
    Unseen("automatisch", "Bitte keine automatischen E-Mails mehr."),
    Unseen("Absence", "En l'absence de réponse je saisirai la CNIL. Effacez mes données."),
    Unseen("Fuera", "Fuera de plazo estáis. Quiero mis datos."),
    Unseen("Delete", "please", "Noreplay Music <noreplaymusic@example.org>"),
    Unseen("Delete", "please", "Antwort Meier <antwort.meier@example.org>"),
    Unseen("Delete", "please", "Responder Ruiz <respondera@example.org>"),
    Unseen("Delete", "please", "Bouncy Castle Hire <bouncycastle@example.org>"),
    Unseen("Delete", "please", "Owner <owner@smallshop.example>"),
    Unseen("Delete", "please", "Root Cellar <root@cellar.example>"),
    Unseen("Delete", "please", "System Ltd <system@systemltd.example>"),
    Unseen("Delete", "please", header="X-Priority: 3"),
    Unseen("Delete", "please", header="Auto-Submitted: no"),
    Unseen("Delete", "please", envelope="bounce@forms.example.org"),
)
