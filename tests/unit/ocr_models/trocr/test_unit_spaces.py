import numpy as np
import pytest

from ocr_models.trocr.unit_spaces import missing_spaces

GLYPH_PX, USUAL_PX = 6, 2


def line(text: str, wide_before: int | None, white_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Centers and ink of a text in a fixed pitch, with other white before one of its characters."""
    ink: list[bool] = []
    centers = []
    for index, character in enumerate(text):
        ink += [False] * (white_px if index == wide_before else USUAL_PX)
        centers.append(len(ink) + GLYPH_PX / 2)
        ink += [character != " "] * GLYPH_PX
    return np.array(centers, np.float32), np.array(ink)


@pytest.mark.parametrize(
    ("text", "unit"), [("6.2g", 3), ("500ml", 3), ("Salt 0.94g", 9), ("1,5kg", 3), ("12µg", 2), ("Fat 3g", 5)]
)
def test_a_unit_stands_apart_where_the_white_says_so(text: str, unit: int) -> None:
    assert missing_spaces(text, *line(text, unit, 2 * USUAL_PX)) == [unit]
    assert missing_spaces(text, *line(text, unit, USUAL_PX + 1)) == []


@pytest.mark.parametrize("text", ["L5073B", "A4", "3G4", "12pieces", "B12g", "x", "", "6.2 g", "12"])
def test_codes_and_words_stay_whole(text: str) -> None:
    for place in range(1, len(text)):
        assert missing_spaces(text, *line(text, place, 3 * USUAL_PX)) == []
    assert missing_spaces(text, *line(text, None, 0)) == []


def test_several_units_of_one_line_are_told_apart() -> None:
    text = "6.2g 7.4g"
    centers, ink = line(text, 3, 3 * USUAL_PX)
    assert missing_spaces(text, centers, ink) == [3]


def test_a_narrow_digit_in_fixed_pitch_print_is_no_reason() -> None:
    """White beside it, but no further from its unit than any two characters."""
    centers, ink = line("4.1x", None, 0)
    ink[round(centers[2]) : round(centers[2]) + GLYPH_PX // 2] = False
    assert missing_spaces("4.1x", centers, ink) == []
