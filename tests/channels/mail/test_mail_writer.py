"""Only what the writer wrote now is kept, in the forms of the common mail programs and in many languages."""
# The lines are as long as the programs make them.
# ruff: noqa: E501

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail_builders import a_mail, read

from bot.channels.mail.writer import only_the_writers_words

NEW = "Please delete my account.\n\nAda"

#: What programs write above the mail that they quote, one or more for each language.
INTRODUCTIONS = {
    "en gmail": "On Tue, Nov 17, 2026 at 9:12 AM Marigold <hello@marigold.example> wrote:",
    "en gmail wrapped": "On Tue, Nov 17, 2026 at 9:12 AM Marigold & Finch Customer Care\n<hello@marigold.example> wrote:",
    "en apple": "On 17 Nov 2026, at 09:12, Marigold <hello@marigold.example> wrote:",
    "en yahoo": "On Tuesday, 17 November 2026 at 09:12:44 GMT, Marigold <hello@marigold.example> wrote:",
    "en thunderbird": "On 17/11/2026 09:12, Marigold wrote:",
    "en proton": "On Tuesday, November 17th, 2026 at 9:12 AM, Marigold <hello@marigold.example> wrote:",
    "en zoho": "---- On Tue, 17 Nov 2026 09:12:44 +0000 Marigold <hello@marigold.example> wrote ----",
    "en spark": "On 17 Nov 2026, 09:12 +0000, Marigold <hello@marigold.example>, wrote:",
    "en superhuman": "On Tue, Nov 17, 2026 at 9:12 AM, Marigold < hello@marigold.example > wrote:",
    "en tuta": "Nov 17, 2026, 09:12 by hello@marigold.example:",
    "en evolution": "On Tue, 2026-11-17 at 09:12 +0000, Marigold wrote:",
    "de roundcube": "Am 17.11.2026 09:12, schrieb Marigold:",
    "de k9": "Am 17. November 2026 09:12:44 MEZ schrieb Marigold <hello@marigold.example>:",
    "de gmail": "Am Di., 17. Nov. 2026 um 09:12 Uhr schrieb Marigold <hello@marigold.example>:",
    "de gmail wrapped": "Am Di., 17. Nov. 2026 um\n09:12 Uhr schrieb Marigold <hello@marigold.example>:",
    "de apple": "Am 17.11.2026 um 09:12 schrieb Marigold <hello@marigold.example>:",
    "de thunderbird": "Am 17.11.26 um 09:12 schrieb Marigold:",
    "fr gmail": "Le mar. 17 nov. 2026 à 09:12, Marigold <hello@marigold.example> a écrit\u00a0:",
    "fr thunderbird": "Le 17/11/2026 à 09:12, Marigold a écrit :",
    "es gmail": "El mar, 17 nov 2026 a las 9:12, Marigold (<hello@marigold.example>) escribió:",
    "it apple": "Il giorno 17 nov 2026, alle ore 09:12, Marigold <hello@marigold.example> ha scritto:",
    "pt gmail": "Em ter., 17 de nov. de 2026 às 09:12, Marigold <hello@marigold.example>\nescreveu:",
    "nl gmail": "Op di 17 nov 2026 om 09:12 schreef Marigold <hello@marigold.example>:",
    "nl apple": "Op 17 nov 2026 om 09:12 heeft Marigold <hello@marigold.example> het volgende geschreven:",
    "sv gmail": "Den tis 17 nov. 2026 kl 09:12 skrev Marigold <hello@marigold.example>:",
    "da gmail": "Den tirs. 17. nov. 2026 kl. 09.12 skrev Marigold <hello@marigold.example>:",
    "no gmail": "tir. 17. nov. 2026 kl. 09:12 skrev Marigold <hello@marigold.example>:",
    "fi gmail": "ti 17. marrask. 2026 klo 9.12 Marigold (hello@marigold.example) kirjoitti:",
    "pl gmail": "wt., 17 lis 2026 o 09:12 Marigold <hello@marigold.example> napisał(a):",
    "pl thunderbird": "W dniu 17.11.2026 o 09:12, Marigold pisze:",
    "cs gmail": "út 17. 11. 2026 v 9:12 odesílatel Marigold <hello@marigold.example> napsal:",
    "hu gmail": "Marigold <hello@marigold.example> ezt írta (időpont: 2026. nov. 17., K, 9:12):",
    "ro gmail": "În mar., 17 nov. 2026 la 09:12, Marigold <hello@marigold.example> a scris:",
    "ru gmail": "вт, 17 нояб. 2026 г. в 09:12, Marigold <hello@marigold.example>:",
    "ru thunderbird": "17.11.2026 09:12, Marigold пишет:",
    "uk gmail": "вт, 17 лист. 2026 р. о 09:12 Marigold <hello@marigold.example> пише:",
    "tr gmail": "Marigold <hello@marigold.example>, 17 Kas 2026 Sal, 09:12 tarihinde şunu yazdı:",
    "el gmail": "Στις Τρί 17 Νοε 2026 στις 9:12 π.μ., ο χρήστης Marigold <hello@marigold.example> έγραψε:",
    "ja gmail": "2026年11月17日(火) 9:12 Marigold <hello@marigold.example>:",
    "zh gmail": "Marigold <hello@marigold.example> 于2026年11月17日周二 09:12写道：",
    "ko gmail": "2026년 11월 17일 (화) 오전 9:12, Marigold <hello@marigold.example>님이 작성:",
    "he gmail": "\u202bבתאריך יום ג׳, 17 בנוב׳ 2026 ב-9:12 מאת \u202aMarigold\u202c\u200f <\u202ahello@marigold.example\u202c\u200f>:\u202c",
}

