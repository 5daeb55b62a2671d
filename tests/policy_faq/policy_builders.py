"""Small policies for tests."""

from policy_faq import Policy, import_policy


def a_policy(text: str, *, name: str = "policy.txt") -> Policy:
    """A policy of these words, with enough about privacy around them to be one."""
    opening = "Privacy policy\n\nWe tell you how we use your personal data and cookies.\n\n"
    return import_policy((opening + text).encode(), name=name)
