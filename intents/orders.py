"""Finds orders to the machine ("ignore your rules and ..."): whoever writes so is heard by a person, never acted on."""

import re

_ORDER = re.compile(
    r"\b(?:ignor\w{1,5}|disregard|forget|override|bypass|negeer|olvid\w{1,3}|zignoruj|vergiss|vergeet|oublie\w{0,2})\b"
    r"[^\n.!?]{0,40}\b(?:rules|instructions?|guidelines|programming|prompts?|regeln|anweisungen|consignes|instructies"
    r"|regels|instrucciones|reglas|istruzioni|regole|instrukcje|polecenia|zasady|règles)\b"
    r"|\bsystem prompt\b|\byou are now (?:in|a|an|the)\b|\b(?:admin|developer|jailbreak|god) mode\b"
    r"|^[ \t]{0,8}(?:system|assistant|developer(?: message)?)[ \t]{0,4}[:>]|</?(?:system|text|instructions?|prompt)>"
    r"|\"?(?:intents?|confidence|handling)\"?[ \t]{0,4}[:=][ \t]{0,4}[\[\"'\d]|\b(?:drop table|delete from|rm -rf)\b"
    r"|\bas your (?:developer|owner|administrator|creator)\b|\bpretend (?:you are|to be)\b",
    re.IGNORECASE | re.MULTILINE,
)


def orders_the_machine(text: str) -> bool:
    """Whether the text speaks to its reader as a program."""
    return _ORDER.search(text) is not None