#: What Outlook, Exchange and others put above a history that they do not mark.
HISTORIES = {
    "en outlook": "From: Marigold <hello@marigold.example>\nSent: Tuesday, November 17, 2026 9:12 AM\nTo: Ada\nSubject: Hi",
    "en outlook ruled": "________________________________\nFrom: Marigold\nSent: 17 November 2026 09:12\nTo: Ada\nSubject: Hi",
    "en outlook divided": "-----Original Message-----\nFrom: Marigold\nSent: 17 November 2026\nTo: Ada\nSubject: Hi",
    "en bold": "*From:* Marigold <hello@marigold.example>\n*Date:* Tuesday, 17 November 2026\n*To:* Ada\n*Subject:* Hi",
    "en proton": "------- Original Message -------\nOn Tuesday, November 17th, 2026 at 9:12 AM, Marigold wrote:",
    "en forward": "---------- Forwarded message ---------\nFrom: Marigold\nDate: Tue, 17 Nov 2026\nSubject: Hi\nTo: Ada",
    "en apple forward": "Begin forwarded message:\n\nFrom: Marigold\nSubject: Hi\nDate: 17 November 2026\nTo: Ada",
    "de outlook": "Von: Marigold <hello@marigold.example>\nGesendet: Dienstag, 17. November 2026 09:12\nAn: Ada\nBetreff: Hallo",
    "de web": "Gesendet: Dienstag, 17. November 2026 um 09:12 Uhr\nVon: \"Marigold\" <hello@marigold.example>\nAn: Ada\nBetreff: x",
    "de divided": "-----Ursprüngliche Nachricht-----\nVon: Marigold",
    "de forward": "-------- Weitergeleitete Nachricht --------\nBetreff: Hallo\nDatum: Tue, 17 Nov 2026\nVon: Marigold\nAn: Ada",
    "fr outlook": "De : Marigold <hello@marigold.example>\nEnvoyé : mardi 17 novembre 2026 09:12\nÀ : Ada\nObjet : Bonjour",
    "fr divided": "-----Message d'origine-----\nDe : Marigold",
    "es outlook": "De: Marigold\nEnviado: martes, 17 de noviembre de 2026 9:12\nPara: Ada\nAsunto: Hola",
    "es divided": "----- Mensaje original -----",
    "it outlook": "Da: Marigold\nInviato: martedì 17 novembre 2026 09:12\nA: Ada\nOggetto: Ciao",
    "pt outlook": "De: Marigold\nEnviado: terça-feira, 17 de novembro de 2026 09:12\nPara: Ada\nAssunto: Oi",
    "nl outlook": "Van: Marigold\nVerzonden: dinsdag 17 november 2026 09:12\nAan: Ada\nOnderwerp: Hoi",
    "sv outlook": "Från: Marigold\nSkickat: den 17 november 2026 09:12\nTill: Ada\nÄmne: Hej",
    "da outlook": "Fra: Marigold\nSendt: 17. november 2026 09:12\nTil: Ada\nEmne: Hej",
    "fi outlook": "Lähettäjä: Marigold\nLähetetty: tiistai 17. marraskuuta 2026 9.12\nVastaanottaja: Ada\nAihe: Hei",
    "pl outlook": "Od: Marigold\nWysłano: wtorek, 17 listopada 2026 09:12\nDo: Ada\nTemat: Cześć",
    "cs outlook": "Od: Marigold\nOdesláno: úterý 17. listopadu 2026 9:12\nKomu: Ada\nPředmět: Ahoj",
    "hu outlook": "Feladó: Marigold\nElküldve: 2026. november 17.\nCímzett: Ada\nTárgy: Szia",
    "tr outlook": "Kimden: Marigold\nGönderildi: 17 Kasım 2026 Salı 09:12\nKime: Ada\nKonu: Merhaba",
    "ru outlook": "От: Marigold\nОтправлено: 17 ноября 2026 г. 9:12\nКому: Ada\nТема: Привет",
    "ja outlook": "差出人: Marigold\n送信日時: 2026年11月17日 9:12\n宛先: Ada\n件名: こんにちは",
    "zh outlook": "发件人: Marigold\n发送时间: 2026年11月17日 9:12\n收件人: Ada\n主题: 你好",
    "ko outlook": "보낸 사람: Marigold\n보낸 날짜: 2026년 11월 17일\n받는 사람: Ada\n제목: 안녕",
}  # fmt: skip

