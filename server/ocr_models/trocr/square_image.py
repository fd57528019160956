"""A crop squeezed into the fixed size that official TrOCR networks read, as Pillow and so transformers resize.

Pillow's filters are antialiased: a triangle (or a cubic) whose support grows with the reduction. OpenCV's are not,
and its results read worse. Both axes are separable, so that a resize is two products with small dense matrices.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ocr_models.types import Image

_SUPPORT = {"bilinear": 1.0, "bicubic": 2.0}


def to_square(crop: Image, height_px: int, width_px: int, interpolation: str) -> Image:
    """Resize an RGB crop (H, W, 3) to (``height_px``, ``width_px``, 3); the aspect is not kept.

    interpolation: "bilinear" or "bicubic", antialiased. Rows are shrunk first and rounded to uint8 in between, as
    Pillow does it for lines; single values may differ by one from its fixed-point arithmetic.
    """
    height, width = crop.shape[:2]
    across, down = _weights(width, width_px, interpolation), _weights(height, height_px, interpolation)
    return _down(down, _across(across, crop))


def _across(weights: NDArray[np.float32], image: Image) -> Image:
    return _rounded(np.matmul(weights, image.astype(np.float32)))


def _down(weights: NDArray[np.float32], image: Image) -> Image:
    height, width, channels = image.shape
    rows = image.reshape(height, width * channels).astype(np.float32)
    return _rounded(weights @ rows).reshape(-1, width, channels)


def _rounded(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.clip(np.floor(values + 0.5), 0, 255), np.uint8)


@lru_cache(maxsize=256)
def _weights(size: int, target: int, interpolation: str) -> NDArray[np.float32]:
    """How much each of ``size`` values gives to each of ``target``: (target, size), rows sum to one."""
    scale = size / target
    stretch = max(scale, 1.0)
    support = _SUPPORT[interpolation] * stretch
    weights = np.zeros((target, size))
    for place in range(target):
        center = (place + 0.5) * scale
        first, last = max(0, int(center - support + 0.5)), min(size, int(center + support + 0.5))
        distances = np.abs((np.arange(first, last) - center + 0.5) / stretch)
        values = _triangle(distances) if interpolation == "bilinear" else _cubic(distances)
        weights[place, first:last] = values / math.fsum(values)
    return weights.astype(np.float32)


def _triangle(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(1 - distances, 0)


def _cubic(distances: NDArray[np.float64], a: float = -0.5) -> NDArray[np.float64]:
    """Keys 1981, "Cubic convolution interpolation for digital image processing", with a = -1/2."""
    near = ((a + 2) * distances - (a + 3)) * distances**2 + 1
    far = a * (((distances - 5) * distances + 8) * distances - 4)
    return np.where(distances < 1, near, np.where(distances < 2, far, 0.0))
