"""Reads HEIC pictures. Their tiles may be far larger than what shows of them: ten kilobytes can ask for minutes."""

from ocr_models.types import Image
from ocr_server.pipeline import heic_picture
from ocr_server.pipeline.decode_apart import decode_apart
from ocr_server.pipeline.page_size import check_size
from ocr_server.settings import Limits

_MAX_OPENING_CPU_S = 1.0
# An honest picture takes a third of this, so a dishonest one costs little more than honest ones of its size.
_MAX_CPU_S, _MAX_CPU_S_PER_MEGAPIXEL = 0.3, 0.12


def heic_size(content: bytes) -> tuple[int, int]:
    """Return width and height in pixels. Raises InvalidImage."""
    return decode_apart("Opening the HEIC", _MAX_OPENING_CPU_S, heic_picture.picture_size, content)


def decode_heic(content: bytes, promised_px: int, limits: Limits) -> Image:
    """Return the primary picture, uint8 (height, width, 3) RGB, turned upright.

    promised_px: how many pixels its head says it has. Raises InvalidImage, or ImageTooLarge if decoding it takes
    far longer than so many should.
    """
    max_cpu_s = _MAX_CPU_S + _MAX_CPU_S_PER_MEGAPIXEL * promised_px / 1e6
    pixels = decode_apart("Decoding the HEIC", max_cpu_s, heic_picture.picture_pixels, content)
    check_size(pixels.shape[1], pixels.shape[0], limits)
    return pixels
