from pathlib import Path

import numpy as np
import pytest

from ocr_models.line_detector import LineDetector
from ocr_models.page_orientation import PageOrientation
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
