"""Reads size and orientation from the heads of image files, and sets the picture apart from its metadata.

Metadata (EXIF, colour profiles, comments, thumbnails, further pictures) can be made to unpack to gigabytes, and
reading text needs none of it but the orientation. So the decoder gets the picture alone.
"""

import struct
from dataclasses import dataclass

from ocr_server.domain.errors import ImageTooLarge, InvalidImage
from ocr_server.pipeline.tiff_directory import (
    COMPRESSION,
    IMAGE_LENGTH,
    IMAGE_WIDTH,
    STRIP_OFFSETS,
    TILE_LENGTH,
    TILE_OFFSETS,
    TILE_WIDTH,
    Directory,
    exif_orientation,
)

# Encoders write a dozen scans. Each costs a pass over the whole picture, however few bytes it has.
_MAX_JPEG_SCANNED_PX = 1_000_000_000
# Stored in scans, it is held whole while it is unpacked, at twelve bytes a pixel.
_MAX_CMYK_JPEG_PX = 30_000_000
_MAX_PNG_CHUNKS = 65_536
_MAX_TIFF_PIECES = 65_536
_MAX_TIFF_TILE_PX = 1024 * 1024
# None, CCITT, LZW, JPEG, Deflate (two numbers) and PackBits: what scanners and office programs write.
_TIFF_COMPRESSIONS = {1, 2, 3, 4, 5, 7, 8, 32773, 32946}


@dataclass(frozen=True, slots=True)
class Header:
    """What the head of a file says.

    width_px, height_px: as stored, before the orientation is applied.
    orientation: EXIF's, 1 to 8.
    picture: the parts of the file that make up the picture, in their order.
    """

    width_px: int
    height_px: int
    orientation: int
    picture: tuple[memoryview, ...]


def read_jpeg(content: bytes) -> Header:
    """ITU-T T.81, annex B. Raises InvalidImage, or struct.error where the file ends too early."""
    view = memoryview(content)
    picture, exif, size = [view[:2]], b"", None
    position = 2
    while True:
        if content[position : position + 1] != b"\xff":
            raise InvalidImage("The JPEG is truncated or damaged. Send the whole file, or save it anew.")
        marker = struct.unpack_from("B", content, position + 1)[0]
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        if marker == 0xDA:  # the first scan; what follows is coded pixels
            break
        end = position + 2 + struct.unpack_from(">H", content, position + 2)[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height_px, width_px, components = struct.unpack_from(">HHB", content, position + 5)
            size = width_px, height_px
            if components == 4 and width_px * height_px > _MAX_CMYK_JPEG_PX:
                raise ImageTooLarge(f"A CMYK JPEG may have {_MAX_CMYK_JPEG_PX:,} pixels at most. Store it as RGB.")
        if marker == 0xE1 and content[position + 4 : position + 10] == b"Exif\x00\x00":
            exif = content[position + 10 : end]
        # Of the application's segments only Adobe's (APP14) matters: it says how colours are coded.
        if not (0xE0 <= marker <= 0xED or marker in (0xEF, 0xFE)):
            picture.append(view[position:end])
        position = end
    if size is None:
        raise InvalidImage("The JPEG is damaged: it does not say how large it is. Save it anew.")
    scans = content.count(b"\xff\xda", position)
    if scans * size[0] * size[1] > _MAX_JPEG_SCANNED_PX:
        raise ImageTooLarge(f"The JPEG is stored in {scans} scans, too many for its size. Store it as a baseline JPEG.")
    return Header(*size, exif_orientation(exif), (*picture, view[position:]))


def read_png(content: bytes) -> Header:
    """PNG, third edition, section 5; of an animation (APNG) the default image, as the standard has it.

    Raises InvalidImage, or struct.error where the file ends too early.
    """
    view = memoryview(content)
    width_px, height_px = struct.unpack_from(">II", content, 16)
    picture, exif = [view[:8]], b""
    position, kind = 8, b""
    for _ in range(_MAX_PNG_CHUNKS):
        length, kind = struct.unpack_from(">I4s", content, position)
        end = position + 12 + length
        if end > len(content):
            raise InvalidImage("The PNG is truncated. Send the whole file.")
        if kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            picture.append(view[position:end])
        if kind == b"eXIf":
            exif = content[position + 8 : end - 4]
        if kind == b"IEND":
            return Header(width_px, height_px, exif_orientation(exif), tuple(picture))
        position = end
    raise InvalidImage(f"The PNG is damaged: it has more than {_MAX_PNG_CHUNKS:,} chunks. Save it anew.")


def read_webp(content: bytes) -> Header:
    """RFC 9649. Raises InvalidImage, also for an animation; struct.error where the file ends too early."""
    end = 8 + struct.unpack_from("<I", content, 4)[0]
    if end > len(content):
        raise InvalidImage("The WebP is truncated. Send the whole file.")
    size, exif, position = None, b"", 12
    while position + 8 <= end:
        kind, length = struct.unpack_from("<4sI", content, position)
        start, position = position + 8, position + 8 + length + length % 2
        if kind == b"VP8X":
            if struct.unpack_from("B", content, start)[0] & 0x02:
                raise InvalidImage("The WebP is an animation; no frame of it stands for the document. Send a still.")
            low_x, high_x, low_y, high_y = struct.unpack_from("<HBHB", content, start + 4)
            size = 1 + low_x + (high_x << 16), 1 + low_y + (high_y << 16)
        elif kind == b"VP8L":
            bits = struct.unpack_from("<I", content, start + 1)[0]
            size = size or (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
        elif kind == b"VP8 ":
            width_px, height_px = struct.unpack_from("<HH", content, start + 6)
            size = size or (width_px & 0x3FFF, height_px & 0x3FFF)
        elif kind == b"EXIF":
            exif = content[start:position]
    if size is None:
        raise InvalidImage("The WebP is damaged: it holds no picture. Save it anew.")
    return Header(*size, exif_orientation(exif), (memoryview(content)[:end],))


def read_bmp(content: bytes) -> Header:
    """BITMAPINFOHEADER and its kin. Raises struct.error where the file ends too early."""
    header_bytes = struct.unpack_from("<I", content, 14)[0]
    width_px, height_px = struct.unpack_from("<HH" if header_bytes == 12 else "<ii", content, 18)
    return Header(width_px, abs(height_px), 1, (memoryview(content),))  # a negative height: stored top down


def read_tiff_page(content: bytes, directory: Directory) -> Header:
    """Raises InvalidImage for a layout that costs more than its pixels are worth."""
    width_px, height_px = directory.number(IMAGE_WIDTH), directory.number(IMAGE_LENGTH)
    compression = directory.number(COMPRESSION, 1)
    if compression not in _TIFF_COMPRESSIONS:
        raise InvalidImage(f"The TIFF is compressed by method {compression}, which is not read. Use LZW, ZIP or G4.")
    pieces = max(directory.counts.get(STRIP_OFFSETS, 0), directory.counts.get(TILE_OFFSETS, 0))
    if pieces > _MAX_TIFF_PIECES:
        raise InvalidImage(
            f"The TIFF is cut into {pieces:,} strips or tiles; at most {_MAX_TIFF_PIECES:,} are read. "
            "Store it in larger ones."
        )
    tile_px = directory.number(TILE_WIDTH) * directory.number(TILE_LENGTH)
    if tile_px > max(_MAX_TIFF_TILE_PX, width_px * height_px):
        raise InvalidImage("The TIFF is damaged: a tile is larger than the picture. Save it anew.")
    return Header(width_px, height_px, directory.orientation, (memoryview(content),))
