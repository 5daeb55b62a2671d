"""How well replies are read, and robots told from people, on mails that the scanner was not written from."""

from collections.abc import Mapping

import pytest
from corpus import unseen_again
from corpus.people import people
from corpus.replies import Reply, replies
from corpus.robots import robots
from corpus.unseen import PEOPLE, ROBOTS, Unseen
from mail_builders import a_mail, read

from bot.core.messages import Silence

HALVES = ("dev", "test")


def is_right(reply: Reply) -> bool:
    read_as = read(a_mail(body=reply.body, content_type=f"text/{reply.kind}; charset=utf-8")).text
    return read_as.split() == reply.typed.split()


def may_be_answered(raw: bytes, envelope: str | None) -> bool:
    return read(raw, envelope=None if envelope is None else {"mail_from": envelope}).silence is None


def silence_of(mail: Unseen) -> Silence | None:
    raw = a_mail(*filter(None, [mail.header]), body=mail.body, sender=mail.sender, subject=mail.subject)
    return read(raw, envelope=None if mail.envelope is None else {"mail_from": mail.envelope}).silence


def fields(headers: Mapping[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers.items()]


def told(what: str, half: str, right: int, asked: int) -> float:
    print(f"{what}, {half}: {right} of {asked} = {right / asked:.1%}")
    return right / asked


@pytest.mark.parametrize("half", [*HALVES, "unseen"])
def test_of_replies_only_what_was_typed_is_read(half: str) -> None:
    asked = [reply for reply in replies() if reply.half == half]

    assert told("replies", half, sum(map(is_right, asked)), len(asked)) >= 0.9


@pytest.mark.parametrize("half", HALVES)
def test_robots_are_not_answered(half: str) -> None:
    asked = [robot for found, robot in robots() if found == half]
    silenced = [
        not may_be_answered(
            a_mail(
                *fields(robot.headers),
                body=robot.body,
                sender=robot.sender,
                subject=robot.subject,
                content_type=robot.content_type,
            ),
            robot.envelope,
        )
        for robot in asked
    ]

    assert told("robots", half, sum(silenced), len(asked)) >= 0.99


@pytest.mark.parametrize(("what", "mails", "answered"), [("robots", ROBOTS, False), ("people", PEOPLE, True)])
def test_what_was_first_seen_when_the_rules_were_done_is_told_apart(
    what: str, mails: tuple[Unseen, ...], answered: bool
) -> None:
    right = [
        may_be_answered(
            a_mail(*filter(None, [mail.header]), body=mail.body, sender=mail.sender, subject=mail.subject),
            mail.envelope,
        )
        is answered
        for mail in mails
    ]

    assert told(what, "unseen", sum(right), len(mails)) == 1.0


@pytest.mark.parametrize("mails", [unseen_again.ROBOTS, unseen_again.LATER_ROBOTS], ids=["third", "fourth"])
def test_robots_of_the_later_sets_are_not_answered(mails: tuple[Unseen, ...]) -> None:
    silenced = [silence_of(mail) is not None for mail in mails]

    assert told("robots", "seen later", sum(silenced), len(mails)) >= 0.99


@pytest.mark.parametrize("mails", [unseen_again.PEOPLE, unseen_again.LATER_PEOPLE], ids=["third", "fourth"])
def test_no_person_of_the_later_sets_is_dropped_and_few_are_left_to_staff(mails: tuple[Unseen, ...]) -> None:
    silences = [silence for mail in mails if (silence := silence_of(mail)) is not None]

    assert not any(silence.robot for silence in silences)
    assert told("people", "seen later", len(mails) - len(silences), len(mails)) >= 0.8


@pytest.mark.parametrize("half", HALVES)
def test_people_are_answered(half: str) -> None:
    asked = [person for found, person in people() if found == half]
    answered = [
        may_be_answered(
            a_mail(*fields(person.headers), body=person.body, sender=person.sender, subject=person.subject),
            person.envelope,
        )
        for person in asked
    ]

    assert told("people", half, sum(answered), len(asked)) == 1.0