EARLIER = "Dear Ada,\n\nwe will delete nothing, and unsubscribe nobody.\n\nMarigold"
QUOTED = "\n".join("> " + line for line in EARLIER.split("\n"))


@pytest.mark.parametrize("introduction", INTRODUCTIONS.values(), ids=INTRODUCTIONS)
def test_a_quoted_mail_goes_with_its_introduction(introduction: str) -> None:
    assert only_the_writers_words(f"{NEW}\n\n{introduction}\n\n{QUOTED}\n") == NEW


@pytest.mark.parametrize("introduction", INTRODUCTIONS.values(), ids=INTRODUCTIONS)
def test_an_introduced_mail_goes_even_where_nothing_marks_it_as_quoted(introduction: str) -> None:
    assert only_the_writers_words(f"{NEW}\n\n{introduction}\n\n{EARLIER}\n") == NEW


@pytest.mark.parametrize("introduction", INTRODUCTIONS.values(), ids=INTRODUCTIONS)
def test_an_answer_below_the_quote_is_kept(introduction: str) -> None:
    assert only_the_writers_words(f"{introduction}\n{QUOTED}\n\n{NEW}\n") == NEW


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_a_history_goes_with_everything_below_it(history: str) -> None:
    assert only_the_writers_words(f"{NEW}\n\n{history}\n\n{EARLIER}\n") == NEW


