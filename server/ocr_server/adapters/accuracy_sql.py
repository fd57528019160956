"""How corrections are summed up: the same SQL for SQLite and PostgreSQL, but for how they write a moment and its week.

Values: ?1 tenant, ?2 start, ?3 end, ?4 engine or NULL, ?5 document type or NULL.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from ocr_server.domain.accuracy import FieldAccuracy, TextAccuracy
from ocr_server.domain.document import DocumentType, Engine

# What somebody says later replaces what was said before of the same field or line of the same document. All that one
# correction says of a line stands, because two lines may have been read as one.
_LATEST = """
    WITH latest AS (
        SELECT {columns}, document_type, {week} AS week, rank() OVER (
            PARTITION BY document_id, {subject} ORDER BY {at} DESC, correction_id DESC
        ) AS age
        FROM corrections JOIN {table} USING (correction_id)
        WHERE tenant = ?1 AND {at} >= ?2 AND {at} < ?3 AND (CAST(?4 AS TEXT) IS NULL OR corrections.engine = ?4)
    )
"""
_OF_TYPE = "age = 1 AND (CAST(?5 AS TEXT) IS NULL OR document_type = ?5)"
_FIELDS = f"""
    {_LATEST}
    SELECT field_name, document_type, model_versions, week,
        count(*) FILTER (WHERE verdict = 'confirmed') AS confirmed,
        count(*) FILTER (WHERE verdict = 'corrected') AS corrected,
        count(*) FILTER (WHERE verdict = 'added') AS added,
        count(*) FILTER (WHERE verdict = 'removed') AS removed
    FROM latest WHERE {_OF_TYPE}
    GROUP BY field_name, document_type, model_versions, week
"""
_TEXTS = f"""
    {_LATEST}
    SELECT engine, week, count(*) AS line_count, sum(edit_distance) AS edit_distance,
        sum(length(corrected_text)) AS character_count
    FROM latest WHERE {_OF_TYPE} AND engine IS NOT NULL
    GROUP BY engine, week
"""


def fields_sql(*, at: str, week: str) -> str:
    """Select the sums of fields. at: the column of when a correction was recorded. week: SQL of its beginning."""
    columns = "field_name, verdict, model_versions"
    return _FIELDS.format(columns=columns, subject="field_path", table="corrected_fields", at=at, week=week)


def texts_sql(*, at: str, week: str) -> str:
    """Select the sums of texts; see ``fields_sql``."""
    columns = "corrected_lines.engine, edit_distance, corrected_text"
    return _TEXTS.format(columns=columns, subject="page_number, line_index", table="corrected_lines", at=at, week=week)


def fields_from(rows: Iterable[Any], week_from: Callable[[Any], datetime]) -> tuple[FieldAccuracy, ...]:
    """Read what ``fields_sql`` selects, in the order of the port.

    rows: whose columns are had by name. week_from: reads a week that is not NULL.
    """
    fields = (
        FieldAccuracy(
            field_name=row["field_name"],
            document_type=DocumentType(row["document_type"]),
            model_versions=row["model_versions"],
            confirmed=row["confirmed"],
            corrected=row["corrected"],
            added=row["added"],
            removed=row["removed"],
            week=None if row["week"] is None else week_from(row["week"]),
        )
        for row in rows
    )
    return tuple(sorted(fields, key=lambda f: (f.field_name, f.document_type.value, f.model_versions, str(f.week))))


def texts_from(rows: Iterable[Any], week_from: Callable[[Any], datetime]) -> tuple[TextAccuracy, ...]:
    """Read what ``texts_sql`` selects; see ``fields_from``."""
    texts = (
        TextAccuracy(
            engine=Engine(row["engine"]),
            line_count=row["line_count"],
            edit_distance=row["edit_distance"],
            character_count=row["character_count"],
            week=None if row["week"] is None else week_from(row["week"]),
        )
        for row in rows
    )
    return tuple(sorted(texts, key=lambda text: (text.engine.value, str(text.week))))
