"""What the encoder's dense head reads: a character for each column, collapsed as CTC does.

Best path: Graves et al. 2006, "Connectionist Temporal Classification", section 3.2.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ColumnReading:
    """The n tokens seen along a line: ids ``(n,)``, highest probability and place of each, in columns from the left.

    A token's center is the middle of the columns that show it.
    """

    tokens: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    centers: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.tokens)


def read_columns(tokens: NDArray[np.int32], probabilities: NDArray[np.float32], blank: int) -> ColumnReading:
    """Collapse the best token of each column, ``(T,)``, and its probability."""
    starts = np.flatnonzero(np.diff(tokens, prepend=-1))
    ends = np.append(starts[1:], len(tokens))
    highest = np.maximum.reduceat(probabilities, starts) if len(tokens) else probabilities
    seen = tokens[starts] != blank
    centers = ((starts + ends) / 2).astype(np.float32)
    return ColumnReading(tokens[starts][seen].astype(np.int64), highest[seen], centers[seen])
