"""The adapters that each suite runs against: a new one joins by a name in ``params`` and a branch below."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.adapters.embedded.folder_blobs import FolderBlobs
from ocr_server.adapters.embedded.sqlite_batches import SqliteBatches
from ocr_server.adapters.embedded.sqlite_database import SqliteDatabase
from ocr_server.adapters.embedded.sqlite_dead_letters import SqliteDeadLetters
from ocr_server.adapters.embedded.sqlite_jobs import SqliteJobs
from ocr_server.adapters.embedded.sqlite_outbox import SqliteOutbox
from ocr_server.adapters.production.postgres_batches import PostgresBatches
from ocr_server.adapters.production.postgres_database import PostgresDatabase
from ocr_server.adapters.production.postgres_dead_letters import PostgresDeadLetters
from ocr_server.adapters.production.postgres_jobs import PostgresJobs
from ocr_server.adapters.production.postgres_outbox import PostgresOutbox
from ocr_server.domain.barcode import Barcode, Gs1Element, Symbology
from ocr_server.domain.batch import Batch, BatchCounts
from ocr_server.domain.document import (
    Check,
    CheckState,
    Document,
    DocumentType,
    Engine,
    ImageQuality,
    Line,
    Page,
    Recognition,
    RecognizeOptions,
    StageTiming,
    Timing,
    Word,
)
from ocr_server.domain.geometry import Polygon
from ocr_server.domain.job import Job, JobState, Priority
from ocr_server.domain.money import Money
from ocr_server.domain.receipt import Field, LineItem, Receipt
from ocr_server.ports import BlobStore, Compute, JobStore
from tests.contract.jobs.fixture_types import MakeBatch, MakeJob, OpenStores, Stores


@pytest.fixture(params=["sqlite", "postgres"])
def open_stores(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStores:
    """Opens the stores as a starting process would: each time on what the last one left."""

    @asynccontextmanager
    async def sqlite() -> AsyncIterator[Stores]:
        database = await SqliteDatabase.open(tmp_path / "data" / "jobs.sqlite3")

        outbox = SqliteOutbox(database)

        def over_it() -> AbstractAsyncContextManager[Stores]:
            # A file belongs to one process, so what is beside its stores can only be other objects of that process;
            # and its outbox, which has one reader a process, is the same.
            stores = SqliteJobs(database), SqliteBatches(database), outbox, SqliteDeadLetters(database)
            return nullcontext(Stores(*stores, beside=over_it))

        try:
            async with over_it() as stores:
                yield stores
        finally:
            await database.close()

    @asynccontextmanager
    async def postgres() -> AsyncIterator[Stores]:
        database = await PostgresDatabase.open(url)
        try:
            yield Stores(
                PostgresJobs(database),
                PostgresBatches(database),
                PostgresOutbox(database),
                PostgresDeadLetters(database),
                beside=postgres,
            )
        finally:
            await database.close()

    if request.param == "sqlite":
        return sqlite
    url = request.getfixturevalue("database")  # so that PostgreSQL is started only where it is asked
    return postgres


@pytest.fixture
async def stores(open_stores: OpenStores) -> AsyncIterator[Stores]:
    async with open_stores() as stores:
        yield stores


@pytest.fixture
def job_store(stores: Stores) -> JobStore:
    return stores.jobs


@pytest.fixture
def folder_blobs(tmp_path: Path) -> BlobStore:
    return FolderBlobs(tmp_path / "data" / "blobs")


@pytest.fixture(params=["folder_blobs", "s3_blobs"])
def blob_store(request: pytest.FixtureRequest) -> BlobStore:
    store: BlobStore = request.getfixturevalue(request.param)  # so that S3 is started only where it is asked
    return store


@pytest.fixture(params=["cpu-pool"])
async def compute(request: pytest.FixtureRequest) -> AsyncIterator[Compute]:
    """A pool of two threads."""
    pool = {"cpu-pool": lambda: CpuPool(workers=2)}[request.param]()
    yield pool
    await pool.close()


@pytest.fixture
def make_job() -> MakeJob:
    """Makes queued jobs, each a millisecond younger than the one before."""
    start = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    made = 0

    def make(**changes: object) -> Job:
        nonlocal made
        made += 1
        job = Job(
            job_id=str(uuid.uuid4()),
            tenant="shop-a",
            state=JobState.QUEUED,
            options=RecognizeOptions(),
            image_digest="0" * 64,
            created_at=start + timedelta(milliseconds=made),
        )
        return replace(job, **changes)  # type: ignore[arg-type]

    return make


@pytest.fixture
def make_batch(make_job: MakeJob) -> MakeBatch:
    """Makes batches and their queued jobs, of so many images that differ."""

    def make(size: int = 3, *, tenant: str = "shop-a", request_id: str = "") -> tuple[Batch, list[Job]]:
        batch_id = str(uuid.uuid4())
        jobs = [
            make_job(tenant=tenant, batch_id=batch_id, priority=Priority.BATCH, image_digest=f"{n:064x}")
            for n in range(size)
        ]
        job_ids = tuple(job.job_id for job in jobs)
        return Batch(batch_id, tenant, job_ids, BatchCounts(queued=size), jobs[0].created_at, request_id), jobs

    return make


@pytest.fixture
def recognition() -> Recognition:
    """One of everything a recognition can hold."""
    box = Polygon.from_box(0.1, 2.25, 300.0, 40.7)
    word = Word("Köfte", 0.1 + 0.2, box)
    line = Line("Köfte 1,50 €", 0.987654321, 1.0, box, (word,), Engine.PPOCR)
    total = Field("€ 1,50", Money(Decimal("1.50"), "EUR"), 0.9, box, 1, ("TOTAL-SUM",))
    return Recognition(
        Document(
            "a-document",
            DocumentType.RECEIPT,
            (Page(1, 640, 480, 359.5, (line,)), Page(2, 10, 20, 0.0, (), render_dpi=200)),
            (
                Barcode(
                    Symbology.DATA_MATRIX,
                    "01040123\x1d17\x00",
                    b"\x1d01040123\xff\x00",
                    box,
                    2,
                    "00000040123455",
                    (Gs1Element("17", "USE BY OR EXPIRY", "260101"),),
                    ("zxing-cpp", "zbar"),
                ),
            ),
            Receipt(
                merchant_name=Field("BÄCKER", "Bäcker", 0.5, box, 1),
                transaction_date=Field("2.1.26", date(2026, 1, 2), 0.5, box, 1),
                transaction_time=Field("3:04", time(3, 4), 0.5, box, 1),
                total=total,
                line_items=(LineItem(quantity=Field("1,000", Decimal("1.000"), 0.5, box, 1), total=total), LineItem()),
            ),
            (Check("TOTAL-SUM", CheckState.PASSED, "1.50 = 1.50"),),
            ImageQuality(0.5, 0.25, 17.5),
        ),
        Timing(1.25, 0.0, (StageTiming("decode", 1e-9),)),
        "detector:1 recognizer:2",
    )
