"""Which recognized line a person means who draws around it."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_server.domain.document import Line
from ocr_server.domain.geometry import Polygon

# Of the smaller of the two. Neighbours share less with a line that is drawn generously.
_LEAST_SHARE = 0.5


class PageLines:
    """A page's lines, found by what is drawn around them."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self._hulls = [_hull(line.polygon) for line in lines]
        self._boxes = np.array([line.polygon.bounding_box for line in lines]).reshape(-1, 4)

    def overlapped_most(self, polygon: Polygon) -> int | None:
        """Return which line shares the largest area with the polygon, and at least half of the smaller one of the two.

        None if no line does.
        """
        drawn = _hull(polygon)
        drawn_px2 = cv2.contourArea(drawn)
        boxes_px2 = self._shared_boxes_px2(polygon.bounding_box)
        best, most_px2 = None, 0.0
        for index in np.argsort(-boxes_px2):
            if boxes_px2[index] <= most_px2:
                break  # what two polygons share lies in what their boxes share
            line = self._hulls[index]
            shared_px2, _ = cv2.intersectConvexConvex(line, drawn)
            enough_px2 = _LEAST_SHARE * min(drawn_px2, cv2.contourArea(line))
            if shared_px2 > most_px2 and shared_px2 >= enough_px2:
                best, most_px2 = int(index), shared_px2
        return best

    def _shared_boxes_px2(self, box: tuple[float, float, float, float]) -> NDArray[np.float64]:
        """The area that the box shares with that of each line."""
        left, top, right, bottom = self._boxes.T
        width = np.minimum(right, box[2]) - np.maximum(left, box[0])
        height = np.minimum(bottom, box[3]) - np.maximum(top, box[1])
        shared: NDArray[np.float64] = width.clip(0) * height.clip(0)
        return shared


def area_px2(polygon: Polygon) -> float:
    """Return the area that the polygon encloses, whatever the order of its vertices."""
    return float(cv2.contourArea(_hull(polygon)))


def _hull(polygon: Polygon) -> NDArray[Any]:
    return cv2.convexHull(polygon.as_array().astype(np.float32))
