"""What goes into the models and what comes out: arrays and small frozen records.

Images are ``uint8`` arrays of shape ``(height, width, 3)`` in RGB order. Coordinates are float32 pixels of
the image that was passed in, x to the right, y down, (0, 0) at the outer corner of the top-left pixel.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Quads = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class DetectedLines:
    """Where text lines stand on one image.

    quads: float32 ``(n, 4, 2)``, pixels, clockwise from the text's own top-left as far as geometry can tell
        (a detector does not read, so an upside-down line looks upright to it).
    scores: float32 ``(n,)``, 0 to 1: the detector's mean probability inside the quad.
    """

    quads: Quads
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.quads)

    def upside_down(self) -> "DetectedLines":
        """The same lines as seen by a reader on the other side of the table: each quad begins at its third vertex."""
        return DetectedLines(np.roll(self.quads, 2, axis=1), self.scores)


@dataclass(frozen=True, slots=True, eq=False)
class ReadText:
    """What a recognizer saw on one upright line crop.

    text: as printed, words separated by single spaces, no space at either end.
    confidence: 0 to 1, for the whole line.
    char_confidences: float32 ``(len(text),)``, 0 to 1; a restored space carries its neighbours' minimum.
    char_spans: float32 ``(len(text), 2)``, left and right edge of each character as fractions of the crop's
        width, 0 to 1, ascending. Edges are as exact as the recognizer's columns allow.
    """

    text: str
    confidence: float
    char_confidences: NDArray[np.float32]
    char_spans: NDArray[np.float32]

    @classmethod
    def nothing(cls) -> "ReadText":
        """What is read where there is no text."""
        return cls("", 0.0, np.zeros(0, np.float32), np.zeros((0, 2), np.float32))


@dataclass(frozen=True, slots=True)
class ReadWord:
    """One word of a read line: its text, confidence (0 to 1) and horizontal span as fractions of the crop."""

    text: str
    confidence: float
    start: float
    end: float
