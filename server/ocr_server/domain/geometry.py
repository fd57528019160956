"""Points, polygons and the projective maps between the pixels we worked on and the original image."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Point(NamedTuple):
    """Pixels; x to the right, y down; (0, 0) is the outer corner of the top-left pixel."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """A quadrilateral in pixels of the original image, clockwise from the text's own top-left.

    For a line that stands upright that is top-left, top-right, bottom-right, bottom-left; for text printed
    upside down the first vertex lies at the lower right of the picture.
    """

    vertices: tuple[Point, Point, Point, Point]

    @classmethod
    def from_array(cls, quad: ArrayLike) -> Polygon:
        """Take an array ``(4, 2)`` of x, y in the order of the class."""
        a, b, c, d = np.asarray(quad, dtype=float).reshape(4, 2).tolist()
        return cls((Point(*a), Point(*b), Point(*c), Point(*d)))

    @classmethod
    def from_box(cls, left: float, top: float, right: float, bottom: float) -> Polygon:
        """An upright rectangle."""
        return cls((Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)))

    def as_array(self) -> NDArray[np.float64]:
        """Return float64 ``(4, 2)``."""
        return np.array(self.vertices, dtype=np.float64)

    @property
    def bounding_box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in pixels."""
        xs, ys = zip(*self.vertices, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def center(self) -> Point:
        """The mean of the four vertices."""
        xs, ys = zip(*self.vertices, strict=True)
        return Point(sum(xs) / 4, sum(ys) / 4)

    @property
    def width_px(self) -> float:
        """Length along the text: the mean of the top and the bottom edge."""
        a, b, c, d = self.vertices
        return (math.dist(a, b) + math.dist(d, c)) / 2

    @property
    def height_px(self) -> float:
        """Length across the text: the mean of the left and the right edge."""
        a, b, c, d = self.vertices
        return (math.dist(a, d) + math.dist(b, c)) / 2

    @property
    def angle_degrees(self) -> float:
        """Direction the text runs in, clockwise from the x axis, in (-180, 180]."""
        a, b, c, d = self.vertices
        return math.degrees(math.atan2(b.y - a.y + c.y - d.y, b.x - a.x + c.x - d.x))

    def part(self, start: float, end: float) -> Polygon:
        """Cut out the span between two fractions (0 to 1) of the way along the text: a word of a line."""
        return Polygon.from_array(parts_of(self.vertices, [(start, end)])[0])


@dataclass(frozen=True, slots=True, eq=False)
class Homography:
    """A projective map of the plane (3x3, float64), written in the direction its variable's name says."""

    matrix: NDArray[np.float64]

    @classmethod
    def identity(cls) -> Homography:
        """The map that leaves every point where it is."""
        return cls(np.eye(3))

    @classmethod
    def scaling(cls, x: float, y: float) -> Homography:
        """Multiply x and y."""
        return cls(np.diag([x, y, 1.0]))

    @classmethod
    def quarter_turns(cls, degrees_clockwise: int, width_px: int, height_px: int) -> Homography:
        """Turn a whole image by 0, 90, 180 or 270 degrees; the sizes are those before the turn."""
        w, h = float(width_px), float(height_px)
        matrices = {
            0: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
            90: [[0, -1, h], [1, 0, 0], [0, 0, 1]],
            180: [[-1, 0, w], [0, -1, h], [0, 0, 1]],
            270: [[0, 1, 0], [-1, 0, w], [0, 0, 1]],
        }
        return cls(np.array(matrices[degrees_clockwise % 360], dtype=np.float64))

    def then(self, following: Homography) -> Homography:
        """Apply this map first and ``following`` to its result."""
        return Homography(following.matrix @ self.matrix)

    def inverse(self) -> Homography:
        """Return the map that leads back. Raises numpy.linalg.LinAlgError if there is none."""
        return Homography(np.linalg.inv(self.matrix).astype(np.float64))

    def apply(self, points: ArrayLike) -> NDArray[np.float64]:
        """Map float ``(..., 2)`` points; return float64 of the same shape."""
        xy = np.asarray(points, dtype=np.float64)
        mapped = np.concatenate([xy, np.ones((*xy.shape[:-1], 1))], axis=-1) @ self.matrix.T
        result: NDArray[np.float64] = mapped[..., :2] / mapped[..., 2:]
        return result

    def map(self, polygon: Polygon) -> Polygon:
        """Map the four vertices, keeping their order."""
        return Polygon.from_array(self.apply(polygon.as_array()))


def parts_of(quad: ArrayLike, spans: ArrayLike) -> NDArray[np.float64]:
    """Cut parts out of a quadrilateral ``(4, 2)``, words out of a line: float64 ``(n, 4, 2)``.

    spans: ``(n, 2)``, start and end of each part as fractions (0 to 1) of the way along the text.
    """
    a, b, c, d = np.asarray(quad, dtype=np.float64)
    start, end = np.asarray(spans, dtype=np.float64).T[:, :, None]
    return np.stack([a + (b - a) * start, a + (b - a) * end, d + (c - d) * end, d + (c - d) * start], axis=1)


def clockwise_from_top_left(corners: ArrayLike) -> NDArray[np.float64]:
    """Order the corners (4, 2) of a convex shape clockwise, beginning with the one nearest to the top-left."""
    points = np.asarray(corners, dtype=np.float64)
    dx, dy = (points - points.mean(axis=0)).T
    clockwise = points[np.argsort(np.arctan2(dy, dx))]
    return np.roll(clockwise, -int(np.argmin(clockwise.sum(axis=1))), axis=0)
