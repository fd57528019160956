"""The sockets of the house. Each docstring is a contract that every adapter keeps, embedded and production.

One contract suite a port (tests/contract) holds all adapters to it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

from ocr_models.page_orientation import Orientation
from ocr_models.types import DetectedLines, Image, ReadText
from ocr_server.domain.barcode import Symbology
from ocr_server.domain.document import Engine, Recognition, RecognizeOptions
from ocr_server.domain.geometry import Polygon
from ocr_server.domain.job import Job, JobError, JobEvent, JobState
from ocr_server.domain.progress import StageProgress

P = ParamSpec("P")
T = TypeVar("T")

# When the answer is no longer wanted, on the running loop's clock. Whoever waits stops by itself then: this is for
# adapters that can tell a server how long to work for.
deadline_s: ContextVar[float | None] = ContextVar("deadline_s", default=None)


def remaining_s() -> float | None:
    """How long from now the answer is wanted, None if that is not bounded."""
    until_s = deadline_s.get()
    return None if until_s is None else until_s - asyncio.get_running_loop().time()


class Compute(Protocol):
    """Where CPU work runs, so that it never blocks the event loop: one bounded pool for the whole process."""

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` on a pool thread and return its result; its exceptions pass through.

        If the awaiting task is cancelled, work that has not started never starts, and work that has started
        finishes unheard; so units of work are kept short.
        """
        ...


class LineDetector(Protocol):
    """Finds text lines on a page."""

    @property
    def version(self) -> str:
        """What a result can be traced to: names and versions of models, separated by spaces; may change over time."""
        ...

    async def find_lines(self, image: Image) -> DetectedLines:
        """Return the lines of one RGB page, coordinates in its pixels; empty if there are none."""
        ...


class AdjustableLineDetector(LineDetector, Protocol):
    """A LineDetector that can look more or less closely; see ocr_models.line_detector for what the numbers mean."""

    def adjusted(self, *, letter_px: float = ..., unclip_ratio: float = ...) -> LineDetector:
        """The same model at these settings; the original does not change."""
        ...


@dataclass(frozen=True, slots=True)
class ReadLine:
    """What was read on one crop, and who read it: TROCR, PPOCR or TESSERACT."""

    text: ReadText
    engine: Engine


class LineRecognizer(Protocol):
    """Reads upright line crops."""

    @property
    def version(self) -> str:
        """What a result can be traced to: names and versions of models, separated by spaces; may change over time."""
        ...

    def plan_batches(self, crops: Sequence[Image]) -> list[list[int]]:
        """Split crops into batches worth one call of read_lines each: every index exactly once."""
        ...

    async def read_lines(self, crops: Sequence[Image], languages: Sequence[str] = ()) -> list[ReadLine]:
        """Read one batch of RGB crops of any sizes; one result each, in order; blank crops give empty text."""
        ...


@dataclass(frozen=True, slots=True)
class Trial:
    """One request that both versions were asked: what they read on its lines, and how long each took."""

    model: str
    version: int
    serving: Sequence[ReadText]
    shadow: Sequence[ReadText]
    serving_s: float
    shadow_s: float

    @property
    def agreeing(self) -> int:
        """On how many of the lines both read the same."""
        return sum(one.text == other.text for one, other in zip(self.serving, self.shadow, strict=True))


@dataclass(frozen=True, slots=True)
class ReadingEngine:
    """What a caller chooses by an Engine: who finds the lines of a page, and who reads them."""

    detector: LineDetector
    recognizer: LineRecognizer


class OrientationJudge(Protocol):
    """Tells how far a page must be turned to stand upright."""

    @property
    def version(self) -> str:
        """What a result can be traced to: names and versions of models, separated by spaces; may change over time."""
        ...

    async def judge(self, image: Image, lines: DetectedLines) -> Orientation:
        """Judge one RGB page by the lines found on it."""
        ...


