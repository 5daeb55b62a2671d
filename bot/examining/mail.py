"""Tries out each mail account as the service would use it, and asks the DNS about the domains that mail comes from.

Nothing is sent and nothing is changed.
"""

from collections.abc import Iterator

from bot.channels.mail.imap_in import Facts, facts_of
from bot.channels.mail.sender_domain import records_of
from bot.channels.mail.smtp_out import try_out
from bot.channels.mail.vouching import Lookup
from bot.errors import BadSetting, PrivacyDeskError, Refused
from bot.examining.finding import Finding
from bot.settings import ImapSettings, Settings
from bot.wiring import make_imap_account, make_submission


async def examine_sending(settings: Settings) -> list[Finding]:
    """Log in at the submission server and name a mail for each brand's address."""
    out = settings.smtp_out
    where = f"mail out ({out.host}:{out.port})"
    try:
        submission = make_submission(settings)
    except BadSetting as fault:
        return [Finding(what=where, well=False, remedy=str(fault))]
    findings = []
    for address in [brand.addresses[0] for brand in settings.brands if brand.addresses] or [""]:
        what = f"{where} as {address}" if address else where
        try:
            await try_out(submission, address or out.envelope_sender or "postmaster@localhost")
        except Refused as fault:
            findings.append(Finding(what=what, well=not address, remedy=_refused(str(fault), out.user)))
        except PrivacyDeskError as fault:
            findings.append(
                Finding(what=what, well=False, remedy=f"{fault} Check host, port, security and the account.")
            )
        else:
            findings.append(Finding(what=what))
    if settings.brands and not out.envelope_sender:
        remedy = "set smtp_out.envelope_sender to a mailbox that the desk reads; without one no bounce comes back"
        findings.append(Finding(what="bounces of our mail", well=False, remedy=remedy))
    return findings


def _refused(said: str, user: str) -> str:
    return f"{said}; the account {user or 'without a name'} must be allowed to send from this address"


def examine_inbox(account: ImapSettings) -> list[Finding]:
    """Log in, look at the folders and at what the server can do."""
    what = f"inbox of {account.brand}: {account.user} at {account.host}"
    try:
        facts = facts_of(make_imap_account(account))
    except PrivacyDeskError as fault:
        return [Finding(what=what, well=False, remedy=str(fault))]
    return [Finding(what=f"{what}, {account.folder}"), *_abilities(what, account, facts)]


def _abilities(what: str, account: ImapSettings, facts: Facts) -> Iterator[Finding]:
    news = "new mail is told at once (IDLE)" if facts.idle else "looked at every minute (the server has no IDLE)"
    yield Finding(what=f"{what}: {news}")
    folders = ", ".join(sorted(facts.folders))
    if account.handled == "keyword" and account.keyword:
        remedy = 'the server keeps no flags of ours; set handled = "move" or "nothing"'
        yield Finding(what=f"{what}: the flag {account.keyword}", well=facts.keywords, remedy=remedy)
    if account.handled == "move":
        exists = account.move_to in facts.folders
        remedy = f"make the folder {account.move_to}, or set move_to to one of {folders}"
        if not facts.move:
            remedy = 'the server cannot MOVE; set handled = "keyword" or "nothing"'
        yield Finding(what=f"{what}: move to {account.move_to}", well=exists and facts.move, remedy=remedy)
    if account.sent_folder:
        found = facts.sent if account.sent_folder == "auto" else account.sent_folder
        remedy = f'set sent_folder to one of {folders}, or to "" to watch none'
        yield Finding(what=f"{what}: the folder of sent mail", well=found in facts.folders, remedy=remedy)


async def examine_domains(settings: Settings, lookup: Lookup) -> list[Finding]:
    """SPF, DKIM and DMARC of every domain that our mail comes from."""
    addresses = [brand.addresses[0] for brand in settings.brands if brand.addresses]
    findings = []
    for domain in dict.fromkeys(address.rpartition("@")[2].lower() for address in addresses):
        try:
            records = await records_of(domain, lookup, selector=settings.smtp_out.dkim_selector)
        except OSError as error:
            remedy = f"{error}; check the network and /etc/resolv.conf"
            findings.append(Finding(what=f"DNS of {domain}", well=False, remedy=remedy))
        else:
            findings += [Finding(what=found.name, well=not found.remedy, remedy=found.remedy) for found in records]
    return findings
