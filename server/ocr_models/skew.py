"""Which way the text of a page runs: rightwards or downwards, and how far off the axis."""

import numpy as np
from numpy.typing import NDArray

from ocr_models.types import DetectedLines, Quads

Floats = NDArray[np.float64]

# A quad this much longer than it is high shows its text's direction. One or two characters do not.
_ELONGATED = 2.0


def skew_degrees(lines: DetectedLines) -> float:
    """Angle from the nearest axis to the text, -45 to 45 degrees: positive where text runs downhill.

    Positive is a clockwise tilt: turning the page counter-clockwise by it makes the text straight. It is the
    median over the lines, weighted by their lengths, so a few lines at odd angles change nothing; 0.0 if no
    line is long enough to tell.
    """
    along, _ = _elongated(lines.quads)
    return _median_angle(along, 90.0)


def direction_degrees(lines: DetectedLines) -> float:
    """Angle from the x axis to the way the text reads, clockwise, -180 to 180: the median as in skew_degrees.

    Every quad begins at its text's own top-left; 0.0 if there are none.
    """
    along, _ = _measure(lines.quads)
    return _median_angle(along, 360.0)


def runs_downwards(lines: DetectedLines) -> bool:
    """Whether the page lies on its side: most text, by length, runs down it. False if no line can tell."""
    along, length_px = _elongated(lines.quads)
    downwards = np.abs(along[:, 1]) > np.abs(along[:, 0])
    return bool(length_px[downwards].sum() > length_px[~downwards].sum())


def is_elongated(quads: Quads) -> NDArray[np.bool_]:
    """Which quads ``(n, 4, 2)`` are so much longer than high that they show their text's direction."""
    along, height_px = _measure(quads)
    return np.hypot(along[:, 0], along[:, 1]) >= _ELONGATED * height_px


def _elongated(quads: Quads) -> tuple[Floats, Floats]:
    """The vector along the text, in pixels, of each quad that shows one, and its length."""
    along, _ = _measure(quads[is_elongated(quads)])
    return along, np.hypot(along[:, 0], along[:, 1])


def _measure(quads: Quads) -> tuple[Floats, Floats]:
    """Each quad's vector along its text and its height, in pixels. Clipped quads have unequal edges: average."""
    corners = quads.astype(np.float64)
    along = (corners[:, 1] - corners[:, 0] + corners[:, 2] - corners[:, 3]) / 2
    across = (corners[:, 3] - corners[:, 0] + corners[:, 2] - corners[:, 1]) / 2
    return along, np.hypot(across[:, 0], across[:, 1])


def _median_angle(vectors: Floats, period_degrees: float) -> float:
    """Median of the vectors' angles, weighted by their lengths, where angles a period apart are the same.

    Angles are folded around their mean on the circle, so that those on both sides of its seam stay neighbours.
    """
    if not len(vectors):
        return 0.0
    angles = np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0]))
    lengths = np.hypot(vectors[:, 0], vectors[:, 1])
    turns = 2j * np.pi / period_degrees
    middle = np.angle(np.sum(lengths * np.exp(turns * angles))) * period_degrees / (2 * np.pi)
    offsets = _fold(angles - middle, period_degrees)
    order = np.argsort(offsets)
    cumulative = np.cumsum(lengths[order])
    median = offsets[order][np.searchsorted(cumulative, cumulative[-1] / 2)]
    return float(_fold(middle + median, period_degrees))


def _fold(degrees: Floats, period_degrees: float) -> Floats:
    return (degrees + period_degrees / 2) % period_degrees - period_degrees / 2
