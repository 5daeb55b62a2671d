"""Only what the writer of a mail wrote now, as plain text.

Which lines those are is the question of `intents.own_words`; here they are put together again.
"""

import re

from intents.own_words import own_lines

_BLANKS = re.compile(r"\n{3,}")


def only_the_writers_words(text: str) -> str:
    """The new text of a mail body: its own lines, with one blank line where something stood between them."""
    kept: list[str] = []
    end = 0
    for line in own_lines(text):
        kept.append("\n" * (text.count("\n", end, line.start)))
        kept.append(text[line.start : line.end].rstrip().replace("\u00a0", " ") + "\n")
        end = line.end
    return _BLANKS.sub("\n\n", "".join(kept)).strip("\n ")
