"""A document reads the same wherever the models run."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ocr_server.bootstrap import open_reader
from ocr_server.domain.document import Engine, Recognition, RecognizeOptions
from ocr_server.reader import DocumentReader
from ocr_server.settings import Settings
from ocr_server.stack.triton_process import TritonProcess

TRITON_VERSION = "triton:2.51.0"


@pytest.fixture
async def embedded() -> AsyncIterator[DocumentReader]:
    async with open_reader(Settings()) as reader:
        yield reader


@pytest.fixture
async def on_triton(triton: TritonProcess) -> AsyncIterator[DocumentReader]:
    async with open_reader(Settings(triton_url=triton.url)) as reader:
        yield reader


@pytest.mark.parametrize("name", ["receipt.png", "receipt-photo.jpg", "product-label.jpg"])
async def test_text_polygons_and_confidences_are_the_same(
    embedded: DocumentReader, on_triton: DocumentReader, samples: Path, name: str
) -> None:
    content = (samples / name).read_bytes()
    for engine in (Engine.BALANCED, Engine.FAST, Engine.PPOCR):
        expected = await embedded.read(content, RecognizeOptions(engine))
        check_same(await on_triton.read(content, RecognizeOptions(engine)), expected)


def check_same(found: Recognition, expected: Recognition) -> None:
    for expected_page, found_page in zip(expected.document.pages, found.document.pages, strict=True):
        assert found_page.rotation_degrees == expected_page.rotation_degrees
        for line, found_line in zip(expected_page.lines, found_page.lines, strict=True):
            assert (found_line.text, found_line.polygon, found_line.engine) == (line.text, line.polygon, line.engine)
            assert found_line.confidence == pytest.approx(line.confidence, abs=1e-6)
            assert found_line.detection_score == line.detection_score
            for word, found_word in zip(line.words, found_line.words, strict=True):
                assert (found_word.text, found_word.polygon) == (word.text, word.polygon)
                assert found_word.confidence == pytest.approx(word.confidence, abs=1e-6)
    assert found.document.fields == expected.document.fields
    assert set(found.model_versions.split()) == {*expected.model_versions.split(), TRITON_VERSION}
