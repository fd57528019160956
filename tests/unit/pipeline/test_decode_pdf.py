import numpy as np
import pytest

from ocr_server.domain.errors import ImageTooLarge, InvalidImage
from ocr_server.pipeline.decode_pdf import pdf_page_count, render_pdf_page
from ocr_server.settings import Limits
from tests.hostile_files import deflated, nested_forms
from tests.unit.pipeline.image_files import encrypted_pdf, pdf_file, small_file

LIMITS = Limits()


def is_served() -> bool:
    return render_pdf_page(small_file("PDF"), 1, LIMITS).image.shape == (556, 834, 3)


def test_pages_are_drawn_at_two_hundred_dpi() -> None:
    drawn = render_pdf_page(pdf_file(1, media_box="0 0 595 842"), 1, LIMITS)
    assert drawn.dpi == 200
    assert drawn.image.shape == (2339, 1653, 3)
    assert drawn.image.dtype == np.uint8


def test_colours_are_rgb() -> None:
    image = render_pdf_page(pdf_file(1, "1 0 0 rg 0 0 300 200 re f"), 1, LIMITS).image
    assert image[100, 100].tolist() == [255, 0, 0]


def test_a_turned_page_is_drawn_as_viewers_show_it() -> None:
    content = pdf_file(1, "0 g 0 0 300 100 re f", page_entries="/Rotate 90")
    image = render_pdf_page(content, 1, LIMITS).image
    assert image.shape == (834, 556, 3)
    assert image[400, 20].max() == 0  # its lower half, now on the left
    assert image[400, 540].min() == 255


def test_every_page_is_counted_and_drawn() -> None:
    content = pdf_file(3)
    assert pdf_page_count(content) == 3
    assert all(render_pdf_page(content, number, LIMITS).image.std() > 1 for number in (1, 2, 3))


@pytest.mark.parametrize("media_box", ["0 0 14400 14400", "0 0 14400 30", "-7200 -7200 7200 7200"])
def test_huge_pages_are_drawn_more_coarsely(media_box: str) -> None:
    drawn = render_pdf_page(pdf_file(1, media_box=media_box), 1, LIMITS)
    height_px, width_px, _ = drawn.image.shape
    assert 0 < drawn.dpi < 200
    assert height_px * width_px <= 12_100_000
    assert max(height_px, width_px) <= 32_000


def test_a_page_that_fits_at_no_resolution_is_refused() -> None:
    with pytest.raises(ImageTooLarge, match=r"points, too large to be drawn"):
        render_pdf_page(pdf_file(1, media_box="0 0 9000000 30"), 1, LIMITS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (encrypted_pdf(), "encrypted with a password. Send a copy without one"),
        (pdf_file(1)[:300], "truncated or damaged"),
        (b"%PDF-1.7\n" + bytes(2000), "truncated or damaged"),
    ],
    ids=["encrypted", "truncated", "zeros"],
)
def test_what_pdfium_cannot_open_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(InvalidImage, match=message):
        pdf_page_count(content)


def test_a_damaged_page_is_refused_by_its_number() -> None:
    content = pdf_file(2).replace(b"101 0 obj\n<< /Type /Page ", b"101 0 obj\n<< /Type /Nope ", 1)
    with pytest.raises(InvalidImage, match="Page 2 of the PDF is damaged"):
        render_pdf_page(content, 2, LIMITS)


def test_drawing_without_end_is_ended_and_the_next_pdf_is_served() -> None:
    with pytest.raises(InvalidImage, match=r"Drawing page 1 of the PDF takes more than .* Send it as a JPEG or PNG"):
        render_pdf_page(nested_forms(20, 8), 1, LIMITS)
    assert is_served()


def test_a_page_of_countless_shapes_is_refused_and_the_next_pdf_is_served() -> None:
    with pytest.raises(ImageTooLarge, match=r"takes more than 1.0 s. Send it as a JPEG or PNG"):
        render_pdf_page(pdf_file(1, "0 0 600 800 re f " * 100_000, media_box="0 0 600 800"), 1, LIMITS)
    assert is_served()


def test_a_stream_that_unpacks_to_gigabytes_is_refused_and_the_next_pdf_is_served() -> None:
    form = deflated(b"0 0 m " * (50 << 20), "/Type /XObject /Subtype /Form /BBox [0 0 300 200]")
    with pytest.raises(InvalidImage, match="takes more than 400 MiB of memory"):
        render_pdf_page(pdf_file(1, "/I1 Do", objects=[form]), 1, LIMITS)
    assert is_served()
