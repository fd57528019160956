"""Files that mean harm, or are merely odd: what a server on the open network has to live with.

Built in memory, small on the wire. ``REFUSED`` must end in INVALID_ARGUMENT, ``ODD`` in a result.
"""

import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

from tests.unit.pipeline.image_files import (
    FORMATS,
    animated_webp,
    encode,
    encrypted_pdf,
    page,
    pdf_file,
    png_16_bit,
    png_chunk,
    png_file,
    small_file,
    tiff_entries,
    tiff_file,
)

DAMAGES = ("flip", "overwrite", "insert", "delete", "repeat", "truncate")


def damage(content: bytes, kind: str, position: int, length: int, junk: bytes) -> bytes:
    """Damage a file in one place (``position`` counts round and round); what is left is never empty."""
    at = position % len(content)
    before, after = content[:at], content[at:]
    damaged = {
        "flip": before + bytes([after[0] ^ 1 << length % 8]) + after[1:],
        "overwrite": before + junk + after[len(junk) :],
        "insert": before + junk + after,
        "delete": before + after[length:],
        "repeat": before + after[:length] + after,
        "truncate": before,
    }[kind]
    return damaged or b"\0"


def nested_forms(width: int, depth: int) -> bytes:
    """A PDF of two kilobytes that draws ``width ** depth`` rectangles."""
    objects = []
    for level in range(depth):
        is_last = level == depth - 1
        content = "0 0 10 10 re f" if is_last else "/X Do " * width
        resources = "" if is_last else f"/Resources << /XObject << /X {11 + level} 0 R >> >>"
        entries = f"/Type /XObject /Subtype /Form /BBox [0 0 300 200] {resources} /Length {len(content)}"
        objects.append(f"<< {entries} >>\nstream\n{content}\nendstream")
    return pdf_file(1, "/I1 Do", objects=objects)


def deflated(data: bytes, entries: str) -> str:
    packed = zlib.compress(data).decode("latin-1")
    return f"<< {entries} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n{packed}\nendstream"


