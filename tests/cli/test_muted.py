"""`mail muted` and `mail unmute`: mailboxes that our mail does not reach."""

from .shell import Shell


def test_nobody_is_muted_at_first(shell: Shell) -> None:
    assert shell("mail muted").out == "No mailbox is muted.\n"
    assert shell("mail muted --json").out == ""
    assert "is not muted; `privacy-desk mail muted`" in shell("mail unmute ada@example.org").refusal
