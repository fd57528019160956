"""Corrections in, and accuracy out."""

import math
import unicodedata
from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from ocr_server._pb.ocr.v1 import feedback_service_pb2 as pb
from ocr_server._pb.ocr.v1 import geometry_pb2
from ocr_server.domain.accuracy import Accuracy, AccuracyQuery, FieldAccuracy, TextAccuracy
from ocr_server.domain.correction import Correction, FieldCorrection, LineCorrection, Review
from ocr_server.domain.document import DocumentType, Engine
from ocr_server.domain.errors import InvalidRequest
from ocr_server.domain.geometry import Point, Polygon
from ocr_server.grpc_api.convert.requests import enum_from_pb, id_from_pb
from ocr_server.wire.documents import timestamp
from ocr_server.wire.enums import DOCUMENT_TYPES, ENGINES, VERDICTS

MAX_FIELDS = 1000
MAX_LINES = 200
MAX_TEXT_CHARACTERS = 500

_DEFAULT_PERIOD = timedelta(days=30)
_INTERVALS = frozenset(pb.GetAccuracyRequest.Interval.values())


def review_from_pb(request: pb.SubmitCorrectionRequest) -> Review:
    """Take what a person made of a document.

    Raises InvalidRequest, with the field, for a bad id, an unknown enum number, a polygon that has not four finite
    vertices, and more fields, lines or characters than the limits.
    """
    for field, most in (("fields", MAX_FIELDS), ("lines", MAX_LINES)):
        if (count := len(getattr(request, field))) > most:
            raise InvalidRequest(f"{count} {field} are too many; at most {most}.", field=field)
    return Review(
        document_id=id_from_pb(request.document_id, "document_id"),
        fields=tuple(_field(field, f"fields[{index}]") for index, field in enumerate(request.fields)),
        lines=tuple(_line(line, f"lines[{index}]") for index, line in enumerate(request.lines)),
        remaining_fields_confirmed=request.remaining_fields_confirmed,
        document_type=enum_from_pb(DOCUMENT_TYPES, request.document_type, "document_type"),
    )


def correction_to_pb(correction: Correction) -> pb.Correction:
    """Convert a recorded correction."""
    return pb.Correction(
        correction_id=correction.correction_id,
        document_id=correction.review.document_id,
        create_time=timestamp(correction.created_at),
    )


def accuracy_query_from_pb(request: pb.GetAccuracyRequest, tenant: str, now: datetime) -> AccuracyQuery:
    """Take which corrections to sum up, those of the last 30 days by default.

    Raises InvalidRequest, with the field, for an unknown enum number, a moment beyond the calendar, and an engine that
    no request can ask for.
    """
    end = _moment(request.end_time, "end_time") if request.HasField("end_time") else now
    engine = enum_from_pb(ENGINES, request.engine, "engine")
    document_type = enum_from_pb(DOCUMENT_TYPES, request.document_type, "document_type")
    if engine is Engine.PDF_TEXT:
        raise InvalidRequest("ENGINE_PDF_TEXT only tells where a line came from.", field="engine")
    if request.interval not in _INTERVALS:
        raise InvalidRequest(f"{request.interval} is no interval that this server knows.", field="interval")
    return AccuracyQuery(
        tenant=tenant,
        start=_moment(request.start_time, "start_time") if request.HasField("start_time") else _before(end),
        end=end,
        document_type=None if document_type is DocumentType.UNKNOWN else document_type,
        engine=None if engine is Engine.AUTO else engine,
        by_week=request.interval == pb.GetAccuracyRequest.INTERVAL_WEEK,
    )


def accuracy_to_pb(query: AccuracyQuery, accuracy: Accuracy) -> pb.GetAccuracyResponse:
    """Convert the sums and the period that they are of."""
    return pb.GetAccuracyResponse(
        start_time=timestamp(query.start),
        end_time=timestamp(query.end),
        fields=map(_field_accuracy, accuracy.fields),
        texts=map(_text_accuracy, accuracy.texts),
    )


def _field(field: pb.FieldCorrection, blamed: str) -> FieldCorrection:
    return FieldCorrection(
        field_path=field.field_path,
        verdict=enum_from_pb(VERDICTS, field.verdict, f"{blamed}.verdict"),
        corrected_text=_text(field.corrected_text, f"{blamed}.corrected_text"),
    )


def _line(line: pb.LineCorrection, blamed: str) -> LineCorrection:
    return LineCorrection(
        page_number=line.page_number,
        polygon=_polygon(line.polygon, f"{blamed}.polygon"),
        corrected_text=_text(line.corrected_text, f"{blamed}.corrected_text"),
    )


def _text(text: str, blamed: str) -> str:
    """As lines are written: Unicode NFC, words separated by single spaces."""
    if len(text) > MAX_TEXT_CHARACTERS:
        raise InvalidRequest(f"The text has more than {MAX_TEXT_CHARACTERS} characters.", field=blamed)
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise InvalidRequest("The text has control characters.", field=blamed)
    return text


def _polygon(polygon: geometry_pb2.Polygon, blamed: str) -> Polygon:
    vertices = [Point(vertex.x, vertex.y) for vertex in polygon.vertices]
    if len(vertices) != 4 or not all(map(math.isfinite, (number for vertex in vertices for number in vertex))):
        raise InvalidRequest("A polygon must have four vertices, with finite numbers.", field=blamed)
    a, b, c, d = vertices
    return Polygon((a, b, c, d))


def _moment(message: Timestamp, blamed: str) -> datetime:
    try:
        return message.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidRequest("This is no moment from the year 1 to 9999.", field=blamed) from None


def _before(end: datetime) -> datetime:
    try:
        return end - _DEFAULT_PERIOD
    except OverflowError:
        raise InvalidRequest("The period begins before the year 1.", field="end_time") from None


def _field_accuracy(accuracy: FieldAccuracy) -> pb.FieldAccuracy:
    return pb.FieldAccuracy(
        field_path=accuracy.field_name,
        document_type=DOCUMENT_TYPES.to_pb[accuracy.document_type],
        model_versions=accuracy.model_versions,
        confirmed_count=accuracy.confirmed,
        corrected_count=accuracy.corrected,
        added_count=accuracy.added,
        removed_count=accuracy.removed,
        precision=accuracy.precision,
        recall=accuracy.recall,
        interval_start_time=timestamp(accuracy.week) if accuracy.week else None,
    )


def _text_accuracy(accuracy: TextAccuracy) -> pb.TextAccuracy:
    return pb.TextAccuracy(
        engine=ENGINES.to_pb[accuracy.engine],
        line_count=accuracy.line_count,
        character_error_rate=accuracy.character_error_rate,
        interval_start_time=timestamp(accuracy.week) if accuracy.week else None,
    )
