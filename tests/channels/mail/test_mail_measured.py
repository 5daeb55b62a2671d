"""How well replies are read, and robots told from people, on mails that the scanner was not written from."""

import pytest
from corpus.replies import Reply, replies
from mail_builders import a_mail, read


def is_right(reply: Reply) -> bool:
    read_as = read(a_mail(body=reply.body, content_type=f"text/{reply.kind}; charset=utf-8")).text
    return read_as.split() == reply.typed.split()


@pytest.mark.parametrize(("half", "least"), [("dev", 0.9), ("test", 0.9)])
def test_of_replies_only_what_was_typed_is_read(half: str, least: float) -> None:
    asked = [reply for reply in replies() if reply.half == half]
    right = sum(map(is_right, asked))

    print(f"replies, {half}: {right} of {len(asked)} = {right / len(asked):.1%}")
    assert right >= least * len(asked)
