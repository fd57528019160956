"""What every line detector does, of either size."""

import numpy as np
import pytest

from ocr_models.types import Image, Quads
from ocr_server.ports import AdjustableLineDetector
from tests.contract.models.fixture_types import Models


@pytest.fixture(params=["line_detector", "line_detector_tiny"])
def detector(request: pytest.FixtureRequest, models: Models) -> AdjustableLineDetector:
    detector: AdjustableLineDetector = getattr(models, request.param)
    return detector


async def test_printed_lines_are_found_where_they_stand(
    detector: AdjustableLineDetector, printed_page: tuple[Image, Quads]
) -> None:
    page, printed = printed_page
    lines = await detector.find_lines(page)
    assert lines.quads.dtype == lines.scores.dtype == np.float32
    order = lines.quads.mean(axis=1)[:, 1].argsort()
    np.testing.assert_allclose(lines.quads[order], printed, atol=12)
    assert ((lines.scores >= 0.5) & (lines.scores <= 1)).all()


async def test_a_blank_page_has_no_lines(detector: AdjustableLineDetector) -> None:
    lines = await detector.find_lines(np.full((480, 320, 3), 255, np.uint8))
    assert (lines.quads.shape, lines.scores.shape) == ((0, 4, 2), (0,))


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (31, 33)])
async def test_odd_sizes_give_quads_inside_the_page(detector: AdjustableLineDetector, shape: tuple[int, int]) -> None:
    lines = await detector.find_lines(np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8))
    assert ((lines.quads >= 0) & (lines.quads <= shape[::-1])).all()


async def test_an_adjusted_detector_grows_lines_further_and_leaves_the_original_as_it_was(
    detector: AdjustableLineDetector, printed_page: tuple[Image, Quads]
) -> None:
    page, _ = printed_page
    before = await detector.find_lines(page)
    loose = await detector.adjusted(unclip_ratio=1.4).find_lines(page)
    after = await detector.find_lines(page)
    np.testing.assert_array_equal(before.quads, after.quads)
    assert (np.ptp(loose.quads, axis=1) > np.ptp(before.quads, axis=1)).all()


async def test_a_closer_look_still_finds_lines_where_they_stand(
    detector: AdjustableLineDetector, printed_page: tuple[Image, Quads]
) -> None:
    page, printed = printed_page
    lines = await detector.adjusted(letter_px=16.0).find_lines(page)
    np.testing.assert_allclose(lines.quads[lines.quads.mean(axis=1)[:, 1].argsort()], printed, atol=12)


async def test_the_version_names_the_weights(models: Models) -> None:
    blank = np.full((64, 64, 3), 255, np.uint8)
    for name in ("line_detector", "line_detector_tiny"):
        detector: AdjustableLineDetector = getattr(models, name)
        await detector.adjusted(unclip_ratio=1.4).find_lines(blank)
        assert detector.version.startswith(f"{name}:1-")