@pytest.mark.parametrize(
    "introduction",
    [
        "Quoting Marigold <hello@marigold.example>:",
        "Zitat von Marigold <hello@marigold.example>:",
        "Marigold writes:",
        "* Marigold <hello@marigold.example> [2026-11-17 09:12]:",
        "On Tue, 17 Nov 2026, Marigold wrote:",
    ],
)
def test_an_introduction_without_a_date_goes_before_a_quote(introduction: str) -> None:
    assert only_the_writers_words(f"{introduction}\n\n{QUOTED}\n\n{NEW}") == NEW


def test_answers_between_quoted_lines_are_kept() -> None:
    text = "Hello,\n\n> Do you want a copy?\n\nYes, please.\n\n> And the newsletter?\nNo more of it.\n\nAda"

    assert only_the_writers_words(text) == "Hello,\n\nYes, please.\n\nNo more of it.\n\nAda"


def test_a_quote_that_a_program_wrapped_badly_is_no_answer() -> None:
    text = "> We will of course keep your account until you tell us to delete the\nwhole thing\n> or not.\n\nKeep it."

    assert only_the_writers_words(text) == "Keep it."


@pytest.mark.parametrize(
    "below",
    [
        "-- \nAda Byron\nByron & Co\n+44 20 7946 0999",
        "--\nAda Byron\n+44 20 7946 0999",
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Skickat från min iPhone",
        "Sendt fra min iPhone",
        "Wysłano z iPhone'a",
        "Отправлено с iPhone",
        "iPhoneから送信",
        "Get Outlook for iOS <https://aka.ms/x>",
        "Gesendet mit der mobilen Mail App",
        "Sent with Proton Mail secure email.",
        "Virus-free. www.avast.com",
        "CONFIDENTIALITY NOTICE: this e-mail is intended only for the addressee and may be privileged. If you are not "
        "the intended recipient, please delete it and notify the sender.",
        "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Empfänger sind, informieren Sie "
        "bitte den Absender und vernichten Sie diese E-Mail.",
        "Ce message et toutes les pièces jointes sont confidentiels et établis à l'intention exclusive de ses "
        "destinataires. Si vous le recevez par erreur, merci de le détruire.",
    ],
)
def test_signatures_footers_and_notices_go(below: str) -> None:
    assert only_the_writers_words(f"{NEW}\n\n{below}\n") == NEW


@pytest.mark.parametrize("name", ["-Ada Byron", "/Ada", "— Ada", "~Ada"])
def test_a_name_behind_a_dash_at_the_end_goes(name: str) -> None:
    assert only_the_writers_words(f"Please delete my account.\n\n{name}\n") == "Please delete my account."


def test_the_footer_of_a_mailing_list_goes() -> None:
    footer = "_______________________________________________\nknitting mailing list\nknitting@lists.example.org"

    assert only_the_writers_words(f"{NEW}\n\n{footer}\n") == NEW


def test_the_banner_of_a_gateway_goes() -> None:
    banner = "CAUTION: This email originated from outside the organization. Do not click links."

    assert only_the_writers_words(f"{banner}\n\n{NEW}\n") == NEW


def test_a_forwarded_mail_without_a_word_above_it_has_none() -> None:
    assert only_the_writers_words(f"{HISTORIES['en outlook']}\n\n{EARLIER}") == ""


def test_a_footer_above_a_history_goes_too() -> None:
    text = f"{NEW}\n\nGet Outlook for iOS\n{HISTORIES['en outlook ruled']}\n\n{EARLIER}"

    assert only_the_writers_words(text) == NEW


def test_a_list_with_dashes_stays() -> None:
    text = "Please delete\n\n-orders\n-Pictures"

    assert only_the_writers_words(text) == text


def test_a_business_card_below_the_name_goes_and_a_postscript_stays() -> None:
    text = "Please delete my data.\n\nBest regards,\nAda Byron\nByron & Co\nTel. +44 20 794 609\nwww.byron.example"

    assert "794" not in only_the_writers_words(text)
    assert only_the_writers_words(text).startswith("Please delete my data.\n\nBest regards,\nAda Byron")
    assert only_the_writers_words(text + "\n\nPS: and my picture as well, please.").endswith(
        "my picture as well, please."
    )


