"""A crop of one text line becomes the encoder's input: the same at training and at serving.

Height 32, width times .75 (about three 4 px columns a character), contrast stretched, white to the right.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

HEIGHT_PX = 32
COLUMN_PX = 4
MAX_WIDTH_PX = 1024
WIDTH_FACTOR = 0.75
# Less white than this after the text and a decoder has been seen to run away ("RM RM RM").
MIN_PADDING_PX = 24
MIN_WIDTH_PX = 64

Gray = NDArray[np.uint8]


def natural_width_px(height_px: int, width_px: int, factor: float = WIDTH_FACTOR) -> int:
    """The width of a crop of the given size once it is ``HEIGHT_PX`` high, however wide that is."""
    return max(6, round(width_px * HEIGHT_PX / height_px * factor))


def target_width_px(height_px: int, width_px: int, factor: float = WIDTH_FACTOR) -> int:
    """The same, squeezed into what one look of the encoder can take."""
    return min(natural_width_px(height_px, width_px, factor), MAX_WIDTH_PX - MIN_PADDING_PX)


def to_line(crop: Gray, width_px: int | None = None) -> Gray:
    """Resize a gray crop (H, W) to (32, `width_px`) and stretch its contrast."""
    width_px = width_px or target_width_px(*crop.shape)
    shrinks = crop.shape[0] > HEIGHT_PX or crop.shape[1] > width_px
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(crop, (width_px, HEIGHT_PX), interpolation=interpolation)
    return stretch(np.asarray(resized, np.uint8))


def stretch(gray: Gray) -> Gray:
    """Percentiles 1 and 95 become 0 and 255; dark text stays dark, light text stays light."""
    low_rank, high_rank = gray.size // 100, gray.size - 1 - gray.size // 20
    ordered = np.partition(gray.reshape(-1), (low_rank, high_rank))
    low, high = float(ordered[low_rank]), float(ordered[high_rank])
    if high - low < 24:
        low, high = (high + low) / 2 - 12, (high + low) / 2 + 12
    stretched = np.clip((gray.astype(np.float32) - low) * (255 / (high - low)), 0, 255)
    return np.asarray(stretched, np.uint8)


def padded_width_px(widest_px: int) -> int:
    """The width of a batch whose widest line is `widest_px`: white added, whole columns."""
    width = max(MIN_WIDTH_PX, widest_px + MIN_PADDING_PX)
    return min(MAX_WIDTH_PX, -(-width // COLUMN_PX) * COLUMN_PX)
