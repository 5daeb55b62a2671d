"""One mail, read once: everything that the other modules ask about it.

Pure and bounded; raises `BadMessage` and nothing else.
"""

from dataclasses import dataclass

from bot.channels.mail.addresses import Writer, writer_of
from bot.channels.mail.body import Body, body_of
from bot.channels.mail.headers import Headers, message_ids
from bot.channels.mail.structure import Part, split_mail
from bot.channels.mail.writer import only_the_writers_words

#: Characters of the new text that are handed on.
LONGEST_NEW_TEXT = 200_000
LONGEST_SUBJECT = 1_000
MOST_REFERENCES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail as read."""

    tree: Part
    body: Body
    writer: Writer
    subject: str
    #: Only what the writer wrote now.
    text: str
    #: Without brackets, "" where there is none.
    message_id: str
    #: Newest first: In-Reply-To, then References backwards.
    references: tuple[str, ...]

    @property
    def headers(self) -> Headers:
        return self.tree.headers

    @property
    def thread(self) -> str:
        """The oldest Message-ID that it names, else its own."""
        return self.references[-1] if self.references else self.message_id


def read_mail(raw: bytes) -> Mail:
    """Read the bytes of one message; raises `BadMessage` with the reason."""
    tree = split_mail(raw)
    body = body_of(tree)
    headers = tree.headers
    answered = message_ids(headers.first("in-reply-to"), 1)
    earlier = message_ids(headers.first("references"), MOST_REFERENCES)
    return Mail(
        tree=tree,
        body=body,
        writer=writer_of(headers),
        subject=headers.text("subject")[:LONGEST_SUBJECT],
        text=only_the_writers_words(body.text)[:LONGEST_NEW_TEXT],
        message_id="".join(message_ids(headers.first("message-id"), 1)),
        references=tuple(dict.fromkeys([*answered, *reversed(earlier)])),
    )
