"""The composition root: the only file that chooses which parts stand behind the ports."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

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
from ocr_server.domain.errors import EngineUnavailable
from ocr_server.jobs import Jobs
from ocr_server.metrics import Metrics
from ocr_server.pipeline.process import Parts
from ocr_server.pipeline.second_opinion import SecondOpinion
from ocr_server.ports import Compute, LineDetector, LineRecognizer, ReadingEngine
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
    try:
        parts = Parts(
            compute=compute,
            orientation=EmbeddedOrientationJudge(settings.model_repository, compute),
            engines=_open_engines(settings, compute),
            barcode_readers=open_barcode_readers(compute),
            limits=settings.limits,
        )
        admission = Admission(max_running=settings.limits.max_running, max_waiting=settings.limits.max_waiting)
        yield DocumentReader(parts, admission, metrics)
    finally:
        await compute.close()


def _open_engines(settings: Settings, compute: Compute) -> Mapping[Engine, ReadingEngine]:
    """Three points on the curve of speed and accuracy that benchmarks/README.md shows, and each reader by its name.

    Raises FileNotFoundError or EngineUnavailable if weights of the three points are missing.
    """
    repository = settings.model_repository
    tiny = EmbeddedLineDetector(repository, compute, model="line_detector_tiny")
    small = EmbeddedLineDetector(repository, compute)
    compact = EmbeddedTrocrRecognizer(repository, compute)
    ppocr = EmbeddedCtcRecognizer(repository, compute)
    # PP-OCR and Tesseract read a line best with more of the page around it than TrOCR was trained with.
    loose = small.adjusted(unclip_ratio=1.4)

    both = SecondOpinion(compact, ppocr)
    balanced = ReadingEngine(small, both)
    engines = {
        Engine.AUTO: balanced,
        Engine.FAST: ReadingEngine(tiny.adjusted(letter_px=10.0), compact),
        Engine.BALANCED: balanced,
        Engine.ACCURATE: ReadingEngine(small.adjusted(letter_px=14.0), both),
        Engine.PPOCR: ReadingEngine(loose, ppocr),
    }

    def add(engine: Engine, detector: LineDetector, open_recognizer: Callable[[], LineRecognizer]) -> None:
        try:
            engines[engine] = ReadingEngine(detector, open_recognizer())
        except EngineUnavailable as error:
            log.warning("engine.disabled", engine=engine.value, why=str(error))

    is_compact = (settings.trocr_model, settings.trocr_precision) == ("trocr", "int8")
    add(Engine.TROCR, small, lambda: compact if is_compact else _open_trocr(settings, compute))
    add(Engine.TESSERACT, loose, lambda: TesseractRecognizer(compute))
    return engines


def _open_trocr(settings: Settings, compute: Compute) -> LineRecognizer:
    return EmbeddedTrocrRecognizer(
        settings.model_repository, compute, model=settings.trocr_model, precision=settings.trocr_precision
    )
