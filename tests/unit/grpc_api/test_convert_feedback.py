"""Corrections in and accuracy out."""

from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from ocr_server._pb.ocr.v1 import feedback_service_pb2 as pb
from ocr_server._pb.ocr.v1.document_pb2 import DOCUMENT_TYPE_INVOICE, ENGINE_PDF_TEXT, ENGINE_PPOCR
from ocr_server._pb.ocr.v1.geometry_pb2 import Polygon as PolygonMessage
from ocr_server._pb.ocr.v1.geometry_pb2 import Vertex
from ocr_server.domain.accuracy import Accuracy, AccuracyQuery, FieldAccuracy, TextAccuracy
from ocr_server.domain.correction import Correction, FieldCorrection, LineCorrection, Review, Verdict
from ocr_server.domain.document import DocumentType, Engine
from ocr_server.domain.errors import InvalidRequest
from ocr_server.domain.geometry import Polygon
from ocr_server.grpc_api import convert
from ocr_server.grpc_api.convert.feedback import MAX_FIELDS, MAX_LINES, MAX_TEXT_CHARACTERS
from tests.unit.grpc_api.domain_values import AT, JOB_ID, as_json

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BOX = PolygonMessage(vertices=[Vertex(x=x, y=y) for x, y in ((0.5, 1), (9, 1), (9, 5), (0.5, 5))])
WEEK = datetime(2026, 2, 23, tzinfo=UTC)


def _request(**changes: object) -> pb.SubmitCorrectionRequest:
    return pb.SubmitCorrectionRequest(**{"document_id": JOB_ID, **changes})  # type: ignore[arg-type]


def _timestamp(at: datetime) -> Timestamp:
    message = Timestamp()
    message.FromDatetime(at)
    return message


def _query(**asked: object) -> AccuracyQuery:
    return convert.accuracy_query_from_pb(pb.GetAccuracyRequest(**asked), "shop-a", NOW)  # type: ignore[arg-type]


def test_a_review_arrives_as_meant() -> None:
    request = _request(
        document_id=JOB_ID.upper(),
        fields=[
            pb.FieldCorrection(field_path="receipt.total", verdict=pb.FieldCorrection.VERDICT_CONFIRMED),
            pb.FieldCorrection(
                field_path="receipt.tip", verdict=pb.FieldCorrection.VERDICT_ADDED, corrected_text=" 1.50\n EUR"
            ),
        ],
        lines=[pb.LineCorrection(page_number=2, polygon=BOX, corrected_text="Ko\u0308fte   warm")],
        remaining_fields_confirmed=True,
        document_type=DOCUMENT_TYPE_INVOICE,
    )
    assert convert.review_from_pb(request) == Review(
        JOB_ID,
        (
            FieldCorrection("receipt.total", Verdict.CONFIRMED),
            FieldCorrection("receipt.tip", Verdict.ADDED, "1.50 EUR"),
        ),
        (LineCorrection(2, Polygon.from_box(0.5, 1, 9, 5), "K\u00f6fte warm"),),
        remaining_fields_confirmed=True,
        document_type=DocumentType.INVOICE,
    )
    assert convert.review_from_pb(_request()) == Review(JOB_ID)


CONFIRMED = pb.FieldCorrection(field_path="receipt.total", verdict=pb.FieldCorrection.VERDICT_CONFIRMED)


