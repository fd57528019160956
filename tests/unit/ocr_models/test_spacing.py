import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from ocr_models.spacing import find_spaces, gap_features, ink_columns, white_between

NO_INKLING, INKLING, CERTAINTY = 1e-5, 0.1, 0.99
GLYPH_PX = 10.0


def spaces_of(gaps_px: list[float], probabilities: list[float]) -> list[bool]:
    """Glyphs of equal width, the given white between them."""
    white = np.array(gaps_px, np.float32)
    steps = white + GLYPH_PX
    centers_px = np.concatenate([[GLYPH_PX / 2], GLYPH_PX / 2 + np.cumsum(steps)]).astype(np.float32)
    left = centers_px[:-1] + GLYPH_PX / 2
    stretches = np.stack([left, left + white], axis=1)
    return find_spaces(gap_features(np.array(probabilities, np.float32), centers_px, stretches)).tolist()


def test_even_gaps_are_no_spaces() -> None:
    assert spaces_of([3.0] * 8, [NO_INKLING] * 8) == [False] * 8


def test_the_network_alone_can_tell_a_space() -> None:
    assert spaces_of([3.0] * 5, [NO_INKLING, NO_INKLING, CERTAINTY, NO_INKLING, NO_INKLING])[2]


def test_a_wide_gap_and_an_inkling_make_a_space() -> None:
    probabilities = [NO_INKLING] * 2 + [INKLING] + [NO_INKLING] * 3
    assert spaces_of([3.0, 3.0, 14.0, 3.0, 3.0, 3.0], probabilities) == [False, False, True, False, False, False]


def test_an_inkling_in_an_even_gap_makes_none() -> None:
    assert not any(spaces_of([3.0] * 5, [NO_INKLING, NO_INKLING, INKLING / 4, NO_INKLING, NO_INKLING]))


@given(st.lists(st.floats(0, 30), min_size=1, max_size=20), st.data())
def test_a_surer_network_never_takes_a_space_away(gaps_px: list[float], data: st.DataObject) -> None:
    chances = st.lists(st.floats(0, 1), min_size=len(gaps_px), max_size=len(gaps_px))
    less, more = data.draw(chances), data.draw(chances)
    more = [max(pair) for pair in zip(less, more, strict=True)]
    assert all(
        sure or not unsure for unsure, sure in zip(spaces_of(gaps_px, less), spaces_of(gaps_px, more), strict=True)
    )


@pytest.mark.parametrize("count", [0, 1])
def test_less_than_two_characters_have_no_gaps(count: int) -> None:
    centers_px = np.full(count, 12.0, np.float32)
    stretches = white_between(np.zeros(40, bool), centers_px) if count else np.zeros((0, 2), np.float32)
    features = gap_features(np.zeros(0, np.float32), centers_px, stretches)
    assert features.shape == (0, 3)
    assert find_spaces(features).shape == (0,)


def line_image(*, ink: int, paper: int) -> NDArray[np.uint8]:
    """Two glyphs, columns 10 to 19 and 40 to 49, on a line 48 high."""
    line = np.full((48, 80), paper, np.uint8)
    line[12:36, 10:20] = ink
    line[12:36, 40:50] = ink
    return line


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0), (90, 160)])
def test_ink_is_found_dark_on_light_and_light_on_dark(ink: int, paper: int) -> None:
    expected = [*range(10, 20), *range(40, 50)]
    assert np.flatnonzero(ink_columns(line_image(ink=ink, paper=paper))).tolist() == expected


def test_a_rule_under_the_text_and_a_neighbouring_line_are_not_ink() -> None:
    line = line_image(ink=0, paper=255)
    line[40:42] = 0
    line[:3, 60:75] = 0
    assert np.flatnonzero(ink_columns(line)).tolist() == [*range(10, 20), *range(40, 50)]


def test_white_is_what_lies_between_the_glyphs() -> None:
    ink = ink_columns(line_image(ink=0, paper=255))
    assert white_between(ink, np.array([15, 45], np.float32)).tolist() == [[20, 40]]


def test_touching_glyphs_are_parted_half_way() -> None:
    assert white_between(np.ones(40, bool), np.array([10, 30], np.float32)).tolist() == [[20, 20]]


@given(arrays(bool, st.integers(8, 120)), st.data())
def test_white_is_the_widest_stretch_without_ink_in_its_gap(ink: NDArray[np.bool_], data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, 2 * len(ink)), min_size=2, max_size=8, unique=True))
    centers_px = np.sort(np.array(places, np.float32)) / 2
    stretches = white_between(ink, centers_px)
    assert len(stretches) == len(centers_px) - 1
    for left, right, (start, end) in zip(centers_px, centers_px[1:], stretches, strict=False):
        assert left <= start <= end <= right
        assert start == end or not ink[int(np.floor(start)) : int(np.ceil(end))].any()
        # No stretch of white columns inside of the gap is wider.
        inside = ink[int(np.ceil(left)) : int(np.floor(right))]
        runs = np.split(inside, np.flatnonzero(np.diff(inside)) + 1)
        assert end - start >= max((len(run) for run in runs if len(run) and not run[0]), default=0)


@given(st.lists(st.floats(1, 12), min_size=2, max_size=20), st.floats(0.5, 1.0))
def test_features_do_not_depend_on_the_size_of_print(gaps_px: list[float], scale: float) -> None:
    centers_px = np.concatenate([[0], np.cumsum([gap + 8 for gap in gaps_px])]).astype(np.float32)
    assume(np.median(np.diff(centers_px)) < 24)
    stretches = np.stack([centers_px[:-1] + 4, centers_px[1:] - 4], axis=1).astype(np.float32)
    probabilities = np.full(len(gaps_px), 0.3, np.float32)
    features = gap_features(probabilities, centers_px, stretches)
    scaled = gap_features(probabilities, centers_px * np.float32(scale), stretches * np.float32(scale))
    assert scaled == pytest.approx(features, abs=1e-3)
