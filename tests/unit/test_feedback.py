"""What is made of a person's review, on a real store."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.adapters.embedded.sqlite_corrections import SqliteCorrections
from ocr_server.adapters.embedded.sqlite_database import SqliteDatabase
from ocr_server.adapters.embedded.sqlite_jobs import SqliteJobs
from ocr_server.domain.accuracy import AccuracyQuery
from ocr_server.domain.correction import FieldCorrection, Review, Verdict
from ocr_server.domain.document import Document, DocumentType, Engine, Recognition, RecognizeOptions, Timing
from ocr_server.domain.errors import IdempotencyConflict, InvalidRequest, NotFound
from ocr_server.domain.geometry import Polygon
from ocr_server.domain.job import Job, JobState
from ocr_server.domain.money import Money
from ocr_server.domain.receipt import Field, Receipt
from ocr_server.feedback import Feedback
from ocr_server.metrics import Metrics

BOX = Polygon.from_box(0, 0, 10, 5)
RECEIPT = Receipt(
    merchant_name=Field("Corner Shop", "Corner Shop", 0.9, BOX, 1),
    total=Field("9.90", Money(Decimal("9.90")), 0.9, BOX, 1),
)
WRONG_TOTAL = FieldCorrection("receipt.total", Verdict.CORRECTED, "9.50")


class Office:
    """A store with jobs, and the use case over it."""

    def __init__(self, database: SqliteDatabase, compute: CpuPool) -> None:
        self.metrics = Metrics()
        self.jobs = SqliteJobs(database)
        self.feedback = Feedback(
            store=SqliteCorrections(database), compute=compute, observe=self.metrics.observe_judgement
        )

    async def read(self, options: RecognizeOptions | None = None) -> str:
        """End a job of shop-a and return the document's id."""
        document_id = str(uuid.uuid4())
        await self.jobs.create(
            Job(
                str(uuid.uuid4()),
                "shop-a",
                JobState.QUEUED,
                options or RecognizeOptions(),
                image_digest="0" * 64,
                created_at=datetime.now(UTC),
            )
        )
        job = await self.jobs.start_next()
        assert job
        document = Document(document_id, DocumentType.RECEIPT, (), fields=RECEIPT)
        recognition = Recognition(document, Timing(1.0, 0.0, ()), "trocr:1")
        assert await self.jobs.finish(job.job_id, JobState.SUCCEEDED, attempt=job.attempt, recognition=recognition)
        return document_id

    def verdicts(self, name: str, verdict: Verdict) -> float | None:
        labels = {"field": name, "verdict": verdict.value}
        return self.metrics.registry.get_sample_value("ocr_corrections_total", labels)

    async def counts(self, **asked: object) -> dict[str, tuple[int, int]]:
        """How often each field was confirmed and corrected."""
        now = datetime.now(UTC)
        query = AccuracyQuery("shop-a", now - timedelta(minutes=5), now + timedelta(minutes=5))
        accuracy = await self.feedback.accuracy(replace(query, **asked))  # type: ignore[arg-type]
        return {one.field_name: (one.confirmed, one.corrected) for one in accuracy.fields}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    database, compute = await SqliteDatabase.open(tmp_path / "data" / "jobs.db"), CpuPool(workers=1)
    try:
        yield Office(database, compute)
    finally:
        await compute.close()
        await database.close()


async def test_a_review_is_recorded_judged_and_measured(office: Office) -> None:
    review = Review(await office.read(), (WRONG_TOTAL,), remaining_fields_confirmed=True)
    correction = await office.feedback.submit("shop-a", review)
    assert correction.review == review
    assert await office.counts() == {"receipt.merchant_name": (1, 0), "receipt.total": (0, 1)}
    assert office.verdicts("receipt.total", Verdict.CORRECTED) == 1
    assert office.verdicts("receipt.merchant_name", Verdict.CONFIRMED) == 1


async def test_a_repeated_request_counts_once(office: Office) -> None:
    review, request_id = Review(await office.read(), (WRONG_TOTAL,)), str(uuid.uuid4())
    first = await office.feedback.submit("shop-a", review, request_id)
    assert await office.feedback.submit("shop-a", review, request_id) == first
    assert office.verdicts("receipt.total", Verdict.CORRECTED) == 1
    with pytest.raises(IdempotencyConflict):
        await office.feedback.submit("shop-a", replace(review, remaining_fields_confirmed=True), request_id)
    assert await office.counts() == {"receipt.total": (0, 1)}


async def test_another_tenants_document_is_not_there(office: Office) -> None:
    review = Review(await office.read(), remaining_fields_confirmed=True)
    with pytest.raises(NotFound):
        await office.feedback.submit("shop-b", review)


async def test_a_review_that_says_nothing_is_refused(office: Office) -> None:
    document_id = await office.read()
    with pytest.raises(InvalidRequest) as refused:
        await office.feedback.submit("shop-a", Review(document_id))
    assert refused.value.field == "fields"
    await office.feedback.submit("shop-a", Review(document_id, document_type=DocumentType.INVOICE))


async def test_a_review_that_does_not_fit_leaves_nothing_behind(office: Office) -> None:
    review = Review(await office.read(), (WRONG_TOTAL, FieldCorrection("receipt.tip", Verdict.CONFIRMED)))
    with pytest.raises(InvalidRequest):
        await office.feedback.submit("shop-a", review)
    assert await office.counts() == {}
    assert office.verdicts("receipt.total", Verdict.CORRECTED) is None


async def test_fields_count_for_what_the_document_really_is(office: Office) -> None:
    review = Review(
        await office.read(), (FieldCorrection("receipt.total", Verdict.REMOVED),), document_type=DocumentType.INVOICE
    )
    await office.feedback.submit("shop-a", review)
    assert await office.counts(document_type=DocumentType.RECEIPT) == {}
    assert await office.counts(document_type=DocumentType.INVOICE) == {"receipt.total": (0, 0)}


@pytest.mark.parametrize(
    ("options", "engine"),
    [
        (RecognizeOptions(), Engine.BALANCED),
        (RecognizeOptions(Engine.FAST), Engine.FAST),
        (RecognizeOptions(Engine.FAST, languages=("ja",)), Engine.TESSERACT),
        (RecognizeOptions(Engine.PPOCR, languages=("ja",)), Engine.PPOCR),
    ],
)
async def test_a_document_counts_for_the_engine_that_read_it(
    office: Office, options: RecognizeOptions, engine: Engine
) -> None:
    review = Review(await office.read(options), (WRONG_TOTAL,))
    await office.feedback.submit("shop-a", review)
    counted = {one for one in Engine if await office.counts(engine=one)}
    assert counted == {engine}


async def test_a_period_must_begin_before_it_ends(office: Office) -> None:
    now = datetime.now(UTC)
    for end in (now, now - timedelta(days=1)):
        with pytest.raises(InvalidRequest) as refused:
            await office.feedback.accuracy(AccuracyQuery("shop-a", now, end))
        assert refused.value.field == "start_time"
