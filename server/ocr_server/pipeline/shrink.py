"""A page in small, for looking at it as a whole: edges of paper, its light, bars."""

import cv2
import numpy as np
from numpy.typing import NDArray


def shrink(image: NDArray[np.uint8], longest_side_px: int) -> NDArray[np.uint8]:
    """Return the image, uint8 (height, width) or (height, width, 3), no larger than this and one pixel at least."""
    height_px, width_px = image.shape[:2]
    scale = min(1.0, longest_side_px / max(height_px, width_px))
    size = max(1, round(width_px * scale)), max(1, round(height_px * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
