"""`talk`: the bot in the terminal, by the same road as every other channel."""

import re

from .shell import Shell


def test_a_question_is_answered_from_the_policy(shell: Shell) -> None:
    ran = shell("talk", stdin="How long do you keep chats?\n\n")

    assert ran.status == 0
    assert "automated privacy assistant of Marigold & Finch" in ran.out
    assert "5. How long we keep it" in ran.out


def test_a_request_asks_for_the_address_and_mails_a_code_there_never_into_the_chat(shell: Shell) -> None:
    ran = shell("talk", stdin="Please delete all my data.\nada@example.org\n\n")

    [code] = re.findall(r"\[a mail to ada@example\.org says: your code is (\d{6})\]", ran.out)
    assert ran.status == 0
    assert "Which e-mail address is this about?" in ran.out
    assert ran.out.count(code) == 1


def test_the_end_of_the_input_ends_the_talk(shell: Shell) -> None:
    assert shell("talk", stdin="").status == 0
