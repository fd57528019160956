"""From where characters are centered to where each one begins and ends, by the white between them.

All lengths are pixels of the crop scaled to the recognizer's height.
"""

from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

_LONE_REACH_PX = 24.0  # to each side of a character that stands alone


def character_spans(
    ink: NDArray[np.bool_], centers_px: NDArray[np.float32], white_px: NDArray[np.float32], is_space: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Left and right edge of each character and of each space between them: ``(n + spaces, 2)``, ascending.

    ink: bool ``(width,)``. centers_px: ``(n,)``, n at least 1, of the characters that are no spaces, ascending.
    white_px: ``(n - 1, 2)``, the white stretch in each gap, and is_space ``(n - 1,)``, whether it is a space: then it
    takes the white; other neighbours share theirs half and half.
    """
    edges = np.where(is_space[:, None], white_px, white_px.mean(axis=1, keepdims=True))
    at = np.arange(len(centers_px))  # where each character stands among characters and spaces
    at[1:] += np.cumsum(is_space)
    spans = np.empty((at[-1] + 1, 2))
    spans[at[1:], 0], spans[at[:-1], 1] = edges[:, 1], edges[:, 0]
    spans[0, 0], spans[-1, 1] = _extent(ink, centers_px)
    spans[at[:-1][is_space] + 1] = white_px[is_space]
    return spans


def _extent(ink: NDArray[np.bool_], centers_px: NDArray[np.float32]) -> tuple[float, float]:
    """The outer ink of the first and last character, not looked for further than a wide glyph's half."""
    centers = centers_px.tolist()
    first, last = centers[0], centers[-1]
    steps = [after - before for before, after in pairwise(centers)]
    reach = median(steps) * 1.5 if steps else _LONE_REACH_PX
    inked = np.flatnonzero(ink)
    leftmost, middle, rest, end = np.searchsorted(inked, (first - reach, first, last, last + reach)).tolist()
    left = float(inked[leftmost]) if leftmost < middle else max(first - reach / 3, 0.0)
    right = float(inked[end - 1]) + 1 if rest < end else min(last + reach / 3, float(len(ink)))
    return left, right