@pytest.mark.parametrize(
    "text",
    [
        "On Monday you wrote that I can ask for a copy. I do.",
        "From: my side everything is clear, delete it.",
        "I ordered on 12.05.2026:\n- a ring\n- a chain\nPlease delete both orders.",
        "My accounts:\nada@example.org\nbyron@example.org\nPlease delete both.",
        "From May to June I had an account.\nTo whom may I write?\nSubject closed, I hope.",
        "Hello -- this is urgent -- please delete my data.",
        "This e-mail is my third. Please delete my data.",
        "Sent from the heart: thank you, and please delete my data.",
        "1. Delete my data\n2. Tell me when it is done:\n3. Stop the newsletter",
        "Thanks\n\nCould you call me on +44 20 7946 0999? I want my data deleted.",
        "From: Ada Byron <ada@example.org>\nSubject: Deletion\n\nMessage Body:\nPlease delete my data.",
        "From: ada@example.org\nTo: shop\nDate: 17.11.2026 09:12\nSubject: Data\nMessage: Please delete my data.",
        "Subject: my data\nDate: 17 November 2026\nTo: the controller\nFrom: Ada Byron\n\nI request deletion.",
        "On 12.05.2026 your colleague wrote to me:\nwe keep nothing.\nI want that in writing, and my data deleted.",
        "Am 12.05.2026 schrieb mir Frau Finch:\nwir löschen alles.\nBitte bestätigen Sie das.",
        "On 12.05.2026 Ms Finch wrote: your data is deleted. But it is not.",
        "I bought these on 17.11.2026 at 09:12:\nring, chain. Delete the order.",
    ],
)
def test_what_a_person_wrote_stays_whatever_it_resembles(text: str) -> None:
    assert only_the_writers_words(text) == text


def test_words_below_a_forwarded_mail_that_is_marked_as_quoted_are_kept() -> None:
    text = "Is this yours?\n\nBegin forwarded message:\n\n> From: Marigold\n> Date: 17 November 2026\n>\n> Hi\n\nDelete it."

    assert only_the_writers_words(text) == "Is this yours?\n\nDelete it."


def test_a_mail_that_is_nothing_but_a_quote_has_no_words_of_its_own() -> None:
    assert only_the_writers_words(f"{INTRODUCTIONS['en gmail']}\n{QUOTED}\n") == ""


