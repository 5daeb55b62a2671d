"""Hands over numbered mails to an SMTP server, over several connections: a process of its own for `bench_mail`."""

import smtplib
import sys
from concurrent.futures import ThreadPoolExecutor

SHOP = "hello@marigoldandfinch.example"
CONNECTIONS = 4


def a_mail(number: int) -> bytes:
    """A plain mail of some four kilobytes, unlike every other."""
    body = "".join(f"Line {line} of mail {number}: which ring would fit a finger of 17 mm?\r\n" for line in range(50))
    return (
        f"From: Ada <ada{number}@example.org>\r\nTo: {SHOP}\r\nSubject: Mail {number}\r\n"
        f"Date: Sun, 22 Nov 2026 09:00:00 +0000\r\nMessage-ID: <{number}@example.org>\r\n\r\n{body}"
    ).encode()


def send(port: int, numbers: range) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        for number in numbers:
            client.sendmail(f"ada{number}@example.org", [SHOP], a_mail(number))


def main(port: int, count: int) -> None:
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done in [pool.submit(send, port, range(first, count, CONNECTIONS)) for first in range(CONNECTIONS)]:
            done.result()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
