"""Corrections in PostgreSQL."""

import uuid
from datetime import datetime

import asyncpg

from ocr_server.adapters.accuracy_sql import fields_from, fields_sql, texts_from, texts_sql
from ocr_server.adapters.json_codec import REVIEW
from ocr_server.adapters.production.postgres_database import PostgresDatabase
from ocr_server.adapters.production.postgres_rows import JOB_COLUMNS, from_jsonb, job_from, to_jsonb, to_text
from ocr_server.adapters.same_review import same_review
from ocr_server.domain.accuracy import Accuracy, AccuracyQuery
from ocr_server.domain.correction import Correction, Judgement
from ocr_server.domain.errors import NotFound
from ocr_server.domain.job import Job

_ADD = """
    WITH added AS (
        INSERT INTO corrections (
            correction_id, tenant, request_id, created_at, document_id, document_type, engine, model_versions, review
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (tenant, request_id) WHERE request_id IS NOT NULL DO NOTHING
        RETURNING correction_id
    ), fields AS (
        INSERT INTO corrected_fields
        SELECT added.correction_id, field.*
        FROM added, unnest($10::text[], $11::text[], $12::text[], $13::text[], $14::text[]) AS field
    ), lines AS (
        INSERT INTO corrected_lines
        SELECT added.correction_id, line.*
        FROM added, unnest(
            $15::integer[], $16::integer[], $17::integer[], $18::text[], $19::text[], $20::text[], $21::integer[]
        ) AS line
    )
    SELECT correction_id FROM added
"""
_SAME = "SELECT correction_id, created_at, review FROM corrections WHERE tenant = $1 AND request_id = $2"
_FIND_READ = f"""
    SELECT {JOB_COLUMNS} FROM jobs
    WHERE job_id IN (SELECT job_id FROM documents WHERE tenant = $1 AND document_id = $2)
"""
_WEEK = "date_trunc('week', created_at, 'UTC')"


class PostgresCorrections:
    """Port ``CorrectionStore``."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._client = database.client

    async def find_read(self, tenant: str, document_id: str) -> Job:
        """See the port."""
        for row in await self._client.fetch(_FIND_READ, tenant, document_id):
            return job_from(row)
        raise NotFound(f"There is no document {document_id}.")

    async def add(self, correction: Correction, judgement: Judgement) -> tuple[Correction, bool]:
        """See the port."""
        fields, lines = judgement.fields, judgement.lines
        added = await self._client.fetch(
            _ADD,
            uuid.UUID(correction.correction_id),
            correction.tenant,
            correction.request_id or None,
            correction.created_at,
            correction.review.document_id,
            judgement.document_type.value,
            judgement.engine.value,
            judgement.model_versions,
            to_jsonb(REVIEW.dump(correction.review)),
            [field.field_path for field in fields],
            [field.field_name for field in fields],
            [field.verdict.value for field in fields],
            [to_text(field.recognized_text) for field in fields],
            [to_text(field.corrected_text) for field in fields],
            list(range(len(lines))),
            [line.page_number for line in lines],
            [line.line_index for line in lines],
            [line.engine.value if line.engine else None for line in lines],
            [to_text(line.recognized_text) for line in lines],
            [to_text(line.corrected_text) for line in lines],
            [line.edit_distance for line in lines],
        )
        if added:
            return correction, True
        (row,) = await self._client.fetch(_SAME, correction.tenant, correction.request_id)
        existing = Correction(
            correction_id=str(row["correction_id"]),
            tenant=correction.tenant,
            created_at=row["created_at"],
            review=REVIEW.load(from_jsonb(row["review"])),
            request_id=correction.request_id,
        )
        return same_review(correction, existing), False

    async def sum_up(self, query: AccuracyQuery) -> Accuracy:
        """See the port."""
        week = _WEEK if query.by_week else "NULL::timestamptz"
        fields = await self._fetch(fields_sql(at="created_at", week=week), query)
        texts = await self._fetch(texts_sql(at="created_at", week=week), query)
        return Accuracy(fields_from(fields, _same), texts_from(texts, _same))

    async def _fetch(self, sql: str, query: AccuracyQuery) -> list[asyncpg.Record]:
        return await self._client.fetch(
            sql.replace("?", "$"),
            query.tenant,
            query.start,
            query.end,
            query.engine.value if query.engine else None,
            query.document_type.value if query.document_type else None,
        )


def _same(moment: datetime) -> datetime:
    return moment
