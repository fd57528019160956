"""A server whose models find nothing: ``python -m benchmarks.noop_server serve|work``, with OCR_… settings.

All else is the product's own: what a job costs there is what it costs besides its reading.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np

from ocr_models.types import DetectedLines, Image
from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.domain.document import Engine
from ocr_server.fresh_versions import FreshVersions
from ocr_server.lifespan import serve, work
from ocr_server.logs import configure_logging
from ocr_server.metrics import Metrics
from ocr_server.pipeline.process import Parts
from ocr_server.ports import ReadingEngine
from ocr_server.settings import Settings
from ocr_server.stack.tansu_shim import teach_aiokafka_version_3
from tests.chaos.process import BlindReader, LabelRecognizer, UprightJudge


class BlindDetector:
    """Port ``LineDetector``."""

    version = "blind:1"

    async def find_lines(self, image: Image) -> DetectedLines:
        """Find nothing."""
        return DetectedLines(np.empty((0, 4, 2), np.float32), np.empty(0, np.float32))


@asynccontextmanager
async def open_parts(settings: Settings, metrics: Metrics) -> AsyncIterator[tuple[Parts, FreshVersions]]:
    """Models that find nothing."""
    compute = CpuPool(1)
    engines = {Engine.AUTO: ReadingEngine(BlindDetector(), LabelRecognizer(0.0, 0.0))}
    fresh = FreshVersions(_stay_as_they_are)
    try:
        yield Parts(compute, UprightJudge(), engines, [BlindReader()], settings.limits), fresh
    finally:
        await fresh.close()
        await compute.close()


async def _stay_as_they_are() -> None:
    """Models in this process."""


if __name__ == "__main__":
    teach_aiokafka_version_3()
    settings = Settings()
    configure_logging(settings)
    asyncio.run({"serve": serve, "work": work}[sys.argv[1]](settings, open_parts=open_parts))
