"""What PostgreSQL keeps of a reading in columns, for whoever asks the database itself."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from ocr_server.adapters.production.postgres_database import PostgresDatabase
from ocr_server.adapters.production.postgres_jobs import PostgresJobs
from ocr_server.domain.barcode import Barcode, Symbology
from ocr_server.domain.document import (
    Check,
    CheckState,
    Document,
    DocumentType,
    Engine,
    Line,
    Page,
    Recognition,
    RecognizeOptions,
    Timing,
)
from ocr_server.domain.geometry import Polygon
from ocr_server.domain.job import Job, JobError, JobState
from ocr_server.domain.money import Money
from ocr_server.domain.receipt import Field, Receipt
from tests.postgres_fixture import opened

BOX = Polygon.from_box(0.0, 0.0, 100.0, 20.0)
LINE = Line("TOTAL 1.50", 0.9, 1.0, BOX, (), Engine.PPOCR)
PAGES = (Page(1, 640, 480, 0.0, (LINE, LINE)), Page(2, 640, 480, 0.0, (LINE,)))
BARCODE = Barcode(Symbology.DATA_MATRIX, "1", b"1", BOX, 1)
RECEIPT = Receipt(
    merchant_name=Field("B\0CKER", "B\0cker", 0.9, BOX, 1),
    transaction_date=Field("2.1.26", date(2026, 1, 2), 0.9, BOX, 1),
    total=Field("1.50", Money(Decimal("1.50"), "EUR"), 0.9, BOX, 1),
)
CHECKS = (Check("A", CheckState.PASSED, ""), Check("B", CheckState.FAILED, ""))
DOCUMENT = Document("a-document", DocumentType.RECEIPT, PAGES, (BARCODE,), RECEIPT, CHECKS)
RECOGNITION = Recognition(DOCUMENT, Timing(1.25, 0.5, ()), "detector:1 recognizer:2")


async def end(
    database: PostgresDatabase, tenant: str, recognition: Recognition | None = None, error: JobError | None = None
) -> Job:
    jobs = PostgresJobs(database)
    options = RecognizeOptions(engine=Engine.FAST)
    job = Job(str(uuid.uuid4()), tenant, JobState.QUEUED, options, "0" * 64, datetime.now(UTC))
    await jobs.create(job)
    await jobs.finish(
        job.job_id, JobState.SUCCEEDED if recognition else JobState.FAILED, recognition=recognition, error=error
    )
    return await jobs.get(tenant, job.job_id)


async def test_a_reading_has_a_row_of_typed_columns(database: str) -> None:
    async with opened(database) as process:
        job = await end(process, "shop-a", RECOGNITION)
        (row,) = await process.client.fetch("SELECT * FROM documents")
        assert dict(row) == {
            "job_id": uuid.UUID(job.job_id),
            "tenant": "shop-a",
            "created_at": job.ended_at,
            "engine": "fast",
            "document_id": "a-document",
            "document_type": "receipt",
            "model_versions": "detector:1 recognizer:2",
            "merchant_name": "B\N{REPLACEMENT CHARACTER}cker",
            "transaction_date": date(2026, 1, 2),
            "total": Decimal("1.50"),
            "currency": "EUR",
            "page_count": 2,
            "line_count": 3,
            "barcode_count": 1,
            "failed_checks": 1,
            "processing_s": 1.25,
        }
        assert str(row["total"]) == "1.50"


async def test_what_was_not_printed_is_null_and_what_failed_has_no_row(database: str) -> None:
    no_currency = Receipt(total=Field("7", Money(Decimal(7)), 0.9, BOX, 1))
    async with opened(database) as process:
        await end(process, "shop-a", error=JobError("INVALID_IMAGE", "It is torn."))
        for fields in (None, Receipt(), no_currency):
            await end(process, "shop-a", replace(RECOGNITION, document=replace(DOCUMENT, fields=fields)))
        rows = await process.client.fetch(
            "SELECT merchant_name, transaction_date, total, currency FROM documents ORDER BY created_at"
        )
        nothing = (None, None, None, None)
        assert [tuple(row) for row in rows] == [nothing, nothing, (None, None, Decimal(7), None)]


async def test_usage_is_counted_by_tenant_and_day(database: str) -> None:
    async with opened(database) as process:
        for tenant, ended_at in (
            ("shop-a", datetime(2026, 1, 2, 0, 10, tzinfo=UTC)),  # the day before in other places
            ("shop-a", datetime(2026, 1, 2, 23, 50, tzinfo=UTC)),
            ("shop-b", datetime(2026, 1, 2, 12, 0, tzinfo=UTC)),
            ("shop-b", datetime(2026, 1, 3, 12, 0, tzinfo=UTC)),
        ):
            job = await end(process, tenant, RECOGNITION)
            when = "UPDATE documents SET created_at = $2 WHERE job_id = $1"
            await process.client.fetch(when, uuid.UUID(job.job_id), ended_at)
        rows = await process.client.fetch("SELECT * FROM usage_by_day ORDER BY tenant, day")
        assert [tuple(row) for row in rows] == [
            ("shop-a", date(2026, 1, 2), 2, 4, 6, 2, 2.5),
            ("shop-b", date(2026, 1, 2), 1, 2, 3, 1, 1.25),
            ("shop-b", date(2026, 1, 3), 1, 2, 3, 1, 1.25),
        ]
