"""Opens PDFs and draws their pages. This runs in the process that decode_pdf.py sets apart for it."""

import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from ocr_models.types import Image
from ocr_server.domain.errors import ImageTooLarge, InvalidImage
from ocr_server.pipeline.pdf_text import TextLine, read_text_layer

# Text of 8 points is 22 pixels high at this resolution: more costs time and reads no better.
_RENDER_DPI = 200
_POINTS_PER_INCH = 72


@dataclass(frozen=True, slots=True, eq=False)
class DrawnPage:
    """A page as pixels: uint8 (height, width, 3) RGB, its resolution in dpi, and the lines of its text layer."""

    image: Image
    dpi: int
    text_lines: tuple[TextLine, ...]


def count_pages(content: bytes) -> int:
    """Raises InvalidImage if the PDF is encrypted, damaged or empty."""
    with _opened(content) as document:
        count = len(document)
    if not count:
        raise InvalidImage("The PDF has no pages. Send one with at least one page.")
    return count


def draw_page(content: bytes, page_number: int, *, max_pixels: int, max_side_px: int) -> DrawnPage:
    """Draw one page (1-based) as large as reading needs it and the limits allow.

    Raises InvalidImage if the page is damaged, or ImageTooLarge if it is too large to be drawn within the limits.
    """
    with _opened(content) as document:
        try:
            with closing(document[page_number - 1]) as page:
                dpi = _choose_dpi(page, page_number, max_pixels, max_side_px)
                with closing(page.render(scale=dpi / _POINTS_PER_INCH, rev_byteorder=True)) as bitmap:
                    image = np.ascontiguousarray(bitmap.to_numpy()[..., :3])
                return DrawnPage(image, dpi, read_text_layer(page, image))
        except pypdfium2.PdfiumError as error:
            raise InvalidImage(
                f"Page {page_number} of the PDF is damaged. Save the PDF anew, or send a scan."
            ) from error


def _choose_dpi(page: pypdfium2.PdfPage, page_number: int, max_pixels: int, max_side_px: int) -> int:
    width_pt, height_pt = map(float, page.get_size())
    if not (width_pt > 0 and height_pt > 0):
        raise InvalidImage(f"Page {page_number} of the PDF has no area: there is nothing to read.")
    by_area = math.sqrt(max_pixels / (width_pt * height_pt))
    by_side = max_side_px / max(width_pt, height_pt)
    dpi = math.floor(min(_RENDER_DPI, _POINTS_PER_INCH * min(by_area, by_side)))
    if not dpi:
        raise ImageTooLarge(
            f"Page {page_number} of the PDF is {width_pt:,.0f} x {height_pt:,.0f} points, too large to be drawn in "
            f"{max_pixels:,} pixels. Cut it into smaller pages."
        )
    return dpi


@contextmanager
def _opened(content: bytes) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        # pdfium keeps its last error's code; a file it cannot open at all may leave that as it was.
        if error.err_code == pdfium.FPDF_ERR_PASSWORD and b"/Encrypt" in content:
            raise InvalidImage("The PDF is encrypted with a password. Send a copy without one.") from error
        raise InvalidImage("The PDF is truncated or damaged. Send the whole file, or save it anew.") from error
    with closing(document):
        yield document
