"""Reads the directories of a TIFF, or of the EXIF block that uses the same layout, trusting no length in them.

A directory of a few kilobytes can claim gigabytes: thousands of entries that all point at the same bytes, or a
chain of directories that never ends. Libraries follow such claims, so they are checked here first.
Layout: TIFF 6.0, section 2; BigTIFF as libtiff defines it.
"""

import struct
from dataclasses import dataclass

from ocr_server.domain.errors import ImageTooLarge, InvalidImage

IMAGE_WIDTH, IMAGE_LENGTH, COMPRESSION, STRIP_OFFSETS = 256, 257, 259, 273
TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS = 322, 323, 324
_ORIENTATION = 274

_BYTES_OF_TYPE = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_INTEGERS = {1: "B", 3: "H", 4: "I", 16: "Q"}


@dataclass(frozen=True, slots=True)
class Directory:
    """One picture's entries. numbers: tag to its value, for whole-numbered tags with one value; counts: tag to
    how many values it has.
    """

    numbers: dict[int, int]
    counts: dict[int, int]

    def number(self, tag: int, default: int = 0) -> int:
        """Return the tag's one value, or the default."""
        return self.numbers.get(tag, default)

    @property
    def orientation(self) -> int:
        """How to set the picture upright, 1 (as it is) to 8; 1 where it does not say, or says nonsense."""
        orientation = self.number(_ORIENTATION, 1)
        return orientation if 1 <= orientation <= 8 else 1


def read_directories(content: bytes, *, at_most: int) -> list[Directory]:
    """Walk the chain of directories from the file's head.

    Raises ImageTooLarge beyond ``at_most`` of them; InvalidImage for a loop, for entries that claim more bytes
    than the file has, and (as struct.error) where the file ends too early.
    """
    order = "<" if content[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", content, 2)[0] == 43
    offset = struct.unpack_from(order + ("Q" if big else "I"), content, 8 if big else 4)[0]
    directories: list[Directory] = []
    seen: set[int] = set()
    while offset:
        if len(directories) == at_most:
            raise ImageTooLarge(f"The TIFF has more than {at_most} pages. Send it in parts.")
        if offset in seen:
            raise InvalidImage("The TIFF is damaged: its pages form a loop. Save it anew.")
        if offset >= len(content):
            raise InvalidImage("The TIFF is truncated. Send the whole file.")
        seen.add(offset)
        directory, offset = _read_directory(content, offset, order, big)
        directories.append(directory)
    return directories


def exif_orientation(exif: bytes) -> int:
    """Return the orientation, 1 to 8, that an EXIF block asks for; 1 if it does not say or is damaged."""
    try:
        first = read_directories(exif.removeprefix(b"Exif\x00\x00"), at_most=8)[:1]
    except (InvalidImage, struct.error):
        return 1
    return first[0].orientation if first else 1


def _read_directory(content: bytes, offset: int, order: str, big: bool) -> tuple[Directory, int]:
    count_format, entry_format, inline_bytes = ("Q", "HHQ8s", 8) if big else ("H", "HHI4s", 4)
    entry = struct.Struct(order + entry_format)
    count = struct.unpack_from(order + count_format, content, offset)[0]
    start = offset + struct.calcsize(count_format)
    end = start + count * entry.size
    if end > len(content):
        raise InvalidImage("The TIFF is truncated. Send the whole file.")
    next_offset = struct.unpack_from(order + ("Q" if big else "I"), content, end)[0]

    numbers: dict[int, int] = {}
    counts: dict[int, int] = {}
    claimed_bytes = 0
    for tag, kind, values, inline in entry.iter_unpack(memoryview(content)[start:end]):
        size = values * _BYTES_OF_TYPE.get(kind, 0)
        claimed_bytes += size if size > inline_bytes else 0
        counts[tag] = values
        if values == 1 and kind in _INTEGERS:
            numbers[tag] = struct.unpack_from(order + _INTEGERS[kind], inline)[0]
    if claimed_bytes > len(content):
        raise InvalidImage("The TIFF is damaged: its entries claim more bytes than the file has. Save it anew.")
    return Directory(numbers, counts), next_offset
