"""The inbox is read over IMAP from a real Dovecot and stays exactly as it was."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from dovecot import Dovecot
from mail_builders import a_mail

from bot.channels.mail.imap_in import ImapMailbox, Position, file_copy, flag, move, sent_folder
from bot.channels.mail.imap_watch import pause_after, watch, watch_sent
from bot.channels.protocol import Arrival
from bot.errors import BadSetting, NotNow, StoreUnavailable

pytestmark = pytest.mark.real_server


def numbered(number: int) -> bytes:
    return a_mail(message_id=f"<{number}@example.org>", body=f"Message {number}: grüße.\n")


def fetched(server: Dovecot, position: Position | None = None) -> list[tuple[Arrival, Position]]:
    mailbox = ImapMailbox(server.settings())
    try:
        return [(found.arrival, found.position) for found in mailbox.fetch_new(position) if found.arrival]
    finally:
        mailbox.close()


class Desk:
    """Accepts arrivals and keeps the position; fails as often as it is told."""

    def __init__(self, failures: int = 0, fault: Exception | None = None) -> None:
        self.fault = fault or StoreUnavailable("locked")
        self.arrivals: list[Arrival] = []
        self.position: Position | None = None
        self.failures = failures
        self.stop = asyncio.Event()

    async def accept(self, arrival: Arrival) -> None:
        if self.failures:
            self.failures -= 1
            raise self.fault
        self.arrivals.append(arrival)

    async def load(self) -> Position | None:
        return self.position

    async def save(self, position: Position) -> None:
        self.position = position

    async def follow(self, server: Dovecot, until: Callable[[], bool], meanwhile: Callable[[], None]) -> None:
        """Watch the inbox, do something else meanwhile, stop when `until()` or after ten seconds."""
        watching = asyncio.create_task(
            watch(ImapMailbox(server.settings()), self.accept, self.load, self.save, self.stop)
        )
        await asyncio.sleep(0.3)
        await asyncio.to_thread(meanwhile)
        for _ in range(200):
            if until():
                break
            await asyncio.sleep(0.05)
        self.stop.set()
        await asyncio.wait_for(watching, 10)


def test_reading_leaves_the_inbox_byte_for_byte_and_flag_for_flag(dovecot: Dovecot) -> None:
    for number in range(3):
        dovecot.deliver(numbered(number))
    with dovecot.session() as person:
        person.add_flags([2], [b"\\Seen", b"\\Flagged", b"Important"])
    before, files = dovecot.snapshot(), dovecot.files()

    assert len(fetched(dovecot)) == 3
    assert dovecot.snapshot() == before
    assert dovecot.files() == files
    assert before[1][1] == frozenset()


def test_a_message_arrives_as_its_raw_bytes_with_the_servers_own_date(dovecot: Dovecot) -> None:
    dovecot.deliver(numbered(1))

    arrival, position = fetched(dovecot)[0]

    assert arrival.raw == dovecot.snapshot()[1][0]
    assert arrival.raw.endswith(numbered(1).split(b"\r\n\r\n")[1])
    assert timedelta(0) <= datetime.now(UTC) - arrival.received_at < timedelta(minutes=1)
    assert arrival.origin == {"mailbox": "INBOX", "uidvalidity": str(position.uidvalidity), "uid": "1"}


def test_only_what_is_after_the_position_is_read(dovecot: Dovecot) -> None:
    for number in range(3):
        dovecot.deliver(numbered(number))
    positions = [position for _, position in fetched(dovecot)]

    assert [position.last_uid for _, position in fetched(dovecot, positions[0])] == [2, 3]
    assert fetched(dovecot, positions[2]) == []


def test_another_uidvalidity_means_reading_everything_again(dovecot: Dovecot) -> None:
    for number in range(2):
        dovecot.deliver(numbered(number))
    position = fetched(dovecot)[-1][1]
    dovecot.renumber()

    again = fetched(dovecot, position)

    assert len(again) == 2
    assert again[0][1].uidvalidity != position.uidvalidity


def test_a_message_that_somebody_deletes_meanwhile_is_passed_over(dovecot: Dovecot) -> None:
    for number in range(3):
        dovecot.deliver(numbered(number))
    with dovecot.session() as person:
        person.delete_messages([2])
        person.expunge()

    assert [position.last_uid for _, position in fetched(dovecot)] == [1, 3]


def test_handled_mail_gets_a_keyword_and_only_that(dovecot: Dovecot) -> None:
    for number in range(2):
        dovecot.deliver(numbered(number))
    position = fetched(dovecot)[0][1]

    marked = flag(dovecot.settings(), uidvalidity=position.uidvalidity, uids=[1], keyword="PrivacyDesk")

    assert marked
    assert [flags for _, flags, _ in dovecot.snapshot().values()] == [frozenset({b"PrivacyDesk"}), frozenset()]


def test_handled_mail_is_moved_where_the_operator_wants_that(dovecot: Dovecot) -> None:
    for number in range(2):
        dovecot.deliver(numbered(number))
    position = fetched(dovecot)[0][1]
    with dovecot.session() as person:
        person.create_folder("Privacy")

    assert move(dovecot.settings(), uidvalidity=position.uidvalidity, uids=[1], folder="Privacy")
    assert list(dovecot.snapshot()) == [2]
    assert not move(dovecot.settings(), uidvalidity=position.uidvalidity + 1, uids=[2], folder="Privacy")
    assert list(dovecot.snapshot()) == [2]


def test_a_folder_to_move_to_that_is_not_there_leaves_everything(dovecot: Dovecot) -> None:
    dovecot.deliver(numbered(1))
    position = fetched(dovecot)[0][1]

    with pytest.raises(NotNow):
        move(dovecot.settings(), uidvalidity=position.uidvalidity, uids=[1], folder="Nowhere")
    assert list(dovecot.snapshot()) == [1]


def test_a_keyword_is_never_put_on_messages_of_another_uidvalidity(dovecot: Dovecot) -> None:
    dovecot.deliver(numbered(1))
    position = fetched(dovecot)[0][1]

    assert not flag(dovecot.settings(), uidvalidity=position.uidvalidity + 1, uids=[1], keyword="PrivacyDesk")
    assert dovecot.snapshot()[1][1] == frozenset()


def test_a_wrong_password_is_one_clear_sentence(dovecot: Dovecot) -> None:
    with pytest.raises(BadSetting, match="refuses the account"):
        ImapMailbox(dovecot.settings(password="wrong")).connect()


def test_a_folder_that_is_not_there_is_one_clear_sentence(dovecot: Dovecot) -> None:
    with pytest.raises(BadSetting, match="folder Nowhere"):
        ImapMailbox(dovecot.settings(folder="Nowhere")).connect()


def test_a_server_that_is_away_is_not_now(dovecot: Dovecot) -> None:
    with pytest.raises(NotNow):
        ImapMailbox(dovecot.settings(port=1)).connect()


class Cutting:
    """Passes a connection on to a server and cuts it after so many bytes of the server's words."""

    def __init__(self, port: int, after: int) -> None:
        self.after = after
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.behind = port
        threading.Thread(target=self._pass, daemon=True).start()

    def _pass(self) -> None:
        front, _ = self.server.accept()
        self.server.close()
        with front, socket.create_connection(("127.0.0.1", self.behind)) as back:
            threading.Thread(target=self._copy, args=(front, back, 1 << 30), daemon=True).start()
            self._copy(back, front, self.after)

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket, left: int) -> None:
        with contextlib.suppress(OSError):
            while left > 0 and (data := source.recv(min(left, 4096))):
                target.sendall(data)
                left -= len(data)
            target.shutdown(socket.SHUT_RDWR)


