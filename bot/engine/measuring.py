"""What this process measures of its own work; names and counts, nothing of a message.

Law: a label's values come from closed lists: intents, outcomes, channels.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()

READER_SECONDS = Histogram(
    "privacy_desk_reader_seconds",
    "How long the reader took for one message.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
    registry=REGISTRY,
)
READER_TIMEOUTS = Counter(
    "privacy_desk_reader_timeouts", "Messages that the reader gave no answer to in time.", registry=REGISTRY
)
HANDLED_SECONDS = Histogram(
    "privacy_desk_handling_seconds",
    "How long handling took, from the claim to the end of its transaction.",
    ["channel"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
    registry=REGISTRY,
)
HANDLED = Counter(
    "privacy_desk_handled_messages",
    "Messages handled by this process, once for each intent that was read, or none.",
    ["intent", "outcome"],
    registry=REGISTRY,
)
SENT = Counter(
    "privacy_desk_sending_attempts", "Messages of ours that this process tried to send.", ["channel"], registry=REGISTRY
)