@dataclass(frozen=True, slots=True)
class BarcodeReading:
    """What one reader saw: text as printed for the symbology, bytes as encoded, polygon in page pixels."""

    reader: str
    symbology: Symbology
    text: str
    raw_value: bytes
    polygon: Polygon
    is_gs1: bool = False


class BarcodeReader(Protocol):
    """Reads the barcodes on a page."""

    name: str
    version: str

    async def read_barcodes(self, image: Image) -> list[BarcodeReading]:
        """Return every barcode of one RGB page; empty if there is none, also where the reader itself fails."""
        ...


class BlobStore(Protocol):
    """Keeps bytes under the SHA-256 of their content, apart for each tenant."""

    async def put(self, tenant: str, content: bytes) -> str:
        """Store the bytes durably and return their digest (64 hex digits). Storing them twice is one blob."""
        ...

    async def get(self, tenant: str, digest: str) -> bytes:
        """Return the bytes. Raises NotFound if this tenant has none of that digest."""
        ...

    async def delete(self, tenant: str, digest: str) -> None:
        """Forget the bytes; no error if there are none."""
        ...


class JobStore(Protocol):
    """Remembers jobs and all that happened to them; everything survives a restart of the process.

    Each change of state and its event are one transaction. Events of a job are numbered 1, 2, 3, … without
    gaps, and the last one of an ended job carries its terminal state.
    """

    async def create(self, job: Job) -> tuple[Job, bool]:
        """Add a QUEUED job with its first event and return it with True.

        If this tenant already has a job with the same non-empty request_id, return that one with False.
        Raises IdempotencyConflict if that one has another image_digest or other options.
        """
        ...

    async def get(self, tenant: str, job_id: str) -> Job:
        """Raises NotFound if this tenant has no such job."""
        ...

    async def list_jobs(
        self, tenant: str, *, page_size: int, page_token: str = "", states: Sequence[JobState] = ()
    ) -> tuple[list[Job], str]:
        """Return up to page_size jobs, newest first, without their recognition, and the next page's token.

        The token is empty on the last page. Raises InvalidRequest (field ``page_token``) for a foreign token.
        """
        ...

    async def start(self, job_id: str) -> Job | None:
        """Turn a QUEUED job RUNNING, attempt counted up; None if it is no longer queued."""
        ...

    async def record_progress(self, job_id: str, progress: StageProgress) -> None:
        """Append a progress event; ignored once the job has ended."""
        ...

    async def finish(
        self,
        job_id: str,
        state: JobState,
        *,
        recognition: Recognition | None = None,
        error: JobError | None = None,
    ) -> bool:
        """End a job that has not ended; False (and nothing changed) if it had."""
        ...

    async def requeue_running(self) -> list[Job]:
        """After a restart: put RUNNING jobs back to QUEUED; return all QUEUED jobs, oldest first."""
        ...

    def watch(self, tenant: str, job_id: str, *, after_seq: int = 0) -> AsyncIterator[JobEvent]:
        """Yield the job's events with seq > after_seq, past ones first, then as they happen; end after the
        terminal one. Raises NotFound if this tenant has no such job.
        """
        ...


class JobQueue(Protocol):
    """Hands job ids to workers, each to one worker at a time."""

    def reserve(self) -> AbstractAsyncContextManager[None]:
        """Hold a place for the block, in which the job is stored and put. Raises Overloaded when none is free."""
        ...

    async def put(self, job_id: str) -> None:
        """Add a job that holds a place, or that held one before a restart: never refused."""
        ...

    async def get(self) -> str:
        """Wait for the next job."""
        ...


__all__ = [
    "AdjustableLineDetector",
    "BarcodeReader",
    "BarcodeReading",
    "BlobStore",
    "Compute",
    "JobQueue",
    "JobStore",
    "LineDetector",
    "LineRecognizer",
    "OrientationJudge",
    "ReadLine",
    "ReadingEngine",
    "RecognizeOptions",
    "deadline_s",
    "remaining_s",
]
