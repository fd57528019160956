"""A page is read whichever way up it lies, and what was read lands on its ink in the original picture."""

from collections.abc import AsyncIterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr_models.types import Image, Quads
from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.adapters.embedded.models import (
    EmbeddedCtcRecognizer,
    EmbeddedLineDetector,
    EmbeddedOrientationJudge,
)
from ocr_server.domain.geometry import Homography
from ocr_server.domain.progress import LinesRead, Progress, StageProgress
from ocr_server.pipeline.preprocess import PreparedPage, prepare
from ocr_server.pipeline.text import PageReader
from ocr_server.pipeline.trace import Trace
from ocr_server.ports import ReadingEngine
from tests.unit.conftest import LINES


@pytest.fixture
async def reader(model_repository: Path) -> AsyncIterator[PageReader]:
    compute = CpuPool(1)
    yield PageReader(
        compute,
        EmbeddedOrientationJudge(model_repository, compute),
        ReadingEngine(
            EmbeddedLineDetector(model_repository, compute).adjusted(unclip_ratio=1.4),
            EmbeddedCtcRecognizer(model_repository, compute),
        ),
    )
    await compute.close()


def turned(page: Image, degrees: float) -> tuple[Image, Homography]:
    """The page turned clockwise on a canvas that holds all of it, and the map from the page to there."""
    height, width = page.shape[:2]
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    size = np.ceil(np.abs([[cos, sin], [sin, cos]]) @ [width, height]).astype(int)
    turn = np.array([[cos, -sin], [sin, cos]])
    shift = size / 2 - turn @ [width / 2, height / 2]
    matrix = np.vstack([np.column_stack([turn, shift]), [0, 0, 1]])
    # OpenCV counts from the middle of the first pixel.
    to_middle = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    seen = np.linalg.inv(to_middle) @ matrix @ to_middle
    picture = cv2.warpPerspective(page, seen, tuple(size.tolist()), flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))
    return picture, Homography(matrix)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270, -15, 8, 15, 30, -40, 75, 105, 195])
async def test_a_turned_page_is_read_in_order_and_lands_on_its_ink(
    reader: PageReader, printed_page: tuple[Image, Quads], degrees: float
) -> None:
    page, printed = printed_page
    picture, to_picture = turned(page, degrees)

    read = await reader.read(prepare(picture), 1, Trace(lambda progress: None))

    assert [line.text for line in read.lines] == LINES
    off_degrees = (read.rotation_degrees + degrees + 180) % 360 - 180
    assert off_degrees == pytest.approx(0, abs=1)
    for line, quad in zip(read.lines, to_picture.apply(printed), strict=True):
        polygon = line.polygon.as_array().astype(np.float32)
        shared, _ = cv2.intersectConvexConvex(polygon, quad.astype(np.float32))
        assert shared > 0.9 * cv2.contourArea(quad.astype(np.float32))
        along, truth = polygon[1] - polygon[0], quad[1] - quad[0]
        assert along @ truth > 0.99 * np.linalg.norm(along) * np.linalg.norm(truth)
        assert [word.text for word in line.words] == line.text.split()
        for word in line.words:
            assert cv2.pointPolygonTest(polygon, word.polygon.center, False) >= 0


async def test_a_page_without_text_has_no_lines(reader: PageReader) -> None:
    blank = PreparedPage(np.full((300, 400, 3), 255, np.uint8), Homography.identity(), (400, 300))
    read = await reader.read(blank, 1, Trace(lambda progress: None))
    assert read.lines == ()
    assert read.rotation_degrees == 0


async def test_no_polygon_leaves_the_picture(reader: PageReader, printed_page: tuple[Image, Quads]) -> None:
    page = printed_page[0][50:, 60:]  # its writing begins at the edge
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 28, 1)
    picture = cv2.warpAffine(page, turn, (width, height), borderValue=(255, 255, 255))

    read = await reader.read(prepare(picture), 1, Trace(lambda progress: None))

    assert len(read.lines) > 4
    for item in (*read.lines, *(word for line in read.lines for word in line.words)):
        left, top, right, bottom = item.polygon.bounding_box
        assert left >= 0
        assert top >= 0
        assert right <= width
        assert bottom <= height


async def test_lines_are_told_as_they_are_read(reader: PageReader, printed_page: tuple[Image, Quads]) -> None:
    told: list[Progress] = []
    read = await reader.read(prepare(printed_page[0]), 3, Trace(told.append))

    partial = [line for progress in told if isinstance(progress, LinesRead) for line in progress.lines]
    assert sorted(line.text for line in partial) == sorted(line.text for line in read.lines)
    assert {progress.page_number for progress in told} == {3}
    last = [progress for progress in told if isinstance(progress, StageProgress)][-1]
    assert (last.lines_done, last.lines_total) == (len(LINES), len(LINES))
