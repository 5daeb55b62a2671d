"""Do they write for somebody else, or in an office?"""

from bot.core.draft import Draft, line
from bot.core.effects import HandToStaff

#: Who it may be, the most particular first; each has its words in `phrases.toml`.
OTHERS = ("authority", "heir", "attorney", "parent", "spouse", "agent")


def pass_on_who_writes_for_others(draft: Draft) -> Draft | None:
    """Agents, heirs, parents, spouses, attorneys, police and courts: staff decide, never the bot (DESIGN section 3).

    No code goes out: it would prove the mailbox of whoever writes, and not that the data are theirs (T18).
    """
    rights = draft.left_with("request", "opt_out")
    who = who_writes(draft)
    if not rights or not who:
        return None
    staff = HandToStaff(reason=f"on_behalf_{who}", urgent=who == "authority")
    return draft.settle(rights, staff).say(line("for_somebody_else"))


def who_writes(draft: Draft) -> str:
    """One of `OTHERS`, "" where the writer speaks for nobody but themselves."""
    text = draft.message.text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return next((who for who in OTHERS if draft.playbook.phrases.says(f"on_behalf.{who}", text)), "")
