"""One tree of errors with two branches; the branch settles log level, retry and reply.

PrivacyDeskError
├── TheirFault            somebody outside must mend it: one clear line, exit status 2, never retried by itself
│   ├── BadSetting        a setting, a file or an address that cannot be used
│   ├── BadMessage        a message that cannot be read; kept raw and shunted
│   └── Refused           the receiving server said no for good (5xx): not sent again
│       └── OutOfReach    a chat that carries nothing to this person any more: by mail where a mailbox was proved
└── OurFault              we or our surroundings: logged as an error, retried
    ├── StoreUnavailable  the database is locked, away, full or read-only
    ├── NotNow            the receiving server said "later" (4xx) or cannot be reached
    └── Uncertain         the connection broke after the message was handed over: nobody knows, never re-sent by itself
"""


class PrivacyDeskError(Exception):
    """Every error that we raise on purpose; its text is one sentence for a person and says what to do."""


class TheirFault(PrivacyDeskError):
    """Somebody outside must mend it."""


class BadSetting(TheirFault):
    """A setting, a file or an address that cannot be used."""


class BadMessage(TheirFault):
    """A message that cannot be read."""


class Refused(TheirFault):
    """The receiving server refused the message for good."""


class OutOfReach(Refused):
    """The person is not reached there any more: blocked, gone, or the platform's time to answer is over."""


class OurFault(PrivacyDeskError):
    """We or our surroundings failed; trying again may help."""


class StoreUnavailable(OurFault):
    """The database cannot be read or written now."""


class NotNow(OurFault):
    """The message was not taken yet; provably not delivered."""

    def __init__(self, text: str, *, seconds: float = 0.0) -> None:
        """`seconds` is how long the other side asks us to wait; 0 where it does not say."""
        super().__init__(text)
        self.seconds = seconds


class Uncertain(OurFault):
    """The message may or may not have been delivered."""
