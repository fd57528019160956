"""What every judge of a page's orientation does."""

import numpy as np
import pytest

from ocr_models.types import DetectedLines, Image, Quads
from tests.contract.models.fixture_types import Models


@pytest.mark.parametrize("clockwise_turns", [0, 1, 2, 3])
async def test_judged_rotation_sets_a_turned_page_upright(
    models: Models, printed_page: tuple[Image, Quads], clockwise_turns: int
) -> None:
    page, _ = printed_page
    turned: Image = np.rot90(page, -clockwise_turns)
    judgement = await models.page_orientation.judge(turned, await models.line_detector.find_lines(turned))
    assert judgement.confidence > 0.8
    np.testing.assert_array_equal(np.rot90(turned, -judgement.rotation_degrees // 90), page)


async def test_lines_that_waver_are_judged_by_more_of_them(models: Models) -> None:
    """Noise tells nothing: the judge asks about all lines that it samples, and stays unsure."""
    noise = np.random.default_rng(1).integers(0, 256, (600, 400, 3), dtype=np.uint8)
    boxes = [[[20, y], [380, y], [380, y + 30], [20, y + 30]] for y in range(20, 560, 50)]
    judgement = await models.page_orientation.judge(
        noise, DetectedLines(np.array(boxes, np.float32), np.ones(len(boxes), np.float32))
    )
    assert 0.5 <= judgement.confidence < 0.95


async def test_a_page_without_lines_is_taken_to_be_upright_without_confidence(models: Models) -> None:
    nothing = DetectedLines(np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))
    judgement = await models.page_orientation.judge(np.full((100, 100, 3), 255, np.uint8), nothing)
    assert (judgement.rotation_degrees, judgement.confidence) == (0, 0.5)