def test_a_connection_that_breaks_anywhere_gives_whole_messages_or_none(dovecot: Dovecot) -> None:
    for number in range(2):
        dovecot.deliver(a_mail(message_id=f"<{number}@example.org>", body="x" * 70 + "\n" + "y\n" * 1500))
    whole = {raw for raw, _, _ in dovecot.snapshot().values()}
    reasons: list[str] = []

    for after in range(50, 9_000, 397):
        mailbox = ImapMailbox(dovecot.settings(port=Cutting(dovecot.imap, after).port))
        try:
            assert {found.arrival.raw for found in mailbox.fetch_new(None) if found.arrival} <= whole
        except NotNow as fault:
            reasons.append(str(fault))
        finally:
            mailbox.close()

    assert len(reasons) >= 10
    assert not any("yyy" in reason or "xxx" in reason or "Message-ID" in reason for reason in reasons)


def test_watching_accepts_what_is_there_and_what_comes_and_keeps_the_position(dovecot: Dovecot) -> None:
    dovecot.deliver(numbered(1))
    desk = Desk()

    asyncio.run(desk.follow(dovecot, lambda: len(desk.arrivals) == 2, lambda: dovecot.deliver(numbered(2))))

    assert [arrival.origin["uid"] for arrival in desk.arrivals] == ["1", "2"]
    assert desk.position is not None
    assert desk.position.last_uid == 2


