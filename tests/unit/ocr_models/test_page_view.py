"""How closely to look at a page, told by its letters."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr_models.page_view import choose_view, letter_sizes_px
from ocr_models.types import Image, Quads

LETTER_PX = 12.0


def page_of(text_heights: list[tuple[str, float]], shape: tuple[int, int] = (900, 900)) -> Image:
    """Print each text in letters of its scale, one below the other, on white."""
    page = np.full((*shape, 3), 255, np.uint8)
    y = 60
    for text, scale in text_heights:
        cv2.putText(page, text, (40, y), cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), max(1, round(2 * scale)))
        y += round(40 * scale) + 12
    return page


@pytest.mark.parametrize("enlargement", [0.6, 1.0, 1.7])
@pytest.mark.parametrize("quarter_turns", [0, 1])
def test_the_scale_makes_letters_as_high_as_asked(
    printed_page: tuple[Image, Quads], enlargement: float, quarter_turns: int
) -> None:
    page = cv2.resize(printed_page[0], None, fx=enlargement, fy=enlargement, interpolation=cv2.INTER_AREA)
    capital_px = 26 * 0.72 * enlargement  # of a font size of 26
    view = choose_view(np.rot90(page, quarter_turns), LETTER_PX)
    assert view.scale * capital_px == pytest.approx(LETTER_PX, rel=0.25)


def test_a_page_in_a_corner_of_a_sheet_is_looked_at_alone(printed_page: tuple[Image, Quads]) -> None:
    page, printed = printed_page
    sheet = np.full((1800, 1300, 3), 255, np.uint8)
    sheet[900 : 900 + page.shape[0], 600 : 600 + page.shape[1]] = page
    view = choose_view(sheet, LETTER_PX)
    text = printed + np.array([600, 900])
    assert 560 < view.left < text[..., 0].min()
    assert 860 < view.top < text[..., 1].min()
    assert text[..., 0].max() < view.right < 1300
    assert text[..., 1].max() < view.bottom < 1700


def test_small_print_below_large_letters_decides() -> None:
    headings = [("SALE PRICE", 3.0)] * 2
    small_print = [("best before the end of the month see the lid", 0.45)] * 8
    both, alone = (choose_view(page_of(texts), LETTER_PX) for texts in (headings + small_print, headings * 2))
    assert both.scale > 2 * alone.scale


def test_marks_of_other_shapes_are_no_letters() -> None:
    page = np.full((400, 400), 255, np.uint8)
    cv2.line(page, (20, 50), (380, 50), 0, 3)
    cv2.rectangle(page, (60, 100), (300, 350), 0, 2)
    page[380:383, 20:380:7] = 0  # a dotted rule
    assert len(letter_sizes_px(page)) == 0


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((1, 1, 3), np.uint8),
        np.full((5000, 2, 3), 128, np.uint8),
        np.full((4000, 3000, 3), 255, np.uint8),
        np.random.default_rng(0).integers(0, 256, (3000, 2500, 3), np.uint8),
    ],
    ids=["a pixel", "a sliver", "blank", "noise"],
)
def test_any_image_has_a_view_of_bounded_area(image: NDArray[np.uint8]) -> None:
    view = choose_view(image, LETTER_PX)
    assert 0 <= view.left < view.right <= image.shape[1]
    assert 0 <= view.top < view.bottom <= image.shape[0]
    assert (view.right - view.left) * (view.bottom - view.top) * view.scale**2 <= 1920 * 1361
