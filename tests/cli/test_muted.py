"""`mail muted`, `mail unmute` and `mail hand-back`: where our mail does not go, and how it goes there again."""

from .shell import Shell


def test_nobody_is_muted_at_first(shell: Shell) -> None:
    assert shell("mail muted").out == "No mailbox is muted.\n"
    assert shell("mail muted --json").out == ""
    assert "is not muted; `privacy-desk mail muted`" in shell("mail unmute ada@example.org").refusal


def test_only_a_thread_that_a_person_has_taken_over_is_handed_back(shell: Shell) -> None:
    assert "no person answers" in shell("mail hand-back PD-7K3Q-9M2X").refusal
