"""Makes RGB of pixels of any kind, as if they lay on white paper."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ocr_models.types import Image

# Pixels are converted this many at a time, so that a large picture is not held twice.
_BAND_PX = 1 << 20


def in_bands(shape: tuple[int, ...], convert: Callable[[slice], Image]) -> Image:
    """Fill a picture of this height and width a band of rows at a time; gray (rows, width, 1) becomes RGB."""
    height_px, width_px = shape[:2]
    rgb = np.empty((height_px, width_px, 3), dtype=np.uint8)
    step = max(1, _BAND_PX // width_px)
    for top in range(0, height_px, step):
        rows = slice(top, min(top + step, height_px))
        rgb[rows] = convert(rows)
    return rgb


def over_white(pixels: NDArray[np.uint8]) -> Image:
    """Lay gray (h, w), RGB or RGBA pixels over white; gray becomes (h, w, 1)."""
    if pixels.ndim == 2:
        return pixels[..., None]
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:].astype(np.uint16)
    blended = (pixels[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return blended.astype(np.uint8)
