"""A long line is cut at spaces, not squeezed into one look of the encoder."""

import numpy as np
from numpy.typing import NDArray

from ocr_models.spacing import ink_columns

Gray = NDArray[np.uint8]

# Half of the encoder's window, about 45 characters. Measured on long lines in unseen typefaces: 2.9% of characters are
# wrong when cut at 500 px, 3.7% at 1000, 3.8% squeezed into the window; receipt lines side by side: 1.4%, 3.6%, 3.6%.
# Below 500 px single lines of receipts begin to suffer.
MAX_PIECE_PX = 500


def split_long(line: Gray, max_piece_px: int = MAX_PIECE_PX) -> list[tuple[int, int]]:
    """Cut a line (32, W) into pieces; return where each begins and ends, in pixels, ascending and without gaps.

    A piece too wide is halved, again and again, in the middle of the widest white in its middle third: that is a
    space, or the gap between two columns. Where there is no white at all it is cut in the middle.
    """
    pieces = [(0, line.shape[1])]
    if line.shape[1] <= max_piece_px:
        return pieces
    ink = ink_columns(line)
    while too_wide := next((piece for piece in pieces if piece[1] - piece[0] > max_piece_px), None):
        start, end = too_wide
        third = (end - start) // 3
        cut = start + third + _widest_white(ink[start + third : end - third])
        place = pieces.index(too_wide)
        pieces[place : place + 1] = [(start, cut), (cut, end)]
    return pieces


def _widest_white(ink: NDArray[np.bool_]) -> int:
    """The middle of the longest stretch without ink; of the whole, if there is none."""
    ends = np.flatnonzero(np.diff(ink, prepend=True, append=True)).reshape(-1, 2)
    if not len(ends):
        return len(ink) // 2
    start, end = ends[np.diff(ends, axis=1)[:, 0].argmax()]
    return int(start + end) // 2
