"""Reads HEIC with libheif. This runs in a process apart: see decode_heic.py."""

import numpy as np
import pillow_heif

from ocr_models.types import Image
from ocr_server.domain.errors import InvalidImage
from ocr_server.pipeline.flatten import in_bands, over_white

pillow_heif.options.DECODE_THREADS = 1  # the server's own pool decides how much runs at a time


def picture_size(content: bytes) -> tuple[int, int]:
    """Return width and height of the primary picture. Raises InvalidImage."""
    width_px, height_px = _open(content).size
    return width_px, height_px


def picture_pixels(content: bytes) -> Image:
    """Decode the primary picture, turned upright and its ten bits to eight. Raises InvalidImage."""
    try:
        pixels = np.asarray(_open(content), dtype=np.uint8)
    except Exception as error:
        raise InvalidImage(_DAMAGED) from error
    if pixels.ndim == 3 and pixels.shape[2] == 3:
        return np.ascontiguousarray(pixels)
    return in_bands(pixels.shape, lambda rows: over_white(pixels[rows]))


def _open(content: bytes) -> pillow_heif.HeifFile:
    try:
        return pillow_heif.open_heif(content)
    except Exception as error:  # the binding raises what its parser stumbles on
        raise InvalidImage(_DAMAGED) from error


_DAMAGED = "The HEIC is truncated or damaged. Send the whole file, or save it anew."
