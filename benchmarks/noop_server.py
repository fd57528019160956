"""A server whose models find nothing: ``python -m benchmarks.noop_server serve|work``, with OCR_… settings.

All else is the product's own: what a job costs there is what it costs besides its reading.
"""

from contextlib import AbstractAsyncContextManager

import numpy as np

from ocr_models.types import DetectedLines, Image
from ocr_server.fresh_versions import FreshVersions
from ocr_server.metrics import Metrics
from ocr_server.pipeline.process import Parts
from ocr_server.ports import ReadingEngine
from ocr_server.settings import Settings
from tests.chaos.process import LabelRecognizer, run, stubbed


class BlindDetector:
    """Port ``LineDetector``."""

    version = "blind:1"

    async def find_lines(self, image: Image) -> DetectedLines:
        """Find nothing."""
        return DetectedLines(np.empty((0, 4, 2), np.float32), np.empty(0, np.float32))


def open_parts(settings: Settings, metrics: Metrics) -> AbstractAsyncContextManager[tuple[Parts, FreshVersions]]:
    """Models that find nothing."""
    return stubbed(settings, ReadingEngine(BlindDetector(), LabelRecognizer(0.0, 0.0)))


if __name__ == "__main__":
    run(open_parts)
