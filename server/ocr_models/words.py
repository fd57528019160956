"""Cut a read line into words, each with its place on the line."""

import re

from ocr_models.types import ReadText, ReadWord


def split_words(read: ReadText) -> tuple[ReadWord, ...]:
    """Return the words of ``read.text`` in order; joined with single spaces they are the text again.

    A word reaches from the left edge of its first character to the right edge of its last one. Its confidence
    is that of its least sure character.
    """
    return tuple(
        ReadWord(
            text=match.group(),
            confidence=float(read.char_confidences[match.start() : match.end()].min()),
            start=float(read.char_spans[match.start(), 0]),
            end=float(read.char_spans[match.end() - 1, 1]),
        )
        for match in re.finditer(r"[^ ]+", read.text)
    )
