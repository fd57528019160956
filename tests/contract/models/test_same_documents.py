"""A document reads the same wherever the models run."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ocr_server.bootstrap import open_reader
from ocr_server.domain.document import Engine, Recognition, RecognizeOptions
from ocr_server.reader import DocumentReader
from ocr_server.settings import Settings
from ocr_server.stack.triton_process import TritonProcess
from tests.same_pages import check_same_pages

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
    check_same_pages(found, expected)
    assert found.document.fields == expected.document.fields
    assert set(found.model_versions.split()) == {*expected.model_versions.split(), TRITON_VERSION}
