"""From a CTC recognizer's class probabilities, column by column, to characters and where they are.

Best-path decoding: Graves et al. 2006, "Connectionist Temporal Classification", section 3.2. PP-OCR's layout:
class 0 is the blank, then the dictionary, the last class is the space.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class BestPath:
    """The n characters on the best path, without the spaces.

    confidences: float32 ``(n,)``, the highest probability of each character, 0 to 1.
    centers: float32 ``(n,)``, where each character is, in columns, strictly ascending.
    space_probabilities: float32 ``(n - 1,)``, the highest probability of a space from one character to the next,
        which tells of a space even where it never was the most probable class.
    """

    text: str
    confidences: NDArray[np.float32]
    centers: NDArray[np.float32]
    space_probabilities: NDArray[np.float32]


class CtcDecoder:
    """Decodes with one dictionary."""

    def __init__(self, dictionary: Sequence[str]) -> None:
        """``dictionary`` holds the characters in the order of their classes, without blank and space.

        Full-width forms of Latin characters, common in dictionaries made for Chinese, are read as the Latin ones.
        """
        folded = ["", *(_fold_width(character) for character in dictionary), " "]
        self._characters, self._ids = np.unique(np.array(folded), return_inverse=True)
        self._blank_id, self._space_id = self._ids[0], self._ids[-1]
        self._space_classes = np.flatnonzero(self._ids == self._space_id)

    def decode(self, probabilities: NDArray[np.float32]) -> BestPath:
        """Decode the probabilities ``(columns, classes)`` of one line."""
        best_class = probabilities.argmax(axis=1)
        ids = self._ids[best_class]
        starts = np.flatnonzero(np.diff(ids, prepend=-1))
        ends = np.append(starts[1:], len(ids))
        is_character = (ids[starts] != self._blank_id) & (ids[starts] != self._space_id)
        starts, ends = starts[is_character], ends[is_character]
        best = np.take_along_axis(probabilities, best_class[:, None], axis=1)[:, 0]
        space = probabilities[:, self._space_classes].sum(axis=1)
        return BestPath(
            text="".join(self._characters[ids[starts]]),
            confidences=_maxima(best, starts, ends),
            centers=((starts + ends) / 2).astype(np.float32),
            space_probabilities=_maxima(space, starts[:-1], ends[1:]),
        )


def _fold_width(character: str) -> str:
    return unicodedata.normalize("NFKC", character) if unicodedata.east_asian_width(character) == "F" else character


def _maxima(values: NDArray[np.float32], starts: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.float32]:
    spans = zip(starts.tolist(), ends.tolist(), strict=True)
    return np.array([values[start:end].max() for start, end in spans], np.float32)