@pytest.mark.parametrize("fault", [StoreUnavailable("locked"), RuntimeError("a bug of ours")])
def test_what_could_not_be_stored_is_fetched_again(dovecot: Dovecot, fault: Exception) -> None:
    dovecot.deliver(numbered(1))
    desk = Desk(failures=1, fault=fault)

    asyncio.run(desk.follow(dovecot, lambda: bool(desk.arrivals), lambda: None))

    assert [arrival.origin["uid"] for arrival in desk.arrivals] == ["1"]


def test_a_server_that_refuses_us_is_asked_less_and_less_often() -> None:
    assert [pause_after(BadSetting("no"), failures) <= 2**failures for failures in range(1, 8)] == [True] * 7
    assert 150 <= pause_after(BadSetting("no"), 50) <= 300
    assert 4 <= pause_after(NotNow("away"), 50) <= 8


def an_answer(number: int) -> bytes:
    return a_mail("In-Reply-To: <pd.a.b.c@desk.example>", message_id=f"<{number}@marigold.example>")


def put_into_sent(server: Dovecot, raw: bytes) -> None:
    with server.session() as person:
        person.append("Sent", raw, [b"\\Seen"])


def test_of_the_sent_folder_only_new_answers_are_fetched(dovecot: Dovecot) -> None:
    put_into_sent(dovecot, an_answer(1))
    assert sent_folder(dovecot.settings()) == "Sent"
    mailbox = ImapMailbox(dovecot.settings(folder="Sent"), only_answers=True)
    try:
        (start,) = mailbox.fetch_new(None)
        put_into_sent(dovecot, numbered(2))
        put_into_sent(dovecot, an_answer(3))
        put_into_sent(dovecot, numbered(4))
        found = list(mailbox.fetch_new(start.position))
        again = list(mailbox.fetch_new(found[-1].position))
    finally:
        mailbox.close()

    assert start.arrival is None
    assert [b"<3@marigold.example>" in f.arrival.raw for f in found if f.arrival] == [True]
    assert found[-1].position.last_uid == 4
    assert again == []


async def test_the_sent_folder_is_followed_from_the_moment_of_the_start(dovecot: Dovecot) -> None:
    put_into_sent(dovecot, an_answer(1))
    desk = Desk()

    watching = asyncio.create_task(watch_sent(dovecot.settings(), "auto", desk.accept, desk.load, desk.save, desk.stop))
    while desk.position is None:
        await asyncio.sleep(0.02)
    await asyncio.to_thread(put_into_sent, dovecot, an_answer(2))
    for _ in range(500):
        if desk.arrivals:
            break
        await asyncio.sleep(0.02)
    desk.stop.set()
    await asyncio.wait_for(watching, 10)

    (arrival,) = desk.arrivals
    assert b"<2@marigold.example>" in arrival.raw
    assert arrival.envelope == {"sent_folder": "yes"}


def test_a_copy_of_our_answer_lies_read_in_the_sent_folder(dovecot: Dovecot) -> None:
    file_copy(dovecot.settings(), folder="Sent", message=numbered(7), at=datetime(2026, 11, 22, tzinfo=UTC))

    with dovecot.session() as person:
        person.select_folder("Sent", readonly=True)
        (kept,) = person.fetch(person.search(["ALL"]), ["BODY.PEEK[]", "FLAGS"]).values()
    assert kept[b"BODY[]"] == numbered(7)
    assert b"\\Seen" in kept[b"FLAGS"]
