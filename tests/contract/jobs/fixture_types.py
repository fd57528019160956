"""Types of this folder's fixtures."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from ocr_server.domain.batch import Batch
from ocr_server.domain.job import Job
from ocr_server.ports import BatchStore, DeadLetters, JobStore, Outbox

OpenStores = Callable[[], AbstractAsyncContextManager["Stores"]]
MakeJob = Callable[..., Job]
MakeBatch = Callable[..., tuple[Batch, list[Job]]]


@dataclass(frozen=True)
class Stores:
    """All that keeps jobs, over one opened database.

    beside: opens what another process that is up at the same time would have.
    """

    jobs: JobStore
    batches: BatchStore
    outbox: Outbox
    dead_letters: DeadLetters
    beside: OpenStores
