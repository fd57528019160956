"""A sheet on a table is found by its four corners; nothing is cut off where there is doubt."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_models.types import Image, Quads
from ocr_server.pipeline.outline import find_outline

TABLE = (70, 55, 45)


def photograph(page: Image, corners: np.ndarray, size: tuple[int, int]) -> Image:
    """The page lying on a dark table with its corners (4, 2) at these pixels of a picture (width, height)."""
    height, width = page.shape[:2]
    sheet = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(sheet, corners.astype(np.float32))
    return cv2.warpPerspective(page, matrix, size, borderValue=TABLE)


shifts = st.floats(-25, 25)
corners_of_sheets = st.tuples(*[st.tuples(shifts, shifts)] * 4).map(
    lambda moved: np.array([[150, 120], [650, 120], [650, 780], [150, 780]]) + np.array(moved)
)


@settings(max_examples=30, deadline=None)
@given(corners_of_sheets)
def test_the_corners_of_a_sheet_on_a_table_are_found(corners: np.ndarray) -> None:
    page = np.full((660, 500, 3), 235, np.uint8)
    page[100:600:40, 60:440] = 30  # writing, roughly
    found = find_outline(photograph(page, corners, (800, 900)))
    assert found is not None
    assert np.abs(found - corners).max() < 8


def test_corners_begin_at_the_top_left_and_run_clockwise(printed_page: tuple[Image, Quads]) -> None:
    corners = np.array([[150, 160], [640, 110], [690, 740], [200, 790]], float)
    found = find_outline(photograph(printed_page[0], corners, (800, 900)))
    assert found is not None
    np.testing.assert_allclose(found, corners, atol=8)


def test_a_scan_that_fills_its_picture_has_no_outline(printed_page: tuple[Image, Quads]) -> None:
    assert find_outline(printed_page[0]) is None


def test_a_sheet_is_not_cut_where_writing_goes_on_outside(printed_page: tuple[Image, Quads]) -> None:
    page, _ = printed_page
    around = np.full((900, 1300, 3), TABLE, np.uint8)
    around[120:760, 80:640] = page
    assert find_outline(around) is not None
    around[120:760, 720:1280] = 255 - page // 2
    assert find_outline(around) is None


@pytest.mark.parametrize("shape", [(1, 1), (5, 4000), (4000, 5), (40, 40)])
def test_odd_sizes_have_no_outline(shape: tuple[int, int]) -> None:
    assert find_outline(np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)) is None


def test_a_coloured_panel_on_a_label_is_no_sheet(printed_page: tuple[Image, Quads]) -> None:
    page, _ = printed_page
    label = cv2.copyMakeBorder(page, 200, 200, 200, 200, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    label[150:420, 150:810] = label[150:420, 150:810] // 3 + 20  # the writing goes on below the panel
    assert find_outline(label) is None
