"""Whole pages: models in this process against the same models on Triton."""

import os
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from rich.progress import Progress

from benchmarks.triton.closed_loop import Ask
from benchmarks.triton.comparison import compare
from ocr_server.bootstrap import open_reader
from ocr_server.domain.document import RecognizeOptions
from ocr_server.reader import DocumentReader
from ocr_server.settings import Limits, Settings

IN_PROCESS, ON_TRITON = "in process", "Triton"


async def compare_pages(
    triton_url: str, images: Sequence[bytes], concurrencies: Sequence[int], seconds: float, progress: Progress
) -> dict[str, Any]:
    """Read image files both ways, with the default engine and as many threads as cores; see ``compare``."""
    settings = Settings(
        cpu_workers=len(os.sched_getaffinity(0)),
        # The door lets everybody in, as a refusal has no latency; as many as ever are at work at a time.
        limits=Limits(max_waiting=max(concurrencies)),
    )
    async with AsyncExitStack() as stack:
        asks: dict[str, Ask[bytes]] = {}
        for name, url in ((IN_PROCESS, ""), (ON_TRITON, triton_url)):
            reader = open_reader(settings.model_copy(update={"triton_url": url}))
            asks[name] = _asking(await stack.enter_async_context(reader))
        found = await compare(
            asks,
            images,
            baseline=IN_PROCESS,
            concurrencies=concurrencies,
            seconds=seconds,
            progress=progress,
            label="pages",
        )
    return {
        "max_running": settings.limits.max_running,
        "max_waiting": settings.limits.max_waiting,
        "contenders": found,
    }


def _asking(reader: DocumentReader) -> Ask[bytes]:
    async def ask(image: bytes) -> list[float]:
        started_s = time.perf_counter()
        await reader.read(image, RecognizeOptions())
        return [time.perf_counter() - started_s]

    return ask
