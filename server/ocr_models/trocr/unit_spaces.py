"""The space between a number and its unit, which the decoder leaves out where it is narrow: "6.2 g" becomes "6.2g".

In print both occur, and what the decoder has read more often wins over what little white there is. So the gap decides.
"""

import re

import numpy as np
from numpy.typing import NDArray

from ocr_models.spacing import white_between

# A word that is nothing but a number and letters behind it.
_NUMBER_AND_UNIT = re.compile(r"(?<![^ ])[\d.,]*\d(?=[^\W\d_]{1,4}(?![^ ]))")
# By how much more white than usual on this line, and how far apart, in pitches: in fixed-pitch print a narrow "1" has
# much white beside it, but stands no further apart.
_WIDER, _FURTHER = 0.25, 1.15


def missing_spaces(text: str, centers_px: NDArray[np.float32], ink: NDArray[np.bool_]) -> list[int]:
    """Where a space belongs into ``text``: before these characters, ascending.

    centers_px: ``(len(text),)``. ink: bool ``(width,)``, the line's columns that hold ink.
    """
    joints = [match.end() for match in _NUMBER_AND_UNIT.finditer(text)]
    if not joints:
        return []
    printed = np.array([index for index, character in enumerate(text) if character != " "])
    steps, in_word = np.diff(centers_px[printed]), np.diff(printed) == 1
    ends = white_between(ink, centers_px[printed])
    white = ends[:, 1] - ends[:, 0]
    gaps = np.searchsorted(printed, joints) - 1
    places = np.arange(len(steps))
    found = []
    for joint, gap in zip(joints, gaps.tolist(), strict=True):
        usual = in_word & (places != gap)
        pitch = np.median(steps[usual]) if usual.any() else np.inf
        if steps[gap] >= _FURTHER * pitch and white[gap] >= np.median(white[usual]) + _WIDER * pitch:
            found.append(joint)
    return found
