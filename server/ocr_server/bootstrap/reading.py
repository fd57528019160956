"""What reads documents: models in this process or on Triton, engines made of them, and what has been read before."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog

from ocr_server.adapters.embedded.barcodes import open_barcode_readers
from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.adapters.embedded.memory_cache import MemoryCache
from ocr_server.adapters.embedded.models import (
    EmbeddedCtcRecognizer,
    EmbeddedLineDetector,
    EmbeddedOrientationJudge,
)
from ocr_server.adapters.embedded.tesseract import TesseractRecognizer
from ocr_server.adapters.embedded.trocr import EmbeddedTrocrRecognizer
from ocr_server.admission import Admission
from ocr_server.domain.document import Engine
from ocr_server.domain.errors import DependencyUnavailable, EngineUnavailable
from ocr_server.fresh_versions import FreshVersions
from ocr_server.known_results import KnownResults
from ocr_server.metrics import Metrics
from ocr_server.pipeline.process import Parts, choose_engine, model_versions
from ocr_server.pipeline.second_opinion import SecondOpinion
from ocr_server.ports import (
    AdjustableLineDetector,
    Compute,
    LineDetector,
    LineRecognizer,
    OrientationJudge,
    ReadingEngine,
    ResultCache,
)
from ocr_server.reading_version import reading_version
from ocr_server.settings import Settings

log = structlog.get_logger()


@asynccontextmanager
async def open_parts(settings: Settings, metrics: Metrics) -> AsyncIterator[tuple[Parts, FreshVersions]]:
    """What the pipeline works with, and who knows whether its models' versions are those of this moment."""
    compute = CpuPool(settings.cpu_workers)
    open_models = partial(_models_on_triton, metrics=metrics) if settings.triton_url else _models_in_this_process
    try:
        async with open_models(settings, compute) as models:
            parts = Parts(
                compute=compute,
                orientation=models.orientation,
                engines=_engines(models, compute),
                barcode_readers=open_barcode_readers(compute),
                limits=settings.limits,
            )
            fresh = FreshVersions(models.ask_versions)
            try:
                yield parts, fresh
            finally:
                await fresh.close()
    finally:
        await compute.close()


async def _stay_as_they_are() -> None:
    """Models in this process."""


@dataclass(frozen=True, slots=True)
class _Models:
    """What stands behind the model ports, wherever it runs.

    chosen_trocr: the one that the settings name, often the compact one again; or why it cannot be had.
    ask_versions: asks each for its version again, which may be another one by now. Raises what asking raises.
    """

    tiny_detector: AdjustableLineDetector
    small_detector: AdjustableLineDetector
    orientation: OrientationJudge
    compact_trocr: LineRecognizer
    chosen_trocr: LineRecognizer | EngineUnavailable
    ppocr: LineRecognizer
    ask_versions: Callable[[], Awaitable[None]] = _stay_as_they_are


@asynccontextmanager
async def _models_in_this_process(settings: Settings, compute: Compute) -> AsyncIterator[_Models]:
    """Raises FileNotFoundError or EngineUnavailable if weights are missing, but for those of the chosen TrOCR."""
    repository, chosen = settings.model_repository, (settings.trocr_model, settings.trocr_precision)
    compact = EmbeddedTrocrRecognizer(repository, compute)

    def open_chosen() -> LineRecognizer:
        model, precision = chosen
        return EmbeddedTrocrRecognizer(repository, compute, model=model, precision=precision)

    yield _Models(
        tiny_detector=EmbeddedLineDetector(repository, compute, model="line_detector_tiny"),
        small_detector=EmbeddedLineDetector(repository, compute),
        orientation=EmbeddedOrientationJudge(repository, compute),
        compact_trocr=compact,
        chosen_trocr=compact if chosen == ("trocr", "int8") else _opened(open_chosen),
        ppocr=EmbeddedCtcRecognizer(repository, compute),
    )


