"""The models behind their ports, in this process and on a real Triton: every suite runs against both."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.adapters.embedded.models import (
    EmbeddedCtcRecognizer,
    EmbeddedLineDetector,
    EmbeddedOrientationJudge,
)
from ocr_server.adapters.embedded.trocr import EmbeddedTrocrRecognizer
from ocr_server.adapters.production.triton_client import connect_triton
from ocr_server.adapters.production.triton_models import TritonLineDetector, TritonOrientationJudge, TritonRecognizer
from ocr_server.stack.triton_process import TritonProcess
from tests.contract.models.fixture_types import Models
from tests.unit.conftest import printed_page

__all__ = ["printed_page"]

MODEL_REPOSITORY = Path(__file__).parents[3] / "model_repository"


@pytest.fixture(scope="module")
def pool() -> Iterator[CpuPool]:
    pool = CpuPool(2)
    yield pool
    asyncio.run(pool.close())


@pytest.fixture(scope="module")
def embedded_models(pool: CpuPool) -> Models:
    """Opened once a file: it is the slow part."""
    return Models(
        line_detector=EmbeddedLineDetector(MODEL_REPOSITORY, pool),
        line_detector_tiny=EmbeddedLineDetector(MODEL_REPOSITORY, pool, model="line_detector_tiny"),
        page_orientation=EmbeddedOrientationJudge(MODEL_REPOSITORY, pool),
        line_recognizer_ctc=EmbeddedCtcRecognizer(MODEL_REPOSITORY, pool),
        trocr=EmbeddedTrocrRecognizer(MODEL_REPOSITORY, pool),
    )


@pytest.fixture
async def triton_models(pool: CpuPool, triton: TritonProcess) -> AsyncIterator[Models]:
    async with connect_triton(triton.url) as client:
        yield Models(
            line_detector=TritonLineDetector(client, pool),
            line_detector_tiny=TritonLineDetector(client, pool, model="line_detector_tiny"),
            page_orientation=TritonOrientationJudge(client, pool),
            line_recognizer_ctc=TritonRecognizer.ctc(client, pool),
            trocr=TritonRecognizer.trocr(client, pool),
        )


@pytest.fixture(params=["embedded", "triton"])
def models(request: pytest.FixtureRequest, embedded_models: Models, triton_models: Models) -> Models:
    return {"embedded": embedded_models, "triton": triton_models}[request.param]
