"""The composition root: the only file that chooses which parts stand behind the ports."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog

from ocr_server.adapters.embedded.barcodes import open_barcode_readers
from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.adapters.embedded.folder_blobs import FolderBlobs
from ocr_server.adapters.embedded.memory_queue import MemoryQueue
from ocr_server.adapters.embedded.models import (
    EmbeddedCtcRecognizer,
    EmbeddedLineDetector,
    EmbeddedOrientationJudge,
)
from ocr_server.adapters.embedded.sqlite_jobs import SqliteJobs
from ocr_server.adapters.embedded.tesseract import TesseractRecognizer
from ocr_server.adapters.embedded.trocr import EmbeddedTrocrRecognizer
from ocr_server.admission import Admission
from ocr_server.domain.document import Engine
from ocr_server.domain.errors import DependencyUnavailable, EngineUnavailable
from ocr_server.jobs import Jobs
from ocr_server.metrics import Metrics
from ocr_server.pipeline.process import Parts
from ocr_server.pipeline.second_opinion import SecondOpinion
from ocr_server.ports import (
    AdjustableLineDetector,
    Compute,
    LineDetector,
    LineRecognizer,
    OrientationJudge,
    ReadingEngine,
)
from ocr_server.reader import DocumentReader
from ocr_server.settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class App:
    """A whole server but for its sockets."""

    reader: DocumentReader
    jobs: Jobs
    metrics: Metrics
    job_workers: int


@asynccontextmanager
async def open_reader(settings: Settings) -> AsyncIterator[DocumentReader]:
    """Open what reads documents, without jobs or sockets: enough for the command line."""
    async with _open_reader(settings, Metrics()) as reader:
        yield reader


@asynccontextmanager
async def open_app(settings: Settings) -> AsyncIterator[App]:
    """Open everything behind the sockets; close it in reverse."""
    metrics = Metrics()
    async with _open_reader(settings, metrics) as reader, AsyncExitStack() as stack:
        store = await SqliteJobs.open(settings.data_dir / "jobs.db")
        stack.push_async_callback(store.close)
        jobs = Jobs(
            store=store,
            queue=MemoryQueue(settings.limits.max_queued_jobs),
            blobs=FolderBlobs(settings.data_dir / "images"),
            compute=reader.compute,
            check=reader.check,
            process=reader.read_patiently,
        )
        # One permit is always left for calls that somebody waits for.
        yield App(reader, jobs, metrics, job_workers=max(1, settings.limits.max_running - 1))


@asynccontextmanager
async def _open_reader(settings: Settings, metrics: Metrics) -> AsyncIterator[DocumentReader]:
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
            admission = Admission(max_running=settings.limits.max_running, max_waiting=settings.limits.max_waiting)
            yield DocumentReader(parts, admission, metrics)
    finally:
        await compute.close()


@dataclass(frozen=True, slots=True)
class _Models:
    """What stands behind the model ports, wherever it runs.

    chosen_trocr: the one that the settings name, often the compact one again; or why it cannot be had.
    """

    tiny_detector: AdjustableLineDetector
    small_detector: AdjustableLineDetector
    orientation: OrientationJudge
    compact_trocr: LineRecognizer
    chosen_trocr: LineRecognizer | EngineUnavailable
    ppocr: LineRecognizer


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
        for model in (tiny, small, orientation, compact, ppocr):
            await model.check()

        chosen: LineRecognizer | EngineUnavailable = compact
        if settings.trocr_model != "trocr":
            other = on_triton.TritonRecognizer.trocr(triton, compute, model=settings.trocr_model)
            try:
                await other.check()
                chosen = other
            except DependencyUnavailable as error:
                chosen = EngineUnavailable(str(error))
        yield _Models(tiny, small, orientation, compact, chosen, ppocr)


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
