"""Unpacks one page of a file into RGB pixels, the way a viewer would show it."""

import io
import os
import warnings
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image as PillowImage

from ocr_models.types import Image
from ocr_server.domain.errors import InvalidImage
from ocr_server.pipeline.decode_heic import decode_heic
from ocr_server.pipeline.decode_pdf import render_pdf_page
from ocr_server.pipeline.flatten import in_bands, over_white
from ocr_server.pipeline.headers import Header
from ocr_server.pipeline.pdf_text import TextLine
from ocr_server.pipeline.validate import ImageFormat, SourceInfo
from ocr_server.settings import Limits

# validate.py has held the size against the limits; Pillow's own guard would warn about what they allow.
PillowImage.MAX_IMAGE_PIXELS = None
# A few hundred bytes of a TIFF can ask for a hundred passes over the picture; a dozen is what encoders write.
os.environ.setdefault("LIBTIFF_JPEG_MAX_ALLOWED_SCAN_NUMBER", "16")
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")  # of metadata that is not used


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPage:
    """One page.

    page_number: 1-based.
    image: uint8 (height, width, 3) RGB, as viewers show it: EXIF orientation applied, transparency over white.
        This is the original image that all polygons refer to.
    render_dpi: what a PDF page was drawn at; 0 for images.
    text_lines: a PDF page's own text, quads in pixels of ``image``; empty where it has none to rely on.
    """

    page_number: int
    image: Image
    render_dpi: int = 0
    text_lines: tuple[TextLine, ...] = ()


def decode_page(content: bytes, info: SourceInfo, page_number: int, limits: Limits) -> DecodedPage:
    """Decode one page of a file that ``inspect`` let in; page_number is 1-based.

    Raises InvalidImage if its pixels are not all there, or ImageTooLarge if there are more than its head said.
    """
    if info.format is ImageFormat.PDF:
        drawn = render_pdf_page(content, page_number, limits)
        return DecodedPage(page_number, drawn.image, drawn.dpi, drawn.text_lines)
    header = info.headers[page_number - 1]
    if info.format is ImageFormat.HEIC:
        return DecodedPage(page_number, decode_heic(content, header.width_px * header.height_px, limits))
    try:
        if info.format is ImageFormat.WEBP:
            pixels = _decode_webp(header)
        else:
            pixels = _decode_with_pillow(info.format, header, page_number)
    except InvalidImage:
        raise
    except Exception as error:  # decoders raise whatever their parsers stumble on: OSError, ValueError, IndexError
        raise InvalidImage(_damaged(info.format)) from error
    return DecodedPage(page_number, _orient(pixels, header.orientation))


def _damaged(image_format: ImageFormat) -> str:
    return f"The {image_format.value} is truncated or damaged. Send the whole file, or save it anew."


def _decode_with_pillow(image_format: ImageFormat, header: Header, page_number: int) -> Image:
    with PillowImage.open(io.BytesIO(b"".join(header.picture)), formats=[image_format.value]) as picture:
        if image_format is ImageFormat.TIFF:
            picture.seek(page_number - 1)
        if picture.size != (header.width_px, header.height_px):
            raise InvalidImage(f"The {image_format.value} is damaged: it gives two sizes. Save it anew.")
        picture.load()
        return _to_rgb(picture)


def _decode_webp(header: Header) -> Image:
    # Pillow goes through libwebp's animation decoder, which keeps three more copies of the picture.
    picture = cv2.imdecode(np.frombuffer(header.picture[0], np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise InvalidImage(_damaged(ImageFormat.WEBP))
    if picture.shape[:2] != (header.height_px, header.width_px):
        raise InvalidImage("The WebP is damaged: it gives two sizes. Save it anew.")
    pixels = np.asarray(picture, dtype=np.uint8)
    return in_bands(pixels.shape, lambda rows: over_white(pixels[rows][..., [2, 1, 0, *range(3, pixels.shape[2])]]))


def _to_rgb(picture: PillowImage.Image) -> Image:
    if picture.mode in ("I", "F"):
        raise InvalidImage(
            "The image has 32 bits a sample, which leaves open what is black and what white. Store it with 8 or 16."
        )
    width_px, height_px = picture.size

    def convert(rows: slice) -> Image:
        band = picture.crop((0, rows.start, width_px, rows.stop))
        if band.mode.startswith("I;16"):
            return np.asarray(np.asarray(band) // 257, dtype=np.uint8)[..., None]
        if band.has_transparency_data:
            return over_white(np.asarray(band.convert("RGBA")))
        return np.asarray(band.convert("RGB"))

    return in_bands((height_px, width_px), convert)


def _orient(image: Image, orientation: int) -> Image:
    """Apply EXIF's orientation (tag 0x0112): 2 to 8 name the flip or turn that sets the picture upright."""
    if orientation in (5, 6, 7, 8):
        image = image.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)
