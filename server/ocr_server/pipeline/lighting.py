"""Mends bad light on a page: deep shadows, and ink that hardly differs from its paper."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_models.crop import as_gray
from ocr_models.types import Image
from ocr_server.pipeline.shrink import shrink

# The paper is looked at in this size, where a stroke of writing is narrower than the kernel that closes it.
_LOOK_SIDE_PX = 256
_STROKE_PX = 13
# Readers cope with less: on receipts, mending milder shadows and better contrast than these cost a few words.
_DEEP_SHADOW = 4.0
_POOR_CONTRAST = 0.1
_MAX_GAIN = 5.0
_SAMPLE_STEP = 3  # a ninth of the pixels tells the levels as well
_PAPER, _INK = 235.0, 10.0


def lift_shadows(image: Image) -> Image | None:
    """Return the page as if its light fell evenly; None if no shadow on it is deep enough to hurt reading.

    Each pixel is divided by the brightness of the paper around it, so ink keeps its hue and its contrast.
    """
    paper = _paper_brightness(image)
    dark, bright = np.percentile(paper, (5, 95))
    if bright <= _DEEP_SHADOW * dark:
        return None
    # In bytes, because in floats the gains of a large page would take twelve times its pixels.
    steps = 255 / _MAX_GAIN
    gains = ((_PAPER / np.maximum(paper, 1)).clip(1, _MAX_GAIN) * steps).astype(np.uint8)
    gain = cv2.resize(gains, image.shape[1::-1])
    return np.asarray(cv2.multiply(image, cv2.merge([gain] * 3), scale=1 / steps), dtype=np.uint8)


def stretch_contrast(image: Image) -> Image | None:
    """Return the page with its ink near black and its paper near white; None if it has contrast enough, or none."""
    sample = np.ascontiguousarray(image[::_SAMPLE_STEP, ::_SAMPLE_STEP])
    ink, paper = np.percentile(cv2.cvtColor(sample, cv2.COLOR_RGB2GRAY), (1, 90))
    if not 0 < paper - ink < 255 * _POOR_CONTRAST:
        return None
    levels = (np.arange(256) - ink) * (_PAPER - _INK) / (paper - ink) + _INK
    return np.asarray(cv2.LUT(image, levels.round().clip(0, 255).astype(np.uint8)), dtype=np.uint8)


def _paper_brightness(image: Image) -> NDArray[np.float32]:
    """Brightness 0 to 255 of the ground that the writing stands on, on a smaller picture."""
    gray = shrink(as_gray(image), _LOOK_SIDE_PX)
    ground = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, np.ones((_STROKE_PX, _STROKE_PX), np.uint8))
    return cv2.GaussianBlur(cv2.medianBlur(ground, 9), (9, 9), 0).astype(np.float32)
