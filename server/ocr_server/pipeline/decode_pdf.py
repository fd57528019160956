"""Counts and draws the pages of a PDF."""

from ocr_server.pipeline import pdf_page
from ocr_server.pipeline.decode_apart import decode_apart
from ocr_server.pipeline.page_size import MAX_SIDE_PX
from ocr_server.pipeline.pdf_page import DrawnPage
from ocr_server.settings import Limits

# A page of an invoice takes a fiftieth of this, one of 15,000 characters half of it.
_MAX_CPU_S = 1.0
# A3 at 240 dpi, A2 at 175: larger sheets than A3 are drawn more coarsely.
_MAX_DRAWN_PX = 12_000_000


def pdf_page_count(content: bytes) -> int:
    """Raises InvalidImage if the PDF is encrypted, damaged or empty, ImageTooLarge if opening it costs too much."""
    return decode_apart("Opening the PDF", _MAX_CPU_S, pdf_page.count_pages, content)


def render_pdf_page(content: bytes, page_number: int, limits: Limits) -> DrawnPage:
    """Draw one page (1-based).

    Raises InvalidImage if it is damaged or has no area, ImageTooLarge if drawing it costs too much.
    """
    return decode_apart(
        f"Drawing page {page_number} of the PDF",
        _MAX_CPU_S,
        pdf_page.draw_page,
        content,
        page_number,
        max_pixels=min(limits.max_image_pixels, _MAX_DRAWN_PX),
        max_side_px=MAX_SIDE_PX,
    )
