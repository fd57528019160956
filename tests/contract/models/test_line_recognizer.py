"""What every line recognizer does."""

import numpy as np
import pytest
from PIL import ImageFont

from ocr_models.types import Image
from ocr_server.domain.document import Engine
from ocr_server.ports import LineRecognizer
from tests.contract.models.fixture_types import Models
from tests.unit.ocr_models.drawn_lines import check_form, draw

TEXTS = ["Total", "8.96", "TEL : 03-8765 4321", "DATE: 12/08/2017 18:05", "2 x Brown bread 400g 5.80", "Thank you"]
ENGINES = {"line_recognizer_ctc": Engine.PPOCR, "trocr": Engine.TROCR}


@pytest.fixture(params=list(ENGINES))
def name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def recognizer(name: str, models: Models) -> LineRecognizer:
    recognizer: LineRecognizer = getattr(models, name)
    return recognizer


@pytest.fixture(scope="module")
def crops() -> list[Image]:
    font = ImageFont.load_default(28)
    return [draw(text, font) for text in TEXTS]


async def test_drawn_lines_are_read_in_the_order_they_came(
    recognizer: LineRecognizer, name: str, crops: list[Image]
) -> None:
    reads = await recognizer.read_lines(crops)
    assert [line.text.text for line in reads] == TEXTS
    assert {line.engine for line in reads} == {ENGINES[name]}
    for line in reads:
        check_form(line.text)


async def test_planned_batches_hold_every_line_once_and_can_be_read(
    recognizer: LineRecognizer, crops: list[Image]
) -> None:
    many = crops * 4
    read: dict[int, str] = {}
    for batch in recognizer.plan_batches(many):
        lines = await recognizer.read_lines([many[index] for index in batch])
        for index, line in zip(batch, lines, strict=True):
            assert index not in read
            read[index] = line.text.text
    assert [read[index] for index in range(len(many))] == TEXTS * 4


@pytest.mark.parametrize("shape", [(1, 1), (2, 300), (40, 2), (30, 200)])
async def test_a_crop_without_text_gives_an_empty_text(recognizer: LineRecognizer, shape: tuple[int, int]) -> None:
    (line,) = await recognizer.read_lines([np.full((*shape, 3), 255, np.uint8)])
    assert (line.text.text, line.text.confidence) == ("", 0.0)
    check_form(line.text)


async def test_noise_of_odd_shape_is_read_without_harm_beside_a_line(
    recognizer: LineRecognizer, crops: list[Image]
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (9, 700, 3), dtype=np.uint8)
    for line in await recognizer.read_lines([noise, crops[0]]):
        check_form(line.text)


async def test_no_crops_no_reads(recognizer: LineRecognizer) -> None:
    assert recognizer.plan_batches([]) == []
    assert await recognizer.read_lines([]) == []


async def test_the_version_names_the_weights(recognizer: LineRecognizer, name: str, crops: list[Image]) -> None:
    await recognizer.read_lines(crops[:1])
    assert recognizer.version.startswith(f"{name}:1-")
