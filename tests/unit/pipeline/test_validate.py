import re
import struct
import zlib

import pytest

from ocr_server.domain.errors import ImageTooLarge, InvalidImage
from ocr_server.pipeline.validate import ImageFormat, inspect
from ocr_server.settings import Limits
from tests.unit.pipeline.image_files import (
    FORMATS,
    animated_webp,
    encode,
    encrypted_pdf,
    page,
    pdf_file,
    png_file,
    small_file,
    tiff_entries,
    tiff_file,
)

LIMITS = Limits()
STRIP = zlib.compress(bytes(100))


def bmp_of_size(width_px: int, height_px: int) -> bytes:
    content = small_file("BMP")
    return content[:18] + struct.pack("<ii", width_px, height_px) + content[26:]


@pytest.mark.parametrize("image_format", FORMATS)
def test_a_format_is_known_by_its_bytes(image_format: str) -> None:
    source = inspect(small_file(image_format), LIMITS)
    assert (source.format, source.page_count) == (ImageFormat(image_format), 1)


def test_heads_tell_the_size_before_pixels_are_unpacked() -> None:
    for image_format in ("JPEG", "PNG", "WebP", "TIFF", "BMP"):
        (header,) = inspect(small_file(image_format), LIMITS).headers
        assert (header.width_px, header.height_px) == (96, 64), image_format


def test_pages_of_tiffs_and_pdfs_are_counted() -> None:
    tiff = encode(page(), "TIFF", save_all=True, append_images=[page(), page()])
    assert inspect(tiff, LIMITS).page_count == 3
    assert inspect(pdf_file(4), LIMITS).page_count == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"hello world", "first bytes (68 65 6c 6c) are those of no format that is read. Send a JPEG"),
        (encode(page(), "GIF"), "is a GIF. Send a JPEG"),
        (encode(page(), "AVIF"), "is an AVIF"),
        (encode(page(), "JPEG2000"), "is a JPEG 2000"),
        (b"\0\0\0\x20ftypisom" + bytes(16), "is a video"),
        (b"PK\x03\x04" + bytes(30), "is a ZIP archive or office document"),
        (b"<!DOCTYPE html><html>404", "is a web page"),
        (b"/9j/4AAQSkZJRg", "is base64 text, not the bytes it stands for"),
        (b"data:image/png;base64,iVBOR", "is a data: URL"),
        (encrypted_pdf(), "is encrypted with a password. Send a copy without one"),
        (animated_webp(), "is an animation"),
        (png_file(0, 10), "is 0 x 10 pixels: there is nothing to read"),
        (bmp_of_size(10, 0), "is 10 x 0 pixels"),
        (tiff_file(tiff_entries(0, 0, len(STRIP)), data=STRIP), "is 0 x 0 pixels"),
        (b"II\x2a\x00" + bytes(4), "holds no picture"),
        (tiff_file(tiff_entries(10, 10, len(STRIP)), data=STRIP, loop=True), "pages form a loop"),
        (tiff_file(tiff_entries(10, 10, len(STRIP), compression=34925), data=STRIP), "method 34925"),
        (pdf_file(0), "PDF"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_refused_with_its_reason(content: bytes, message: str) -> None:
    with pytest.raises(InvalidImage, match=re.escape(message)) as refused:
        inspect(content, LIMITS)
    assert refused.type is InvalidImage
    assert refused.value.field == "image"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (png_file(20_000, 20_000), "has 400,000,000 pixels; at most 40,000,000 are read. Scale it down"),
        (png_file(2**31 - 1, 2**31 - 1), "pixels; at most"),
        (png_file(40_000, 100), "is 40,000 x 100 pixels; at most 32,000 a side"),
        (bmp_of_size(20_000, -20_000), "has 400,000,000 pixels"),
        (tiff_file(tiff_entries(20_000, 20_000, len(STRIP)), data=STRIP), "has 400,000,000 pixels"),
        (tiff_file(*[tiff_entries(9, 9, len(STRIP))] * 31, data=STRIP), "more than 30 pages. Send it in parts"),
        (pdf_file(500), "has 500 pages; at most 30 are read. Send it in parts"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_what_is_too_large_is_refused_with_the_limit(content: bytes, message: str) -> None:
    with pytest.raises(ImageTooLarge, match=re.escape(message)):
        inspect(content, LIMITS)


def test_bytes_are_counted_before_anything_else() -> None:
    with pytest.raises(ImageTooLarge, match=r"has 1,001 bytes; at most 1,000 are read"):
        inspect(bytes(1001), Limits(max_image_bytes=1000))


def test_one_page_too_large_refuses_the_whole_tiff() -> None:
    pages = tiff_entries(9, 9, len(STRIP)), tiff_entries(9000, 9000, len(STRIP))
    with pytest.raises(ImageTooLarge, match="81,000,000 pixels"):
        inspect(tiff_file(*pages, data=STRIP), LIMITS)


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("kept_bytes", [4, 12, 20])
def test_a_head_cut_short_is_refused(image_format: str, kept_bytes: int) -> None:
    with pytest.raises(InvalidImage, match=r"truncated|first bytes"):
        inspect(small_file(image_format)[:kept_bytes], LIMITS)


def test_a_pdf_may_follow_a_preamble() -> None:
    assert inspect(b"mail header\r\n" + small_file("PDF"), LIMITS).format is ImageFormat.PDF