@asynccontextmanager
async def _models_on_triton(settings: Settings, compute: Compute, metrics: Metrics) -> AsyncIterator[_Models]:
    """Raises DependencyUnavailable if Triton or one of the models is not there, but for the chosen TrOCR."""
    # Imported here because tritonclient is installed where it is used only.
    from ocr_server.adapters.production import triton_models as on_triton
    from ocr_server.adapters.production.shadow import open_shadows
    from ocr_server.adapters.production.triton_client import connect_triton

    async with connect_triton(settings.triton_url) as triton, open_shadows(triton, metrics.observe_trial) as shadows:
        tiny = on_triton.TritonLineDetector(triton, compute, model="line_detector_tiny")
        small = on_triton.TritonLineDetector(triton, compute)
        orientation = on_triton.TritonOrientationJudge(triton, compute)
        compact = on_triton.TritonRecognizer.trocr(triton, compute, shadows=shadows)
        ppocr = on_triton.TritonRecognizer.ctc(triton, compute)
        checks = [model.check for model in (tiny, small, orientation, compact, ppocr)]

        async def ask_versions() -> None:
            for check in checks:
                await check()

        await ask_versions()
        chosen: LineRecognizer | EngineUnavailable = compact
        if settings.trocr_model != "trocr":
            other = on_triton.TritonRecognizer.trocr(triton, compute, model=settings.trocr_model)
            try:
                await other.check()
                chosen = other
                checks.append(other.check)
            except DependencyUnavailable as error:
                chosen = EngineUnavailable(str(error))
        yield _Models(tiny, small, orientation, compact, chosen, ppocr, ask_versions)


def _engines(models: _Models, compute: Compute) -> Mapping[Engine, ReadingEngine]:
    """Three points on the curve of speed and accuracy that benchmarks/README.md shows, and each reader by its name."""
    tiny, small = models.tiny_detector, models.small_detector
    # PP-OCR and Tesseract read a line best with more of the page around it than TrOCR was trained with.
    loose = small.adjusted(unclip_ratio=1.4)

    both = SecondOpinion(models.compact_trocr, models.ppocr)
    balanced = ReadingEngine(small, both)
    engines = {
        Engine.AUTO: balanced,
        Engine.FAST: ReadingEngine(tiny.adjusted(letter_px=10.0), models.compact_trocr),
        Engine.BALANCED: balanced,
        Engine.ACCURATE: ReadingEngine(small.adjusted(letter_px=14.0), both),
        Engine.PPOCR: ReadingEngine(loose, models.ppocr),
    }

    def add(engine: Engine, detector: LineDetector, recognizer: LineRecognizer | EngineUnavailable) -> None:
        if isinstance(recognizer, EngineUnavailable):
            log.warning("engine.disabled", engine=engine.value, why=str(recognizer))
        else:
            engines[engine] = ReadingEngine(detector, recognizer)

    add(Engine.TROCR, small, models.chosen_trocr)
    add(Engine.TESSERACT, loose, _opened(lambda: TesseractRecognizer(compute)))
    return engines


def _opened(open_recognizer: Callable[[], LineRecognizer]) -> LineRecognizer | EngineUnavailable:
    try:
        return open_recognizer()
    except EngineUnavailable as error:
        return error


async def open_known_results(
    settings: Settings, parts: Parts, fresh: FreshVersions, metrics: Metrics, stack: AsyncExitStack
) -> KnownResults | None:
    """Raises RuntimeError if OCR_REDIS_URL is no URL of Redis; that need not be there."""
    if not settings.result_cache_ttl_s:
        return None
    cache: ResultCache = MemoryCache(ttl_s=settings.result_cache_ttl_s, max_bytes=settings.result_cache_bytes)
    if settings.redis_url.get_secret_value():
        # Imported here because redis is installed where it is used only.
        from ocr_server.adapters.production.redis_cache import open_redis_cache

        opening = open_redis_cache(settings.redis_url, ttl_s=settings.result_cache_ttl_s)
        cache = await stack.enter_async_context(opening)
    known = KnownResults(
        cache,
        versions=lambda options: model_versions(choose_engine(options, parts.engines), parts),
        fresh=fresh,
        reading_version=await asyncio.to_thread(reading_version, settings.limits),
        max_waiting=settings.limits.max_waiting,
        observe=metrics.observe_result,
    )
    stack.push_async_callback(known.close)
    return known


def door(settings: Settings) -> Admission:
    """Bound how many documents are read at a time."""
    return Admission(max_running=settings.limits.max_running, max_waiting=settings.limits.max_waiting)
