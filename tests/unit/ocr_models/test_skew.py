import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_models.skew import direction_degrees, is_elongated, runs_downwards, skew_degrees
from ocr_models.types import DetectedLines


def lines_at(degrees: list[float], length: float = 200) -> DetectedLines:
    """Lines of one length at the given angles below the x axis."""
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * (length, 20)
    quads = [cv2.transform(corners[None], cv2.getRotationMatrix2D((0, 0), -angle, 1))[0] for angle in degrees]
    return DetectedLines(np.array(quads, np.float32).reshape(-1, 4, 2), np.ones(len(quads), np.float32))


@given(skew=st.floats(-44, 44), on_its_side=st.booleans())
def test_skew_is_positive_where_text_runs_downhill(skew: float, on_its_side: bool) -> None:
    lines = lines_at([skew + 90 * on_its_side] * 5)
    assert skew_degrees(lines) == pytest.approx(skew, abs=0.01)
    assert runs_downwards(lines) == on_its_side


def test_skew_withstands_a_third_of_stray_lines() -> None:
    assert skew_degrees(lines_at([3.1, 3, 2.9, 3, -40, 38])) == pytest.approx(3, abs=0.2)


def test_skew_keeps_lines_around_45_degrees_together() -> None:
    assert abs(skew_degrees(lines_at([44, 45, 46, -44]))) == pytest.approx(45, abs=1)


def test_skew_is_zero_if_no_line_is_long_enough_to_tell() -> None:
    assert skew_degrees(lines_at([])) == 0
    assert skew_degrees(lines_at([30, 30], length=25)) == 0
    assert not runs_downwards(lines_at([90], length=25))


def test_only_lines_longer_than_high_show_their_direction() -> None:
    assert is_elongated(lines_at([70], length=45).quads).tolist() == [True]
    assert is_elongated(lines_at([70], length=35).quads).tolist() == [False]


@given(st.floats(-179, 179))
def test_direction_tells_all_ways_around_apart(degrees: float) -> None:
    assert direction_degrees(lines_at([degrees] * 3)) == pytest.approx(degrees, abs=0.01)


@given(st.floats(-179, 179))
def test_turning_lines_upside_down_turns_their_direction_by_half_a_turn(degrees: float) -> None:
    turned = direction_degrees(lines_at([degrees] * 3).upside_down())
    assert np.cos(np.radians(turned - degrees)) == pytest.approx(-1)


def test_direction_keeps_lines_around_the_seam_together() -> None:
    assert abs(direction_degrees(lines_at([179, -179, 178, 180]))) == pytest.approx(179.5, abs=1)


def test_direction_of_a_page_without_lines_is_rightwards() -> None:
    assert direction_degrees(lines_at([])) == 0
