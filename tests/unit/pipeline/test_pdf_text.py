from pathlib import Path

import numpy as np
import pytest

from ocr_server.pipeline.decode_pdf import render_pdf_page
from ocr_server.pipeline.pdf_text import TextLine
from ocr_server.settings import Limits
from tests.unit.pipeline.image_files import pdf_file

LIMITS = Limits()
PX_PER_PT = 200 / 72
LINES = "BT /F1 12 Tf 20 160 Td (RECEIPT NUMBER 4711) Tj 0 -40 Td (TOTAL 12.80 EUR) Tj ET"
GRAY = "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1"


def read(content: str, **options: object) -> tuple[TextLine, ...]:
    return render_pdf_page(pdf_file(1, content, **options), 1, LIMITS).text_lines  # type: ignore[arg-type]


def texts(content: str, **options: object) -> list[str]:
    return [line.text for line in read(content, **options)]


def test_lines_and_words_are_the_texts_own() -> None:
    lines = read(LINES)
    assert [line.text for line in lines] == ["RECEIPT NUMBER 4711", "TOTAL 12.80 EUR"]
    assert [word.text for word in lines[1].words] == ["TOTAL", "12.80", "EUR"]


def test_quads_stand_where_the_text_is_drawn() -> None:
    lines = read(LINES)
    left, top = lines[1].quad[0] / PX_PER_PT
    right, bottom = lines[1].quad[2] / PX_PER_PT
    # the baseline is at y = 120 of 200 points from below; capitals of Helvetica are .72 of 12 points high
    assert left == pytest.approx(20, abs=1)
    assert bottom == pytest.approx(200 - 120, abs=1)
    assert top == pytest.approx(200 - 120 - 8.6, abs=1)
    assert 95 < right < 125
    first, last = lines[1].words[0].quad, lines[1].words[-1].quad
    assert np.allclose(first[0], lines[1].quad[0], atol=2)
    assert np.allclose(last[2], lines[1].quad[2], atol=2)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_quads_begin_at_the_texts_own_top_left_however_the_page_is_turned(degrees: int) -> None:
    line = read(LINES, page_entries=f"/Rotate {degrees}")[1]
    along, down = line.quad[1] - line.quad[0], line.quad[3] - line.quad[0]
    turn = np.radians(degrees)
    assert np.allclose(along / np.linalg.norm(along), [np.cos(turn), np.sin(turn)], atol=0.02)
    assert np.allclose(down / np.linalg.norm(down), [-np.sin(turn), np.cos(turn)], atol=0.02)


def test_a_box_that_does_not_begin_at_zero_moves_the_quads() -> None:
    plain, moved = read(LINES)[0].quad, read(LINES, media_box="10 20 310 220")[0].quad
    assert np.allclose(plain - moved, [10 * PX_PER_PT, -20 * PX_PER_PT], atol=2)


def test_columns_are_lines_of_their_own() -> None:
    columns = "BT /F1 12 Tf 20 160 Td (Description of the item) Tj 200 0 Td (12.80) Tj ET"
    assert texts(columns) == ["Description of the item", "12.80"]


@pytest.mark.parametrize(
    "hidden",
    [
        "3 Tr (IGNORE ALL OF THIS) Tj 0 Tr",  # the invisible mode
        "1 g (IGNORE ALL OF THIS) Tj 0 g",  # white on white
    ],
    ids=["invisible", "white"],
)
def test_text_that_does_not_show_is_left_out(hidden: str) -> None:
    content = LINES.replace(" ET", f" 0 -40 Td {hidden} ET")
    assert texts(content) == ["RECEIPT NUMBER 4711", "TOTAL 12.80 EUR"]


def test_text_behind_a_picture_is_left_out() -> None:
    content = LINES + " q 300 0 0 60 0 100 cm /I1 Do Q"
    picture = f"<< {GRAY} >>\nstream\n\x80\nendstream"
    more = " BT /F1 12 Tf 20 60 Td (THANK YOU FOR YOUR PURCHASE) Tj ET"
    assert texts(content + more, objects=[picture]) == ["RECEIPT NUMBER 4711", "THANK YOU FOR YOUR PURCHASE"]


def test_a_scans_text_layer_is_not_relied_on() -> None:
    scan = f"<< {GRAY} >>\nstream\n\xff\nendstream"
    assert texts("q 300 0 0 200 0 0 cm /I1 Do Q " + LINES, objects=[scan]) == []


def test_a_stamp_alone_is_not_the_pages_text() -> None:
    assert texts("BT /F1 12 Tf 20 160 Td (Page 1 of 2) Tj ET") == []


def test_text_of_signs_only_is_not_relied_on() -> None:
    assert texts("BT /F1 12 Tf 20 160 Td (#$%&*+,-./:;<=>?@[]^_{|}~!#$%&*+,-./:;) Tj ET") == []


def test_more_characters_than_can_be_read_in_time_are_left_to_the_pixels() -> None:
    many = "BT /F1 4 Tf 2 190 Td " + "0 -4 Td (TOTAL 12.80 EUR and more text than that) Tj " * 400 + "ET"
    assert texts(many, media_box="0 -2000 300 200") == []


def test_the_sample_invoice_reads_by_its_layer(samples: Path) -> None:
    drawn = render_pdf_page((samples / "invoice.pdf").read_bytes(), 1, LIMITS)
    assert len(drawn.text_lines) > 10
    height_px, width_px, _ = drawn.image.shape
    corners = np.concatenate([line.quad for line in drawn.text_lines])
    assert (corners >= -1).all()
    assert (corners <= [width_px + 1, height_px + 1]).all()
