import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxingcpp import BarcodeFormat

from ocr_models.types import Image
from ocr_server.domain.geometry import Polygon
from ocr_server.pipeline.bars import outline_bars, shows_bars
from tests.symbols import blank_page, draw_symbol, on_page, overlap

SYMBOL = draw_symbol("Invoice 2024-117", BarcodeFormat.Code128, module_px=2)


def scan_line(symbol_place: Polygon, askew_degrees: float) -> Polygon:
    """From the first bar to the last, through the middle, not quite across the bars."""
    center, angle = symbol_place.center, math.radians(symbol_place.angle_degrees + askew_degrees)
    half_px = symbol_place.width_px / 2 / math.cos(math.radians(askew_degrees))
    x, y = half_px * math.cos(angle), half_px * math.sin(angle)
    start, end = (center.x - x, center.y - y), (center.x + x, center.y + y)
    return Polygon.from_array([start, end, end, start])


@settings(deadline=None, max_examples=60)
@given(st.floats(-180, 180), st.floats(-12, 12))
def test_one_scan_line_is_grown_to_the_whole_symbol(degrees_clockwise: float, askew_degrees: float) -> None:
    page, place = on_page(SYMBOL, degrees_clockwise)
    outline = outline_bars(page, scan_line(place, askew_degrees))
    assert overlap(outline, place) > 0.85
    assert math.dist(outline.vertices[0], place.vertices[0]) < 15  # the same end, the same way up


@pytest.mark.parametrize("scan", [Polygon.from_box(50, 50, 200, 60), Polygon.from_box(50, 50, 50, 50)])
def test_without_bars_the_scan_is_all_that_is_known(scan: Polygon) -> None:
    assert outline_bars(blank_page(), scan) == scan


@pytest.mark.parametrize("degrees_clockwise", [0, 15, 90, 135])
@pytest.mark.parametrize("blur_px", [0.0, 2.0])
def test_bars_are_seen_turned_and_blurred(degrees_clockwise: float, blur_px: float) -> None:
    page, _ = on_page(SYMBOL, degrees_clockwise)
    assert shows_bars(cv2.GaussianBlur(page, (0, 0), blur_px) if blur_px else page)


def text() -> Image:
    page = blank_page()
    for y in range(30, 470, 22):
        cv2.putText(page, "Total 1,234.56 EUR incl. VAT", (20, y), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2)
    return page


def paper_on_a_table() -> Image:
    page = np.full((480, 640, 3), 60, np.uint8)
    page[40:440, 150:490] = 250
    return page


@pytest.mark.parametrize("page", [blank_page(), blank_page(1, 1), blank_page(3000, 2), text(), paper_on_a_table()])
def test_no_bars_are_seen_in_text_or_at_the_edge_of_the_paper(page: Image) -> None:
    assert not shows_bars(page)
