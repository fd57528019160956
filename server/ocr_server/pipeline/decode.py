"""Unpacks one page of a file into RGB pixels, the way a viewer would show it."""

import io
import warnings
from dataclasses import dataclass

import cv2
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image as PillowImage

from ocr_models.types import Image
from ocr_server.domain.errors import InvalidImage
from ocr_server.pipeline.decode_pdf import render_pdf_page
from ocr_server.pipeline.headers import Header
from ocr_server.pipeline.page_size import check_size
from ocr_server.pipeline.pdf_text import TextLine
from ocr_server.pipeline.validate import ImageFormat, SourceInfo
from ocr_server.settings import Limits

# validate.py has held the size against the limits; Pillow's own guard would warn about what they allow.
PillowImage.MAX_IMAGE_PIXELS = None
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")  # of metadata that is not used

# Pixels are converted this many at a time, so that a large picture is not held twice.
_BAND_PX = 1 << 20


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
        image, dpi, text_lines = render_pdf_page(content, page_number, limits)
        return DecodedPage(page_number, image, dpi, text_lines)
    try:
        if info.format is ImageFormat.HEIC:
            return DecodedPage(page_number, _decode_heic(content, limits))
        header = info.headers[page_number - 1]
        if info.format is ImageFormat.WEBP:
            pixels = _decode_webp(header)
        else:
            pixels = _decode_with_pillow(info.format, header, page_number)
    except InvalidImage:
        raise
    except Exception as error:  # decoders raise whatever their parsers stumble on: OSError, ValueError, IndexError
        raise InvalidImage(f"The {info.format.value} is truncated or damaged.") from error
    return DecodedPage(page_number, _orient(pixels, header.orientation))


def _decode_with_pillow(image_format: ImageFormat, header: Header, page_number: int) -> Image:
    with PillowImage.open(io.BytesIO(b"".join(header.picture)), formats=[image_format.value]) as picture:
        if image_format is ImageFormat.TIFF:
            picture.seek(page_number - 1)
        if picture.size != (header.width_px, header.height_px):
            raise InvalidImage(f"The {image_format.value} is damaged: it gives two sizes.")
        picture.load()
        return _to_rgb(picture)


def _decode_webp(header: Header) -> Image:
    # Pillow goes through libwebp's animation decoder, which keeps three more copies of the picture.
    picture = cv2.imdecode(np.frombuffer(header.picture[0], np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise InvalidImage("The WebP is truncated or damaged.")
    if picture.shape[:2] != (header.height_px, header.width_px):
        raise InvalidImage("The WebP is damaged: it gives two sizes.")
    if picture.shape[2] == 4:
        return _over_white(np.asarray(picture, dtype=np.uint8)[..., [2, 1, 0, 3]])
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _decode_heic(content: bytes, limits: Limits) -> Image:
    picture = pillow_heif.open_heif(content)  # libheif turns it upright, and ten bits to eight
    pixels: NDArray[np.uint8] = np.asarray(picture)
    check_size(pixels.shape[1], pixels.shape[0], limits)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    return _over_white(pixels) if pixels.shape[2] == 4 else np.ascontiguousarray(pixels)


def _to_rgb(picture: PillowImage.Image) -> Image:
    if picture.mode in ("I", "F"):
        raise InvalidImage("The image has 32 bits a sample, which leaves open what is black and what white. Use 8 or 16.")
    width, height = picture.size
    rgb = np.empty((height, width, 3), dtype=np.uint8)
    rows = max(1, _BAND_PX // width)
    for top in range(0, height, rows):
        band = picture.crop((0, top, width, min(top + rows, height)))
        rgb[top : top + rows] = _band_to_rgb(band)
    return rgb


def _band_to_rgb(band: PillowImage.Image) -> Image:
    if band.mode.startswith("I;16"):
        return np.asarray(np.asarray(band) // 257, dtype=np.uint8)[..., None]
    if band.has_transparency_data:
        return _over_white(np.asarray(band.convert("RGBA")))
    return np.asarray(band.convert("RGB"))


def _over_white(rgba: NDArray[np.uint8]) -> Image:
    alpha = rgba[..., 3:].astype(np.uint16)
    blended = (rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return blended.astype(np.uint8)


def _orient(image: Image, orientation: int) -> Image:
    """Apply EXIF's orientation (tag 0x0112): 2 to 8 name the flip or turn that sets the picture upright."""
    if orientation in (5, 6, 7, 8):
        image = image.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)
