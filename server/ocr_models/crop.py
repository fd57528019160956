"""Cuts one line out of a page, upright, and tells where its pixels came from; first looks at such a crop."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_models.types import Image

_AXIS_ALIGNED_PX = 0.5
_MIN_CROP_SIDE_PX = 3


def crop_line(image: Image, quad: NDArray[np.float32]) -> tuple[Image, NDArray[np.float64]]:
    """Cut the line inside ``quad`` ``(4, 2)`` out of ``image`` so that its text runs rightwards.

    The quad alone tells where the text's top-left is: the first edge of a line that stands on its side runs
    down the page, and it leaves as a wide crop. Nothing is turned because it is tall, as a lone "1" is.

    Returns the crop, at least 1x1 (a view of ``image`` where the quad is axis-aligned and upright), and the
    3x3 matrix that maps homogeneous crop coordinates to image coordinates, both in pixels from the outer
    top-left corner.
    """
    corners = quad.astype(np.float64)
    top_left, bottom_right = corners[0], corners[2]
    straight = np.array([top_left, [bottom_right[0], top_left[1]], bottom_right, [top_left[0], bottom_right[1]]])
    if np.abs(corners - straight).max() <= _AXIS_ALIGNED_PX and (top_left < bottom_right).all():
        return _slice(image, corners)
    return _warp(image, corners)


def may_hold_text(crop: Image) -> bool:
    """False for a crop too small for a glyph, and for one of a single colour."""
    return min(crop.shape[:2]) >= _MIN_CROP_SIDE_PX and bool(np.ptp(crop) > 0)


def as_gray(crop: Image) -> NDArray[np.uint8]:
    """RGB (H, W, 3) to gray (H, W)."""
    return np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)


def _slice(image: Image, corners: NDArray[np.float64]) -> tuple[Image, NDArray[np.float64]]:
    limit = np.array(image.shape[1::-1])
    left, top = np.round(corners.min(axis=0)).astype(int).clip(0, limit - 1)
    right, bottom = np.round(corners.max(axis=0)).astype(int).clip((left + 1, top + 1), limit)
    return image[top:bottom, left:right], np.array([[1.0, 0.0, left], [0.0, 1.0, top], [0.0, 0.0, 1.0]])


def _warp(image: Image, corners: NDArray[np.float64]) -> tuple[Image, NDArray[np.float64]]:
    edges = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)  # top, right, bottom, left
    width = max(1, round(max(edges[0], edges[2])))
    height = max(1, round(max(edges[1], edges[3])))
    crop_corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    to_image = cv2.getPerspectiveTransform(crop_corners, corners.astype(np.float32))
    # OpenCV counts from the middle of the first pixel, we from its outer corner.
    to_middle = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
    crop = cv2.warpPerspective(
        image,
        np.linalg.inv(to_middle) @ to_image @ to_middle,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(crop, dtype=np.uint8), np.asarray(to_image, dtype=np.float64)
