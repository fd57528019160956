from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_models.line_detector import LineDetector
from ocr_models.page_orientation import PageOrientation
from ocr_models.skew import runs_downwards, skew_degrees
from ocr_models.types import DetectedLines, Image, Quads


@pytest.fixture(scope="module")
def orientation(model_repository: Path) -> PageOrientation:
    return PageOrientation(model_repository / "page_orientation/1/model.onnx")


@pytest.mark.parametrize("clockwise_turns", [0, 1, 2, 3])
def test_judged_rotation_sets_a_turned_page_upright(
    detector: LineDetector, orientation: PageOrientation, printed_page: tuple[Image, Quads], clockwise_turns: int
) -> None:
    page, _ = printed_page
    turned: Image = np.rot90(page, -clockwise_turns)
    judgement = orientation.judge(turned, detector.find(turned))
    assert judgement.confidence > 0.8
    np.testing.assert_array_equal(np.rot90(turned, -judgement.rotation_degrees // 90), page)


def test_page_without_lines_is_taken_to_be_upright_without_confidence(orientation: PageOrientation) -> None:
    nothing = DetectedLines(np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))
    judgement = orientation.judge(np.full((100, 100, 3), 255, np.uint8), nothing)
    assert judgement.rotation_degrees == 0
    assert judgement.confidence == 0.5


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