def truncated(image_format: str) -> bytes:
    content = small_file(image_format)
    return content[: len(content) * 2 // 3]


def zeros_tiff(width_px: int, height_px: int) -> bytes:
    """A TIFF whose one strip unpacks to all the zeros its size asks for."""
    strip = zlib.compress(bytes(width_px * height_px))
    return tiff_file(tiff_entries(width_px, height_px, len(strip)), data=strip)


def repeated_scans(repeats: int) -> bytes:
    """A progressive JPEG that goes over its 2000 x 2000 pixels again and again."""
    content = encode(page(2000, 2000), "JPEG", progressive=True)
    return content[:-2] + content[content.rfind(b"\xff\xda") : -2] * repeats + content[-2:]


def overlapping_strips() -> bytes:
    """A TIFF of sixty strips that are all the same JPEG of ninety scans."""
    content = encode(Image.new("L", (6000, 100), "white"), "JPEG", progressive=True)
    strip = content[:-2] + content[content.rfind(b"\xff\xda") : -2] * 80 + content[-2:]
    arrays = struct.pack("<60I", *[8 + 480] * 60) + struct.pack("<60I", *[len(strip)] * 60)
    entries = [entry for entry in tiff_entries(6000, 6000, 0, compression=7) if entry[0] not in (273, 278, 279)]
    return tiff_file([*entries, (273, 4, 60, 8), (278, 4, 1, 100), (279, 4, 60, 248)], data=arrays + strip)


def repeated_tile(side: int, tile_px: int, depth: int = 1) -> bytes:
    """A HEIC whose picture is a grid of ``side`` x ``side``, all the same tile, of which 64 x 64 pixels each show.

    With a ``depth`` of more than one it is a grid of such grids.
    Boxes as in ISO/IEC 14496-12 and 23008-12.
    """

    def box(kind: bytes, *parts: bytes) -> bytes:
        return struct.pack(">I", 8 + sum(map(len, parts))) + kind + b"".join(parts)

    def full_box(kind: bytes, version: int, *parts: bytes) -> bytes:
        return box(kind, struct.pack(">I", version << 24), *parts)

    whole = encode(Image.new("RGB", (tile_px, tile_px), "white"), "HEIC")
    start = whole.index(b"hvcC") - 4
    decoder = whole[start : start + struct.unpack_from(">I", whole, start)[0]]
    tile = whole[whole.index(b"mdat") + 4 :]
    grids, coded = range(1, depth + 1), depth + 1
    size_px = 64 * side
    grid = struct.pack(">BBBBHH", 0, 0, side - 1, side - 1, size_px, size_px)

    kinds = [(item, b"grid") for item in grids] + [(coded, b"hvc1")]
    items = [full_box(b"infe", 2, struct.pack(">HH", item, 0), kind, b"\0") for item, kind in kinds]
    inputs = side * side
    links = [struct.pack(">HH", item, inputs) + struct.pack(">H", item + 1) * inputs for item in grids]
    sizes = [full_box(b"ispe", 0, struct.pack(">II", px, px)) for px in (tile_px, size_px)]
    owned = [struct.pack(">HBB", item, 1, 3) for item in grids] + [struct.pack(">HBBB", coded, 2, 0x81, 2)]

    def meta(tile_at: int) -> bytes:
        places = [struct.pack(">HHHHII", item, 1, 0, 1, 0, len(grid)) for item in grids]
        places.append(struct.pack(">HHHHII", coded, 0, 0, 1, tile_at, len(tile)))
        return full_box(
            b"meta",
            0,
            full_box(b"hdlr", 0, struct.pack(">I4s12x", 0, b"pict"), b"\0"),
            full_box(b"pitm", 0, struct.pack(">H", 1)),
            full_box(b"iloc", 1, struct.pack(">BBH", 0x44, 0, depth + 1), *places),
            full_box(b"iinf", 0, struct.pack(">H", depth + 1), *items),
            full_box(b"iref", 0, *(box(b"dimg", link) for link in links)),
            box(b"iprp", box(b"ipco", decoder, *sizes), full_box(b"ipma", 0, struct.pack(">I", depth + 1), *owned)),
            box(b"idat", grid),
        )

    brand = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    return brand + meta(len(brand) + len(meta(0)) + 8) + box(b"mdat", tile)


def bmp_of_size(width_px: int, height_px: int) -> bytes:
    content = small_file("BMP")
    return content[:18] + struct.pack("<ii", width_px, height_px) + content[26:]


def form(data: bytes) -> str:
    return deflated(data, "/Type /XObject /Subtype /Form /BBox [0 0 300 200]")


REFUSED: dict[str, Callable[[], bytes]] = {
    **{f"truncated {image_format}": lambda name=image_format: truncated(name) for image_format in FORMATS},  # type: ignore[misc]
    "empty": lambda: b"",
    "text": lambda: b"TOTAL 12.80 EUR",
    "wrong signature": lambda: b"\x89PMG" + small_file("PNG")[4:],
    "base64": lambda: b"iVBORw0KGgoAAAANSUhEUgAA",
    "GIF": lambda: encode(page(), "GIF"),
    "zero-size PNG": lambda: png_file(0, 0),
    "zero-size BMP": lambda: bmp_of_size(0, 64),
    "20,000 x 20,000 pixel PNG": lambda: png_file(20_000, 20_000),
    "20,000 x 20,000 pixel BMP": lambda: bmp_of_size(20_000, 20_000),
    "zip bomb TIFF": lambda: zeros_tiff(20_000, 20_000),
    "TIFF tile bomb": lambda: tiff_file([*tiff_entries(99, 99, 8), (322, 4, 1, 30_000), (323, 4, 1, 30_000)]),
    "500-page TIFF": lambda: tiff_file(*[tiff_entries(9, 9, 100)] * 500, data=bytes(100)),
    "TIFF loop": lambda: tiff_file(tiff_entries(9, 9, 100), data=bytes(100), loop=True),
    "TIFF of repeated scans": overlapping_strips,
    "TIFF of 32-bit floats": lambda: encode(Image.fromarray(np.zeros((9, 9), np.float32)), "TIFF"),
    "animated WebP": animated_webp,
    "JPEG of repeated scans": lambda: repeated_scans(400),
    "PNG of countless chunks": lambda: png_file(9, 9, png_chunk(b"teXt") * 70_000),
    "BMP that lies about its size": lambda: bmp_of_size(6_000, 6_000),
    "HEIC grid of one large tile": lambda: repeated_tile(30, 2048),
    "HEIC of nested grids": lambda: repeated_tile(16, 1024, depth=4),
    "encrypted PDF": encrypted_pdf,
    "500-page PDF": lambda: pdf_file(500),
    "PDF without pages": lambda: pdf_file(0),
    "PDF page of 9,000,000 points": lambda: pdf_file(1, media_box="0 0 9000000 30"),
    "PDF of nested forms": lambda: nested_forms(20, 8),
    "PDF of countless shapes": lambda: pdf_file(1, "0 0 600 800 re f " * 100_000, media_box="0 0 600 800"),
    "PDF stream bomb": lambda: pdf_file(1, "/I1 Do", objects=[form(b"0 0 m " * (50 << 20))]),
}

ODD: dict[str, Callable[[], bytes]] = {
    "CMYK JPEG": lambda: encode(page().convert("CMYK"), "JPEG"),
    "CMYK TIFF": lambda: encode(page().convert("CMYK"), "TIFF"),
    "16-bit gray PNG": lambda: png_16_bit(np.full((64, 96), 0x8000, np.uint16)),
    "16-bit RGB PNG": lambda: png_16_bit(np.full((64, 96, 3), 0x8000, np.uint16)),
    "palette PNG": lambda: encode(page().convert("P"), "PNG"),
    "bilevel TIFF": lambda: encode(page().convert("1"), "TIFF", compression="group4"),
    "transparent PNG": lambda: encode(Image.new("RGBA", (96, 64)), "PNG"),
    "animated PNG": lambda: encode(page(), "PNG", save_all=True, append_images=[page().rotate(180)]),
    "PNG with a metadata bomb": lambda: png_file(
        9, 9, png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(50 << 20))), pixels=bytes(90)
    ),
    "one pixel": lambda: encode(Image.new("RGB", (1, 1)), "PNG"),
    "a row of 32,000 pixels": lambda: encode(Image.new("RGB", (32_000, 1)), "PNG"),
    "a column of 32,000 pixels": lambda: encode(Image.new("RGB", (1, 32_000)), "PNG"),
    "PDF page of 14,400 points": lambda: pdf_file(1, media_box="0 0 14400 14400"),
    "PDF image bomb": lambda: pdf_file(
        1,
        "q 300 0 0 200 0 0 cm /I1 Do Q",
        objects=[
            deflated(
                bytes(400 << 20),
                "/Type /XObject /Subtype /Image /Width 20000 /Height 20000 /ColorSpace /DeviceGray /BitsPerComponent 8",
            )
        ],
    ),
}
