"""One of our processes, to be killed: the product's own, but for models that read nothing but ``labels``.

usage: python -m tests.chaos.process serve|work, with OCR_… settings. READS_FOR_S: shortest and longest time of a line.
"""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import numpy as np

from ocr_models.page_orientation import Orientation
from ocr_models.types import DetectedLines, Image, ReadText
from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.bootstrap import OpenParts
from ocr_server.domain.document import Engine
from ocr_server.fresh_versions import FreshVersions
from ocr_server.lifespan import serve, work
from ocr_server.logs import configure_logging
from ocr_server.metrics import Metrics
from ocr_server.pipeline.process import Parts
from ocr_server.ports import BarcodeReading, ReadingEngine, ReadLine
from ocr_server.settings import Settings
from ocr_server.stack.tansu_shim import teach_aiokafka_version_3
from tests.chaos import labels

READS_FOR_S = "READS_FOR_S"


class LabelDetector:
    """Port ``LineDetector``."""

    version = "label-detector:1"

    async def find_lines(self, image: Image) -> DetectedLines:
        return DetectedLines(labels.find(image), np.ones(1, np.float32))


class UprightJudge:
    """Port ``OrientationJudge``."""

    version = "upright:1"

    async def judge(self, image: Image, lines: DetectedLines) -> Orientation:
        return Orientation(0, 1.0)


class LabelRecognizer:
    """Port ``LineRecognizer``. Poison kills the process, as a crash in a native library would."""

    version = "label-recognizer:1"

    def __init__(self, shortest_s: float, longest_s: float) -> None:
        self._shortest_s, self._longest_s = shortest_s, longest_s

    def plan_batches(self, crops: Sequence[Image]) -> list[list[int]]:
        return [[index] for index in range(len(crops))]

    async def read_lines(self, crops: Sequence[Image], languages: Sequence[str] = ()) -> list[ReadLine]:
        await asyncio.sleep(random.uniform(self._shortest_s, self._longest_s))
        return [ReadLine(_read(crop), Engine.PPOCR) for crop in crops]


class BlindReader:
    """Port ``BarcodeReader``."""

    name, version = "blind", "1"

    async def read_barcodes(self, image: Image) -> list[BarcodeReading]:
        return []


def _read(crop: Image) -> ReadText:
    number, is_poison = labels.read(crop)
    if is_poison:
        os.kill(os.getpid(), signal.SIGKILL)
    text = labels.text_of(number)
    edges = np.linspace(0, 1, len(text) + 1, dtype=np.float32)
    spans = np.stack([edges[:-1], edges[1:]], axis=1)
    return ReadText(text, 1.0, np.ones(len(text), np.float32), spans)


@asynccontextmanager
async def stubbed(settings: Settings, engine: ReadingEngine) -> AsyncIterator[tuple[Parts, FreshVersions]]:
    """Parts that read with this engine, upright, and no barcodes."""
    compute = CpuPool(1)
    fresh = FreshVersions(_nothing_changes)
    try:
        yield Parts(compute, UprightJudge(), {Engine.AUTO: engine}, [BlindReader()], settings.limits), fresh
    finally:
        await fresh.close()
        await compute.close()


async def _nothing_changes() -> None:
    """Models in this process."""


def run(open_parts: OpenParts) -> None:
    """Be the process that the command line names, serve or work, with these parts."""
    teach_aiokafka_version_3()
    settings = Settings()
    configure_logging(settings)
    running = {"serve": serve, "work": work}[sys.argv[1]]
    asyncio.run(running(settings, open_parts=open_parts))


def _label_parts(settings: Settings, metrics: Metrics) -> AbstractAsyncContextManager[tuple[Parts, FreshVersions]]:
    recognizer = LabelRecognizer(*map(float, os.environ[READS_FOR_S].split()))
    return stubbed(settings, ReadingEngine(LabelDetector(), recognizer))


if __name__ == "__main__":
    run(_label_parts)
