"""Plain English for the names that stand in the record, for readers who do not know the program."""

from bot.store.audit import AuditRow

CHANNELS = {
    "email": "by e-mail",
    "webchat": "in the chat on the shop's pages",
    "telegram": "on Telegram",
    "phone": "by phone; a colleague took it down",
    "letter": "by letter; a colleague took it down",
    "shop": "in the shop; a colleague took it down",
    "one-click": "through the unsubscribe link of a newsletter",
}
STATES = {
    "awaiting_verification": "waiting for proof of identity",
    "open": "open",
    "in_progress": "being worked on",
    "on_hold": "on hold, waiting for the person",
    "completed": "completed",
    "denied": "refused",
    "cancelled": "cancelled",
    "expired": "closed without proof of identity",
}
STEPS = {"acknowledge": "Confirm receipt", "answer": "Answer", "first_answer": "First answer"}
METHODS = {
    "none": "no proof is needed for this right, and it was acted on at once",
    "code": "a code was sent to the mailbox, as a mail of its own, and was typed back in the same conversation",
    "reply": "the person confirmed in the same thread, from an authenticated mailbox",
    "staff": "a colleague has checked who asks",
    "platform": "the platform of the chat vouches for the account, and for nothing else",
    "code_and_match": "a code was sent to the mailbox and typed back, and details agreed with the shop's records",
    "reply_and_match": "the person confirmed from an authenticated mailbox, and details agreed with the shop's records",
}
DELIVERIES = {
    "shadow": "recorded and not sent, since the desk was only watching",
    "held": "held back until a colleague approves it",
    "queued": "waiting to be sent",
    "sending": "being sent",
    "sent": "taken over by the receiving server",
    "uncertain": "handed over, but the receiving server's answer was lost; not sent again",
    "failed": "refused by the receiving server",
    "stopped": "stopped by a rule before it was sent",
}
_TOLD = {
    "reminder": "The person was reminded to confirm, with a new code.",
    "reminder_details": "The person was reminded of the details that only they and the shop know.",
    "reminder_declaration": "The person was reminded of the signed declaration.",
    "unproved": "The person was told that a confirmation is still missing; staff were told as well.",
    "expired": "The person was told that the request was closed for want of proof.",
}
#: Of a warning to staff: the mark behind the day.
_WARNED = {
    "in_7_days": "Staff were warned a week before the time limit of {day}.",
    "in_2_days": "Staff were warned two days before the time limit of {day}.",
    "over": "Staff were told that the time limit of {day} was over.",
}
_SENTENCES = {
    "request_made": "The request was opened as “{state}”.",
    "message_added": "A further message was added to the request.",
    "made_by_hand": "{actor} took the request down, which came by {door}.",
    "note_added": "{actor} wrote a note.",
    "request_extended": "{actor} took more time, and told the person why.",
    "request_viewed": "{actor} looked at the request ({what}).",
    "answered_by_staff": "{actor} wrote to the person.",
    "confirmed_by_staff": "{actor} confirmed who asks, after a check.",
    "act_proposed": "{actor} proposed an act ({act}) that needs the leave of a second person.",
    "act_approved": "{actor} gave leave to the act ({act}) that {proposed_by} had proposed.",
    "act_declined": "{actor} gave no leave to the act ({act}) that {proposed_by} had proposed.",
    "act_withdrawn": "{actor} withdrew the act ({act}) that was proposed.",
    "request_joined": "{actor} put the request together with {with_other}, of the same proved person.",
    "request_parted": "{actor} took the request apart from {with_other} again.",
    "chat_unlinked": "{actor} ended the link of the chat with the mailbox.",
    "act_undone": "{actor} took the last step back before anything was sent.",
    "package_made": "{actor} began to put the person's data together for them.",
    "package_filled": "{actor} added a file to the package.",
    "package_offered": "{actor} made the package ready; the person was sent a link without any data in it.",
    "package_withdrawn": "{actor} withdrew the package.",
    "package_expired": "The package's time was over; its files were erased.",
    "package_code_sent": "A fresh code for the package was sent to the proved mailbox.",
    "package_code_wrong": "A wrong code was typed on the package's page.",
    "package_opened": "The person opened the package with a fresh code.",
    "package_downloaded": "The person downloaded a file of the package.",
    "data_erased": "What this desk held about the person was erased; this record of what was done remains.",
    "attachments_purged": "{actor} erased the attachments.",
}


def sentence_of(row: AuditRow) -> str:
    """What a row says to a stranger; "" for rows that only programs need."""
    details = {name: str(value) for name, value in row.details.items()}
    actor = "The privacy assistant" if row.actor == "bot" else row.actor
    if row.event == "request_moved":
        state = STATES.get(details.get("state", ""), details.get("state", ""))
        reason = details.get("reason", "")
        return f"{actor} set the request to “{state}”" + (f" ({reason.replace('_', ' ')})." if reason else ".")
    if row.event == "told":
        return _told(details.get("what", ""))
    state = STATES.get(details.get("state", ""), "")
    values = {"door": "", "what": "", "act": "", "proposed_by": ""} | details | {"state": state, "actor": actor}
    values["with_other"] = details.get("with", "")
    return _SENTENCES.get(row.event, "").format_map(values)


def _told(what: str) -> str:
    """Of a notice: "reminder", ..., or "due 2026-04-02 in_7_days"."""
    _, _, due = what.partition("due ")
    day, _, mark = due.partition(" ")
    return _TOLD.get(what) or _WARNED.get(mark, "Staff were told: {day}.").format(day=day or what)
