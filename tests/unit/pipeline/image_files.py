"""Builds image files in memory: small valid ones of every format, and those that mean harm."""

import io
import struct
import zlib
from collections.abc import Sequence
from functools import cache

import numpy as np
import pillow_heif
from PIL import Image, ImageDraw

FORMATS = ("JPEG", "PNG", "WebP", "TIFF", "BMP", "HEIC", "PDF")


def page(width_px: int = 96, height_px: int = 64) -> Image.Image:
    """A light page with a dark line of writing at the top and a coloured spot at the lower right."""
    picture = Image.new("RGB", (width_px, height_px), (240, 238, 230))
    draw = ImageDraw.Draw(picture)
    draw.text((4, 4), "TOTAL 12.80", fill=(20, 20, 30))
    draw.rectangle((width_px - 24, height_px - 20, width_px - 5, height_px - 5), fill=(200, 30, 40))
    return picture


def encode(picture: Image.Image, image_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    if image_format == "HEIC":
        pillow_heif.from_pillow(picture).save(out, quality=90, **options)
    else:
        picture.save(out, image_format, **options)
    return out.getvalue()


@cache
def small_file(image_format: str) -> bytes:
    return pdf_file(1) if image_format == "PDF" else encode(page(), image_format)


def exif_block(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def png_chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_file(
    width_px: int, height_px: int, *chunks: bytes, bit_depth: int = 8, colour_type: int = 0, pixels: bytes = b""
) -> bytes:
    """Assemble a PNG; ``chunks`` stand before the pixels, ``pixels`` are raw rows with their filter bytes."""
    head = struct.pack(">IIBBBBB", width_px, height_px, bit_depth, colour_type, 0, 0, 0)
    body = [png_chunk(b"IHDR", head), *chunks, png_chunk(b"IDAT", zlib.compress(pixels)), png_chunk(b"IEND")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def png_16_bit(values: np.ndarray) -> bytes:
    """A gray (h, w) or RGB (h, w, 3) PNG of uint16, which Pillow cannot write in colour."""
    rows = values.astype(">u2").reshape(len(values), -1)
    pixels = b"".join(b"\0" + row.tobytes() for row in rows)
    return png_file(values.shape[1], len(values), bit_depth=16, colour_type=2 * (values.ndim == 3), pixels=pixels)


TiffEntry = tuple[int, int, int, int]


def tiff_file(*directories: Sequence[TiffEntry], data: bytes = b"", loop: bool = False) -> bytes:
    """Assemble a little-endian TIFF from entries of (tag, type, count, value); ``data`` stands at offset 8."""
    out = bytearray(b"II\x2a\x00" + struct.pack("<I", 8 + len(data)) + data)
    for number, entries in enumerate(directories, 1):
        after = len(out) + 2 + 12 * len(entries) + 4
        following = after if number < len(directories) else (8 + len(data)) * loop
        out += struct.pack("<H", len(entries))
        for tag, kind, count, value in sorted(entries):
            out += struct.pack("<HHI", tag, kind, count)
            out += struct.pack("<HH" if kind == 3 else "<I", *([value, 0] if kind == 3 else [value]))
        out += struct.pack("<I", following)
    return bytes(out)


def tiff_entries(width_px: int, height_px: int, data_bytes: int, *, compression: int = 8) -> list[TiffEntry]:
    """An 8-bit gray picture in one strip of ``data_bytes`` at offset 8."""
    return [
        (256, 4, 1, width_px),
        (257, 4, 1, height_px),
        (258, 3, 1, 8),
        (259, 3, 1, compression),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (277, 3, 1, 1),
        (278, 4, 1, height_px),
        (279, 4, 1, data_bytes),
    ]


def pdf_file(
    page_count: int,
    content: str = "BT /F1 12 Tf 20 160 Td (TOTAL 12.80 EUR) Tj ET",
    *,
    page_entries: str = "",
    trailer_entries: str = "",
    media_box: str = "0 0 300 200",
    objects: Sequence[str] = (),
) -> bytes:
    """Write a PDF by hand. Every page shows ``content``; ``objects`` are numbered from 10 on; object 3 is Helvetica."""
    kids = " ".join(f"{100 + i} 0 R" for i in range(page_count))
    numbered = {
        1: "<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {page_count} >>",
        3: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        4: f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        **dict(enumerate(objects, 10)),
    }
    for i in range(page_count):
        numbered[100 + i] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{media_box}] /Contents 4 0 R "
            f"/Resources << /Font << /F1 3 0 R >> /XObject << /I1 10 0 R >> >> {page_entries} >>"
        )
    out, offsets = bytearray(b"%PDF-1.7\n"), {}
    for number, body in numbered.items():
        offsets[number] = len(out)
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, offset in offsets.items():
        out += f"{number} 1\n{offset:010d} 00000 n \n".encode()
    size = max(offsets) + 1
    out += f"trailer\n<< /Size {size} /Root 1 0 R {trailer_entries} >>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(out)


def encrypted_pdf() -> bytes:
    """A PDF whose empty user password does not open it (ISO 32000-1, 7.6.3, revision 2)."""
    lock = f"<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <{'5a' * 32}> /U <{'a5' * 32}> >>"
    return pdf_file(1, trailer_entries=f"/Encrypt {lock} /ID [<00112233445566778899aabbccddeeff> <00>]")


def animated_webp(frames: int = 3) -> bytes:
    pictures = [Image.new("RGB", (32, 32), (80 * i, 0, 0)) for i in range(frames)]
    return encode(pictures[0], "WebP", save_all=True, append_images=pictures[1:], duration=100)


@cache
def variants(image_format: str) -> tuple[bytes, ...]:
    """Valid files of one format that take different ways through its reader."""
    picture = page()
    if image_format == "PDF":
        pixels = "<< /Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray /BitsPerComponent 8 "
        stamp = "q 30 0 0 30 0 0 cm /I1 Do Q BT /F1 12 Tf 20 160 Td (TOTAL 12.80 EUR, PAID IN CASH) Tj ET"
        return pdf_file(2), pdf_file(1, stamp, objects=[f"{pixels} /Length 4 >>\nstream\nabcd\nendstream"])
    modes_and_options: dict[str, list[tuple[str, dict[str, object]]]] = {
        "JPEG": [("RGB", {"exif": exif_block(6)}), ("RGB", {"progressive": True}), ("L", {}), ("CMYK", {})],
        "PNG": [("RGB", {"exif": exif_block(8)}), ("P", {}), ("RGBA", {}), ("LA", {}), ("1", {})],
        "WebP": [("RGB", {"exif": exif_block(3)}), ("RGB", {"lossless": True}), ("RGBA", {})],
        "TIFF": [
            ("RGB", {}),
            ("RGB", {"compression": "jpeg"}),
            ("RGB", {"compression": "tiff_adobe_deflate", "big_tiff": True}),
            ("P", {"compression": "tiff_lzw"}),
            ("CMYK", {"compression": "packbits"}),
            ("1", {"compression": "group4"}),
            ("L", {"save_all": True, "append_images": [picture, picture]}),
        ],
        "BMP": [("RGB", {}), ("P", {}), ("L", {}), ("1", {}), ("RGBA", {})],
        "HEIC": [("RGB", {"exif": exif_block(6)}), ("L", {}), ("RGBA", {})],
    }
    return tuple(
        encode(picture.convert(mode), image_format, **options) for mode, options in modes_and_options[image_format]
    )
