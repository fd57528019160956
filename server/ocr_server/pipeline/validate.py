"""Says what a file is and whether it may be read, by its bytes alone and before a pixel is unpacked."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ocr_server.domain.errors import ImageTooLarge, InvalidImage
from ocr_server.pipeline.decode_heic import heic_size
from ocr_server.pipeline.decode_pdf import pdf_page_count
from ocr_server.pipeline.headers import Header, read_bmp, read_jpeg, read_png, read_tiff_page, read_webp
from ocr_server.pipeline.page_size import check_size
from ocr_server.pipeline.tiff_directory import read_directories
from ocr_server.settings import Limits

_SEND = "Send a JPEG, PNG, WebP, TIFF, BMP, HEIC or PDF."
_SEND_WHOLE = "Send the whole file, or save it anew."


class ImageFormat(Enum):
    """The formats that are read."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    TIFF = "TIFF"
    BMP = "BMP"
    HEIC = "HEIC"
    PDF = "PDF"


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """A file that may be read.

    page_count: 1 but for TIFF and PDF.
    headers: one a page, in order; none for a PDF. HEIC is turned upright by its library.
    """

    format: ImageFormat
    page_count: int
    headers: tuple[Header, ...] = ()


def inspect(content: bytes, limits: Limits) -> SourceInfo:
    """Find out what the file is and hold it against the limits.

    Raises ImageTooLarge for too many bytes, pixels or pages, InvalidImage for anything that is not a whole and
    open file of an accepted format. Neither the file's name nor its declared type is looked at.
    """
    if not content:
        raise InvalidImage(f"The image is empty: it has no bytes. {_SEND}")
    if len(content) > limits.max_image_bytes:
        raise ImageTooLarge(
            f"The image has {len(content):,} bytes; at most {limits.max_image_bytes:,} are read. Scale it down."
        )
    image_format = _recognize_format(content)
    try:
        return _INSPECTORS[image_format](content, limits)
    except struct.error as error:
        raise InvalidImage(f"The {image_format.value} is truncated. {_SEND_WHOLE}") from error


def _recognize_format(content: bytes) -> ImageFormat:
    head = content[:16]
    for signature, image_format in _SIGNATURES:
        if head.startswith(signature):
            return image_format
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return ImageFormat.WEBP
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return ImageFormat.HEIC
    if b"%PDF-" in content[:1024]:  # readers allow for a preamble (ISO 32000-1, annex H)
        return ImageFormat.PDF
    for offset, signature, name in _FOREIGN:
        if head.startswith(signature, offset):
            raise InvalidImage(f"The file is {name}. {_SEND}")
    raise InvalidImage(f"The file's first bytes ({head[:4].hex(' ')}) are those of no format that is read. {_SEND}")


def _inspect_still(image_format: ImageFormat, read: Callable[[bytes], Header]) -> "_Inspector":
    def inspect_still(content: bytes, limits: Limits) -> SourceInfo:
        header = read(content)
        check_size(header.width_px, header.height_px, limits)
        return SourceInfo(image_format, 1, (header,))

    return inspect_still


def _inspect_tiff(content: bytes, limits: Limits) -> SourceInfo:
    headers = tuple(read_tiff_page(content, page) for page in read_directories(content, at_most=limits.max_pages))
    if not headers:
        raise InvalidImage("The TIFF holds no picture. Save it anew.")
    for header in headers:
        check_size(header.width_px, header.height_px, limits)
    return SourceInfo(ImageFormat.TIFF, len(headers), headers)


def _inspect_heic(content: bytes, limits: Limits) -> SourceInfo:
    width_px, height_px = heic_size(content)
    check_size(width_px, height_px, limits)
    return SourceInfo(ImageFormat.HEIC, 1, (Header(width_px, height_px, 1, (memoryview(content),)),))


def _inspect_pdf(content: bytes, limits: Limits) -> SourceInfo:
    page_count = pdf_page_count(content)
    if page_count > limits.max_pages:
        raise ImageTooLarge(f"The PDF has {page_count} pages; at most {limits.max_pages} are read. Send it in parts.")
    return SourceInfo(ImageFormat.PDF, page_count)


_Inspector = Callable[[bytes, Limits], SourceInfo]

_INSPECTORS: dict[ImageFormat, _Inspector] = {
    ImageFormat.JPEG: _inspect_still(ImageFormat.JPEG, read_jpeg),
    ImageFormat.PNG: _inspect_still(ImageFormat.PNG, read_png),
    ImageFormat.WEBP: _inspect_still(ImageFormat.WEBP, read_webp),
    ImageFormat.BMP: _inspect_still(ImageFormat.BMP, read_bmp),
    ImageFormat.TIFF: _inspect_tiff,
    ImageFormat.HEIC: _inspect_heic,
    ImageFormat.PDF: _inspect_pdf,
}

_SIGNATURES = (
    (b"\xff\xd8\xff", ImageFormat.JPEG),
    (b"\x89PNG\r\n\x1a\n", ImageFormat.PNG),
    (b"II\x2a\x00", ImageFormat.TIFF),
    (b"MM\x00\x2a", ImageFormat.TIFF),
    (b"II\x2b\x00", ImageFormat.TIFF),
    (b"MM\x00\x2b", ImageFormat.TIFF),
    (b"BM", ImageFormat.BMP),
)
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_FOREIGN = (
    (0, b"GIF8", "a GIF"),
    (4, b"ftypavif", "an AVIF"),
    (4, b"ftypavis", "an AVIF"),
    (4, b"jP  \r\n\x87\n", "a JPEG 2000"),
    (4, b"ftyp", "a video"),
    (0, b"data:", "a data: URL, not the bytes it stands for"),
    (0, b"/9j/", "base64 text, not the bytes it stands for"),
    (0, b"iVBORw0KGgo", "base64 text, not the bytes it stands for"),
    (0, b"JVBERi0", "base64 text, not the bytes it stands for"),
    (0, b"PK\x03\x04", "a ZIP archive or office document"),
    (0, b"MZ", "a program"),
    (0, b"\x7fELF", "a program"),
    (0, b"<svg", "an SVG drawing"),
    (0, b"<?xml", "an XML file"),
    (0, b"<!DOCTYPE html", "a web page"),
    (0, b"<!doctype html", "a web page"),
    (0, b"<html", "a web page"),
    (0, b"{", "JSON"),
)
