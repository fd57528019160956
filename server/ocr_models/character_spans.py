"""From where characters are centered to where each one begins and ends, by the white between them.

All lengths are pixels of the crop scaled to the recognizer's height.
"""

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
    gaps = np.flatnonzero(is_space)
    edges = np.where(is_space[:, None], white_px, white_px.mean(axis=1, keepdims=True))
    first, last = _extent(ink, centers_px)
    spans = np.stack([np.append(first, edges[:, 1]), np.append(edges[:, 0], last)], axis=1)
    return np.insert(spans, gaps + 1, white_px[gaps], axis=0)


def _extent(ink: NDArray[np.bool_], centers_px: NDArray[np.float32]) -> tuple[float, float]:
    """The outer ink of the first and last character, not looked for further than a wide glyph's half."""
    reach = float(np.median(np.diff(centers_px))) * 1.5 if len(centers_px) > 1 else _LONE_REACH_PX
    first, last = float(centers_px[0]), float(centers_px[-1])
    inked = np.flatnonzero(ink)
    before = inked[(inked >= first - reach) & (inked < first)]
    after = inked[(inked >= last) & (inked < last + reach)]
    left = float(before[0]) if len(before) else max(first - reach / 3, 0.0)
    right = float(after[-1]) + 1 if len(after) else min(last + reach / 3, float(len(ink)))
    return left, right
