"""Opens PDFs and draws their pages. pdfium is not thread-safe, so all of it happens under one lock."""

import math
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from ocr_models.types import Image
from ocr_server.domain.errors import ImageTooLarge, InvalidImage
from ocr_server.pipeline.page_size import MAX_SIDE_PX
from ocr_server.pipeline.pdf_text import TextLine, read_text_layer
from ocr_server.settings import Limits

# Text of 8 points is 22 pixels high at this resolution: more costs time and reads no better.
_RENDER_DPI = 200
_POINTS_PER_INCH = 72

# pdfium is not thread-safe, not even between documents.
_pdfium = threading.Lock()


def pdf_page_count(content: bytes) -> int:
    """Raises InvalidImage if the PDF is encrypted, damaged or empty."""
    with _opened(content) as document:
        count = len(document)
    if not count:
        raise InvalidImage("The PDF has no pages.")
    return count


def render_pdf_page(content: bytes, page_number: int, limits: Limits) -> tuple[Image, int, tuple[TextLine, ...]]:
    """Draw one page (1-based); return the picture, its resolution in dpi, and the lines of its text layer.

    Raises InvalidImage if the page is damaged or has no area.
    """
    with _opened(content) as document:
        try:
            with closing(document[page_number - 1]) as page:
                width_pt, height_pt = page.get_size()
                if not (width_pt > 0 and height_pt > 0):
                    raise InvalidImage(f"Page {page_number} of the PDF has no area.")
                by_area = math.sqrt(limits.max_image_pixels / (width_pt * height_pt))
                by_side = MAX_SIDE_PX / max(width_pt, height_pt)
                dpi = math.floor(min(_RENDER_DPI, _POINTS_PER_INCH * min(by_area, by_side)))
                if not dpi:
                    raise ImageTooLarge(f"Page {page_number} of the PDF is {width_pt:,.0f} x {height_pt:,.0f} points.")
                with closing(page.render(scale=dpi / _POINTS_PER_INCH, rev_byteorder=True)) as bitmap:
                    image = np.ascontiguousarray(bitmap.to_numpy()[..., :3])
                return image, dpi, read_text_layer(page, image)
        except pypdfium2.PdfiumError as error:
            raise InvalidImage(f"Page {page_number} of the PDF is damaged.") from error


@contextmanager
def _opened(content: bytes) -> Iterator[pypdfium2.PdfDocument]:
    with _pdfium:
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as error:
            # pdfium keeps its last error's code; a file it cannot open at all may leave that as it was.
            if error.err_code == pdfium.FPDF_ERR_PASSWORD and b"/Encrypt" in content:
                raise InvalidImage("The PDF is encrypted; it needs a password to be read.") from error
            raise InvalidImage("The PDF is damaged or truncated.") from error
        with closing(document):
            yield document
