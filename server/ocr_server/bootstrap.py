"""The composition root: the only file that chooses which parts stand behind the ports."""

from collections.abc import AsyncIterator, Mapping
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
from ocr_server.admission import Admission
from ocr_server.domain.document import Engine
from ocr_server.domain.errors import EngineUnavailable
from ocr_server.jobs import Jobs
from ocr_server.metrics import Metrics
from ocr_server.pipeline.process import Parts
from ocr_server.ports import Compute, LineRecognizer
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
            detector=EmbeddedLineDetector(settings.model_repository, compute, max_side_px=settings.detector_side_px),
            orientation=EmbeddedOrientationJudge(settings.model_repository, compute),
            recognizers=_open_recognizers(settings, compute),
            barcode_readers=open_barcode_readers(compute),
            limits=settings.limits,
        )
        admission = Admission(max_running=settings.limits.max_running, max_waiting=settings.limits.max_waiting)
        yield DocumentReader(parts, admission, metrics)
    finally:
        await compute.close()


def _open_recognizers(settings: Settings, compute: Compute) -> Mapping[Engine, LineRecognizer]:
    ppocr = EmbeddedCtcRecognizer(settings.model_repository, compute)
    recognizers: dict[Engine, LineRecognizer] = {Engine.AUTO: ppocr, Engine.FAST: ppocr, Engine.PPOCR: ppocr}
    try:
        recognizers[Engine.TESSERACT] = TesseractRecognizer(compute)
    except EngineUnavailable as error:
        log.warning("engine.disabled", engine=Engine.TESSERACT.value, why=str(error))
    return recognizers
