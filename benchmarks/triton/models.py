"""The bare models on Triton, one at a time, under perf_analyzer's load."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from rich.progress import Progress

from benchmarks.triton.page_parts import PageParts
from benchmarks.triton.perf_analyzer import Example, PerfAnalyzer
from ocr_models.batching import plan_batches
from ocr_models.ctc_recognizer import normalized_width_px
from ocr_models.line_detector import UNCLIP_RATIO
from ocr_models.triton.batch import pack_crops
from ocr_models.trocr.recognizer import plan_columns
from ocr_models.types import Image
from ocr_server.adapters.production.triton_client import connect_triton

_MAX_LOOKS = 8
_TRIAL_REQUESTS = 5
# Of three windows. perf_analyzer counts the first wave as well, which meets a queue that is still filling.
_WAVES_A_WINDOW = 1.5


@dataclass(frozen=True, slots=True)
class Load:
    """What a model is asked: ``batch`` examples a request, 0 where it knows no batches."""

    model: str
    batch: int
    examples: list[Example]


def loads_from(pages: Sequence[PageParts]) -> list[Load]:
    """What the server asks each model about such pages: views, lines' beginnings, and a full batch of usual lines."""
    return [
        Load("line_detector", 0, [_detection(page.look) for page in pages[:_MAX_LOOKS]]),
        Load("line_detector_tiny", 0, [_detection(page.fast_look) for page in pages[:_MAX_LOOKS]]),
        _batch("page_orientation", {"crops": pages[0].sample.pixels, "widths_px": pages[0].sample.widths_px[:, None]}),
        _batch("line_recognizer_ctc", pack_crops(_usual_batch(pages, _plan_ctc))),
        _batch("trocr", pack_crops(_usual_batch(pages, plan_columns))),
    ]


async def measure_models(
    triton_url: str,
    perf_analyzer: PerfAnalyzer,
    pages: Sequence[PageParts],
    concurrencies: Sequence[int],
    seconds: float,
    progress: Progress,
) -> dict[str, Any]:
    """Figures by model and concurrency; ``per_s`` counts pages or lines, all else is of requests."""
    loads = loads_from(pages)
    task = progress.add_task("models", total=len(loads) * len(concurrencies))
    found: dict[str, Any] = {}
    for load in loads:
        per_s = await _requests_per_s(triton_url, load)
        found[load.model] = {}
        for concurrency in concurrencies:
            progress.update(task, description=f"{load.model}, {concurrency} at a time")
            figures = await perf_analyzer.measure(
                triton_url,
                load.model,
                load.examples,
                batch=load.batch,
                concurrency=concurrency,
                window=round(max(_WAVES_A_WINDOW * concurrency, per_s * seconds / 3)),
            )
            found[load.model][str(concurrency)] = figures
            progress.advance(task)
    return {"lines_a_request": {load.model: load.batch for load in loads if load.batch}, "contenders": found}


async def _requests_per_s(triton_url: str, load: Load) -> float:
    """What one caller gets, roughly."""
    rows = load.examples[: load.batch or 1]
    inputs = {name: np.stack([row[name] for row in rows]) if load.batch else rows[0][name] for name in load.examples[0]}
    async with connect_triton(triton_url) as triton:
        took_s = []
        for _ in range(_TRIAL_REQUESTS):
            started_s = time.perf_counter()
            await triton.ask_once(load.model, inputs, ["version"], version="")
            took_s.append(time.perf_counter() - started_s)
    return 1 / median(took_s)


def _detection(look: Image) -> Example:
    return {"image": look, "unclip_ratio": np.array([UNCLIP_RATIO], np.float32)}


def _batch(model: str, packed: Example) -> Load:
    count = len(next(iter(packed.values())))
    return Load(model, count, [{name: rows[index] for name, rows in packed.items()} for index in range(count)])


def _usual_batch(pages: Sequence[PageParts], plan: Callable[[Sequence[Image]], list[list[int]]]) -> list[Image]:
    """Of the fullest batches that the server plans for these pages, the one of median width."""
    batches = [[page.lines[index] for index in batch] for page in pages for batch in plan(page.lines)]
    fullest = max(map(len, batches))
    full = [batch for batch in batches if len(batch) == fullest]
    return sorted(full, key=lambda batch: max(crop.shape[1] / crop.shape[0] for crop in batch))[len(full) // 2]


def _plan_ctc(crops: Sequence[Image]) -> list[list[int]]:
    return plan_batches([normalized_width_px(crop) for crop in crops])