@pytest.mark.parametrize(
    ("changes", "blamed"),
    [
        ({"document_id": ""}, "document_id"),
        ({"document_id": "my-document"}, "document_id"),
        ({"document_type": 99}, "document_type"),
        ({"fields": [CONFIRMED] * (MAX_FIELDS + 1)}, "fields"),
        ({"fields": [CONFIRMED, pb.FieldCorrection(field_path="receipt.total")]}, "fields[1].verdict"),
        ({"fields": [pb.FieldCorrection(verdict=99)]}, "fields[0].verdict"),  # type: ignore[arg-type]
        (
            {"fields": [pb.FieldCorrection(verdict="VERDICT_ADDED", corrected_text="x" * (MAX_TEXT_CHARACTERS + 1))]},
            "fields[0].corrected_text",
        ),
        (
            {"fields": [pb.FieldCorrection(verdict="VERDICT_ADDED", corrected_text="9\0")]},
            "fields[0].corrected_text",
        ),
        ({"lines": [pb.LineCorrection(polygon=BOX)] * (MAX_LINES + 1)}, "lines"),
        ({"lines": [pb.LineCorrection(page_number=1)]}, "lines[0].polygon"),
        ({"lines": [pb.LineCorrection(polygon=PolygonMessage(vertices=BOX.vertices[:3]))]}, "lines[0].polygon"),
        (
            {
                "lines": [
                    pb.LineCorrection(polygon=PolygonMessage(vertices=[*BOX.vertices[:3], Vertex(x=float("nan"))]))
                ]
            },
            "lines[0].polygon",
        ),
        ({"lines": [pb.LineCorrection(polygon=BOX, corrected_text="\x1b[2J")]}, "lines[0].corrected_text"),
    ],
)
def test_a_mistake_is_named_by_its_field(changes: dict[str, object], blamed: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        convert.review_from_pb(_request(**changes))
    assert refused.value.field == blamed


def test_a_correction_tells_what_was_recorded() -> None:
    document_id = JOB_ID[:-1] + "f"
    assert as_json(convert.correction_to_pb(Correction(JOB_ID, "shop-a", AT, Review(document_id)))) == {
        "correction_id": JOB_ID,
        "document_id": document_id,
        "create_time": "2024-05-17T12:30:15.250Z",
    }


def test_the_last_thirty_days_are_asked_for_by_default() -> None:
    assert _query() == AccuracyQuery("shop-a", NOW - timedelta(days=30), NOW)
    assert _query(end_time=_timestamp(AT)) == AccuracyQuery("shop-a", AT - timedelta(days=30), AT)
    assert _query(start_time=_timestamp(AT)) == AccuracyQuery("shop-a", AT, NOW)


def test_filters_arrive_as_asked() -> None:
    asked = _query(
        document_type=DOCUMENT_TYPE_INVOICE, engine=ENGINE_PPOCR, interval=pb.GetAccuracyRequest.INTERVAL_WEEK
    )
    assert (asked.document_type, asked.engine, asked.by_week) == (DocumentType.INVOICE, Engine.PPOCR, True)


@pytest.mark.parametrize(
    ("asked", "blamed"),
    [
        ({"start_time": Timestamp(seconds=10**15)}, "start_time"),
        ({"end_time": Timestamp(nanos=-5)}, "end_time"),
        ({"end_time": _timestamp(datetime(1, 1, 2, tzinfo=UTC))}, "end_time"),
        ({"document_type": 99}, "document_type"),
        ({"engine": 99}, "engine"),
        ({"engine": ENGINE_PDF_TEXT}, "engine"),
        ({"interval": 99}, "interval"),
    ],
)
def test_a_query_that_cannot_be_understood_is_refused_by_its_field(asked: dict[str, object], blamed: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        _query(**asked)
    assert refused.value.field == blamed


def test_sums_leave_with_their_period_and_rates() -> None:
    accuracy = Accuracy(
        (FieldAccuracy("receipt.total", DocumentType.RECEIPT, "trocr:1", 6, 1, 2, 1, WEEK),),
        (TextAccuracy(Engine.TROCR, 4, 3, 24),),
    )
    assert as_json(convert.accuracy_to_pb(AccuracyQuery("shop-a", AT, NOW), accuracy)) == {
        "start_time": "2024-05-17T12:30:15.250Z",
        "end_time": "2026-03-01T12:00:00Z",
        "fields": [
            {
                "field_path": "receipt.total",
                "document_type": "DOCUMENT_TYPE_RECEIPT",
                "model_versions": "trocr:1",
                "confirmed_count": "6",
                "corrected_count": "1",
                "added_count": "2",
                "removed_count": "1",
                "precision": 0.75,
                "recall": pytest.approx(2 / 3),
                "interval_start_time": "2026-02-23T00:00:00Z",
            }
        ],
        "texts": [{"engine": "ENGINE_TROCR", "line_count": "4", "character_error_rate": 0.125}],
    }
