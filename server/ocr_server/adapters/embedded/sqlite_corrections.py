"""Corrections in SQLite."""

import sqlite3

from ocr_server.adapters.accuracy_sql import fields_from, fields_sql, texts_from, texts_sql
from ocr_server.adapters.embedded.sqlite_database import SqliteDatabase
from ocr_server.adapters.embedded.sqlite_rows import job_from
from ocr_server.adapters.embedded.sqlite_schema import DOCUMENT_ID
from ocr_server.adapters.json_codec import REVIEW
from ocr_server.adapters.microseconds import from_us, to_us
from ocr_server.adapters.same_review import same_review
from ocr_server.domain.accuracy import Accuracy, AccuracyQuery
from ocr_server.domain.correction import Correction, Judgement
from ocr_server.domain.errors import NotFound
from ocr_server.domain.job import Job

# The middle condition is the index's own: it is used for queries that repeat it.
_FIND_READ = f"SELECT * FROM jobs WHERE tenant = ? AND recognition IS NOT NULL AND {DOCUMENT_ID} = ?"
_SAME = "SELECT correction_id, created_at_us, review FROM corrections WHERE tenant = ? AND request_id = ?"
_DAY_US = 86_400_000_000
# 1970 began on a Thursday.
_FIRST_MONDAY_US = 4 * _DAY_US
_WEEK = f"created_at_us - (created_at_us - {_FIRST_MONDAY_US}) % {7 * _DAY_US}"


class SqliteCorrections:
    """Port ``CorrectionStore``."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def find_read(self, tenant: str, document_id: str) -> Job:
        """See the port."""
        for row in await self._database.read(_FIND_READ, tenant, document_id):
            return job_from(row)
        raise NotFound(f"There is no document {document_id}.")

    async def add(self, correction: Correction, judgement: Judgement) -> tuple[Correction, bool]:
        """See the port."""
        async with self._database.transaction():
            if correction.request_id:
                same = (
                    "SELECT correction_id, created_at_us, review FROM corrections WHERE tenant = ? AND request_id = ?"
                )
                for row in await self._database.write(same, correction.tenant, correction.request_id):
                    existing = Correction(
                        correction_id=row["correction_id"],
                        tenant=correction.tenant,
                        created_at=from_us(row["created_at_us"]),
                        review=REVIEW.load(row["review"]),
                        request_id=correction.request_id,
                    )
                    return same_review(correction, existing), False
            await self._insert(correction, judgement)
        return correction, True

    async def sum_up(self, query: AccuracyQuery) -> Accuracy:
        """See the port."""
        week = _WEEK if query.by_week else "NULL"
        fields = await self._read(fields_sql(at="created_at_us", week=week), query)
        texts = await self._read(texts_sql(at="created_at_us", week=week), query)
        return Accuracy(fields_from(fields, from_us), texts_from(texts, from_us))

    async def _insert(self, correction: Correction, judgement: Judgement) -> None:
        await self._database.write(
            "INSERT INTO corrections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            correction.correction_id,
            correction.tenant,
            correction.request_id or None,
            to_us(correction.created_at),
            correction.review.document_id,
            judgement.document_type.value,
            judgement.engine.value,
            judgement.model_versions,
            REVIEW.dump(correction.review),
        )
        await self._database.write_many(
            "INSERT INTO corrected_fields VALUES (?, ?, ?, ?, ?, ?)",
            (
                (
                    correction.correction_id,
                    field.field_path,
                    field.field_name,
                    field.verdict.value,
                    field.recognized_text,
                    field.corrected_text,
                )
                for field in judgement.fields
            ),
        )
        await self._database.write_many(
            "INSERT INTO corrected_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    correction.correction_id,
                    position,
                    line.page_number,
                    line.line_index,
                    line.engine.value if line.engine else None,
                    line.recognized_text,
                    line.corrected_text,
                    line.edit_distance,
                )
                for position, line in enumerate(judgement.lines)
            ),
        )

    async def _read(self, sql: str, query: AccuracyQuery) -> list[sqlite3.Row]:
        return await self._database.read(
            sql,
            query.tenant,
            to_us(query.start),
            to_us(query.end),
            query.engine.value if query.engine else None,
            query.document_type.value if query.document_type else None,
        )
