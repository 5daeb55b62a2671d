"""Reads what a person wants of their personal data, in their own words.

`load_classifier()` gives the reader, `load_catalogue()` the intents that it knows.
"""

from intents.catalogue import Catalogue, Handling, Intent, load_catalogue
from intents.reader import Reader, load_classifier
from intents.reading import Classifier, Doubt, FoundIntent, Reading

__all__ = [
    "Catalogue",
    "Classifier",
    "Doubt",
    "FoundIntent",
    "Handling",
    "Intent",
    "Reader",
    "Reading",
    "load_catalogue",
    "load_classifier",
]