GMAIL = """<div dir="ltr">Please delete my account.<div><br></div><div>Ada</div></div><br>
<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Tue, Nov 17, 2026 at 9:12 AM Marigold
&lt;<a href="mailto:hello@marigold.example">hello@marigold.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote"
style="margin:0px 0px 0px 0.8ex"><div>Do you want to <b>unsubscribe</b>?</div></blockquote></div>"""
OUTLOOK = """<html><head><style>p{margin:0}</style></head><body><div class="WordSection1"><p class="MsoNormal">Please delete
my account.</p><p class="MsoNormal">&nbsp;</p><p class="MsoNormal">Ada</p><div style="border-top:solid #E1E1E1 1.0pt"><p>
<b>From:</b> Marigold &lt;hello@marigold.example&gt;<br><b>Sent:</b> Tuesday, November 17, 2026 9:12 AM<br><b>To:</b> Ada<br>
<b>Subject:</b> Hi</p></div><p>Do you want to unsubscribe?</p></div></body></html>"""
OUTLOOK_WEB = """<div>Please delete my account.</div><div><br></div><div>Ada</div><div id="appendonsend"></div><hr>
<div id="divRplyFwdMsg"><b>From:</b> Marigold<br><b>Sent:</b> Tuesday<br></div><div>Do you want to unsubscribe?</div>"""
APPLE = """<html><body>Please delete my account.<br><br>Ada<br><div><blockquote type="cite"><div>On 17 Nov 2026, at 09:12,
Marigold wrote:</div><div>Do you want to unsubscribe?</div></blockquote></div></body></html>"""
THUNDERBIRD = """<p>Please delete my account.</p><p>Ada</p><pre class="moz-signature">-- \nByron</pre><div
class="moz-cite-prefix">On 17/11/2026 09:12, Marigold wrote:<br></div><blockquote type="cite" cite="mid:x">Do you want to
unsubscribe?</blockquote>"""
PROTON = """<div>Please delete my account.</div><div><br></div><div>Ada</div><div class="protonmail_signature_block">Sent with
Proton Mail</div><div class="protonmail_quote">On Tuesday, November 17th, 2026 at 9:12 AM, Marigold wrote:<br><blockquote
class="protonmail_quote">Do you want to unsubscribe?</blockquote></div>"""
YAHOO = """<div class="ydp1"><div>Please delete my account.</div><div><br></div><div>Ada</div></div><div id="yahoo_quoted_1"
class="yahoo_quoted"><div>On Tuesday, 17 November 2026 at 09:12:44 GMT, Marigold wrote:</div><div>Do you want to
unsubscribe?</div></div>"""


@pytest.mark.parametrize(
    "markup", [GMAIL, OUTLOOK, OUTLOOK_WEB, APPLE, THUNDERBIRD, PROTON, YAHOO],
    ids=["gmail", "outlook", "outlook web", "apple", "thunderbird", "proton", "yahoo"],
)  # fmt: skip
def test_html_of_each_program_loses_its_history_too(markup: str) -> None:
    text = read(a_mail(body=markup, content_type="text/html; charset=utf-8")).text

    assert text == NEW


LONG = 400_000
CRAFTED = {
    "one line": "a" * LONG,
    "one line of spaces": " " * LONG,
    "one line of >": ">" * LONG,
    "empty lines": "\n" * LONG,
    "short lines": "a\n" * (LONG // 2),
    "colons": "a:\n" * (LONG // 3),
    "labels": "From: a\n" * (LONG // 8),
    "half blocks": "From: a\nTo: b\n" * (LONG // 14),
    "introductions without an end": "On Tue, 17 Nov 2026 at 9:12 a <a@b.example> wrote\n" * (LONG // 51),
    "introductions without a quote before": "On 17 Nov 2026 a b c d e f:\n" * (LONG // 28),
    "dashes": "-" * LONG,
    "dash lines": "--\n" * (LONG // 3),
    "rules": "____________________\n" * (LONG // 21),
    "angles": "<" * LONG,
    "addresses": "<a@b.example>" * (LONG // 13),
    "digits": "1" * LONG,
    "telephones": "0 " * (LONG // 2),
    "farewells": "Best regards,\n" * (LONG // 14),
    "footers": "Sent from my iPhone\n\n" * (LONG // 21),
    "notices": "x\n\nThis e-mail is\n" * (LONG // 18),
    "quoted and not": "> a\nb\n" * (LONG // 6),
    "stars": "*" * LONG,
    "label stars": "* * *From" * (LONG // 9),
    "full-width colons": "：" * LONG,
}


@pytest.mark.parametrize("text", CRAFTED.values(), ids=CRAFTED)
def test_no_crafted_body_takes_longer_than_a_second(text: str) -> None:
    started = time.process_time()

    only_the_writers_words(text)

    assert time.process_time() - started < 1.0


@given(st.text(alphabet="ab:>-<@. \n_*0217OnFromwrote", max_size=300))
def test_every_line_that_is_kept_was_written(text: str) -> None:
    written = {line.strip() for line in text.split("\n")}

    assert {line.strip() for line in only_the_writers_words(text).split("\n")} <= written | {""}
