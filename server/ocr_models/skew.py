"""Which way the text of a page runs: rightwards or downwards, and how far off the axis."""

import numpy as np
from numpy.typing import NDArray

from ocr_models.types import DetectedLines, Quads

# A quad this much longer than it is high shows its text's direction. One or two characters do not.
_ELONGATED = 2.5


def skew_degrees(lines: DetectedLines) -> float:
    """Angle between the text and the nearest axis, within -45 and 45 degrees; positive where text runs downhill.

    A positive skew is a clockwise tilt: turning the page counter-clockwise by it makes the text straight. This is the
    median over the lines, weighted by their lengths, so some lines at odd angles change nothing. 0.0 without a line
    long enough to tell.
    """
    along, length_px = _elongated(lines.quads)
    if not len(along):
        return 0.0
    angles = np.degrees(np.arctan2(along[:, 1], along[:, 0]))
    # The mean on the circle of quarter turns is where angles may be cut open: lines on both sides of 45 degrees stay
    # neighbours.
    middle = np.degrees(np.angle(np.sum(length_px * np.exp(4j * np.radians(angles))))) / 4
    offsets = _fold(angles - middle)
    order = np.argsort(offsets)
    cumulative = np.cumsum(length_px[order])
    median = offsets[order][np.searchsorted(cumulative, cumulative[-1] / 2)]
    return float(_fold(middle + median))


def runs_downwards(lines: DetectedLines) -> bool:
    """Whether most text, by length, runs down the page: the page lies on its side. False if no line can tell."""
    along, length_px = _elongated(lines.quads)
    downwards = np.abs(along[:, 1]) > np.abs(along[:, 0])
    return bool(length_px[downwards].sum() > length_px[~downwards].sum())


def is_elongated(quads: Quads) -> NDArray[np.bool_]:
    """Which quads ``(n, 4, 2)`` are so much longer than high that they show the direction of their text: ``(n,)``."""
    along, height_px = _measure(quads)
    return np.hypot(along[:, 0], along[:, 1]) >= _ELONGATED * height_px


def _elongated(quads: Quads) -> tuple[Quads, NDArray[np.float32]]:
    """The vector along the text, in pixels, of each quad that shows one, and its length."""
    along, _ = _measure(quads[is_elongated(quads)])
    return along, np.hypot(along[:, 0], along[:, 1])


def _measure(quads: Quads) -> tuple[Quads, NDArray[np.float32]]:
    """Each quad's vector along its text and its height, both in pixels; a clipped quad's opposite edges may differ."""
    along = (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]) / 2
    across = (quads[:, 3] - quads[:, 0] + quads[:, 2] - quads[:, 1]) / 2
    return along, np.hypot(across[:, 0], across[:, 1])


def _fold(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    return (degrees + 45) % 90 - 45
