"""Pictures of labels whose number stands in them as black and white blocks, which the stubbed models can read."""

import struct
import zlib
from enum import Enum
from io import BytesIO

import numpy as np
from PIL import Image as PilImage

from ocr_models.types import Image, Quads

# Each bit is two blocks, itself and its opposite: so no picture looks like a sheet of paper with an outline.
_BLOCK_PX, _HEIGHT_PX = 10, 24
_MARGIN_PX = 40
_BITS = 20
_POISON = 1 << (_BITS - 1)
_LENGTH_BYTES, _CHECKSUM_BYTES = 4, 4


class Fate(Enum):
    """What becomes of a label: it is read, it cannot be decoded, or it kills whoever reads it."""

    READ = "read"
    DAMAGED = "damaged"
    POISON = "poison"


def draw(number: int, fate: Fate) -> bytes:
    """A PNG that passes the door whatever its fate is."""
    value = number | (_POISON if fate is Fate.POISON else 0)
    bits = [value >> bit & 1 for bit in range(_BITS)]
    blocks = np.array([255 * half for bit in bits for half in (bit, 1 - bit)], np.uint8)
    page = np.pad(np.kron(blocks, np.ones((_HEIGHT_PX, _BLOCK_PX), np.uint8)), _MARGIN_PX, constant_values=255)
    file = BytesIO()
    PilImage.fromarray(page).convert("RGB").save(file, "PNG")
    content = file.getvalue()
    return _damaged(content) if fate is Fate.DAMAGED else content


def find(page: Image) -> Quads:
    """Where the blocks are, float32 (1, 4, 2), in pixels of the page, which is one of ``draw`` as a whole."""
    height_px, width_px = page.shape[:2]
    left, top, right, bottom = _MARGIN_PX, _MARGIN_PX, width_px - _MARGIN_PX, height_px - _MARGIN_PX
    return np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float32)


def read(line: Image) -> tuple[int, bool]:
    """The number on a line that ``find`` found, and whether it is poison."""
    middles_px = 2 * _BLOCK_PX * np.arange(_BITS) + _BLOCK_PX // 2
    bits = line[line.shape[0] // 2, middles_px, 0] > 127
    value = sum(1 << bit for bit in range(_BITS) if bits[bit])
    return value & ~_POISON, bool(value & _POISON)


def text_of(number: int) -> str:
    """What is read on the label of this number."""
    return f"label {number:05}"


def _damaged(png: bytes) -> bytes:
    """The same file with other pixels' data, its chunks whole: only who unpacks it finds out."""
    at = png.index(b"IDAT")
    (length,) = struct.unpack_from(">I", png, at - _LENGTH_BYTES)
    begin = at + 4
    junk = b"\x78\x9c" + zlib.crc32(png).to_bytes(4, "big") * length
    chunk = b"IDAT" + junk[:length]
    checksum = zlib.crc32(chunk).to_bytes(_CHECKSUM_BYTES, "big")
    return png[:at] + chunk + checksum + png[begin + length + _CHECKSUM_BYTES :]
