"""A decoder that runs away ("RM RM RM") or leaves out half of the line is not believed: the dense head is, instead.

The dense head looks at each column alone: it misreads more than the decoder, but it cannot invent, and it cannot skip.
How many characters it sees bounds how many the decoder may write.
"""

from collections.abc import Sequence

from ocr_models.trocr.columns import ColumnReading
from ocr_models.trocr.writing import Writing

# The dense head merges neighbours that touch, and sees a glyph in a speck: the decoder may write this much more than
# it sees, and this much less. Lines of receipts side by side show what is at stake: 19% of the characters are wrong
# without the lower bound, 4% with it; single lines of print never come near.
_MORE, _SURPLUS = 1.3, 6
_LESS, _DEFICIT = 0.8, 2
# A tail that repeats one piece this often, at this length at least, was not printed: a network without dense head
# falls into it at the end of a text that it cannot end.
_REPETITIONS = 4
_LONGEST_PIECE = 16


def token_limit(seen: ColumnReading | None, max_tokens: int) -> int:
    """How many tokens a line may have, its end included."""
    return max_tokens if seen is None else min(max_tokens, int(_MORE * len(seen)) + _SURPLUS)


def is_believed(writing: Writing, seen: ColumnReading) -> bool:
    """Whether the decoder's text is taken: it came to an end by itself, within bounds, and not far too early."""
    return writing.ended and len(writing.tokens) >= _LESS * len(seen) - _DEFICIT


def without_loop(tokens: Sequence[int]) -> int:
    """How many of ``tokens`` stand before a tail that repeats itself, the repeated piece once among them."""
    for length in range(1, _LONGEST_PIECE + 1):
        # From here to the end, every token is the one `length` places before it.
        start = len(tokens)
        while start > length and tokens[start - 1] == tokens[start - 1 - length]:
            start -= 1
        repetitions = (len(tokens) - start) // length + 1
        if repetitions >= _REPETITIONS:
            return len(tokens) - (repetitions - 1) * length
    return len(tokens)
