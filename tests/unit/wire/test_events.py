"""Events as messages: they say what the job says, and nothing is made up."""

from dataclasses import replace

import pytest
from google.protobuf.message import Message

from ocr_server._pb.ocr.events.v1 import document_events_pb2, usage_events_pb2
from ocr_server._pb.ocr.v1 import document_pb2
from ocr_server.domain.document import DocumentType, Engine, RecognizeOptions
from ocr_server.domain.event import EventType, events_of
from ocr_server.domain.job import Job, JobError, JobState
from ocr_server.wire.documents import document_to_pb
from ocr_server.wire.events import encode_event
from tests.unit.grpc_api.domain_values import AT, JOB_ID, QUEUED, RECOGNITION, as_json

OPTIONS = RecognizeOptions(engine=Engine.ACCURATE)
SUCCEEDED = replace(
    QUEUED, state=JobState.SUCCEEDED, ended_at=AT, recognition=RECOGNITION, request_id="r-1", options=OPTIONS
)
FAILED = replace(
    QUEUED, state=JobState.FAILED, ended_at=AT, error=JobError("INVALID_IMAGE", "It is truncated."), attempt=2
)


def data_of(job: Job, type_: EventType, message: type[Message]) -> Message:
    (event,) = [event for event in events_of(job) if event.type is type_]
    return message.FromString(encode_event(event))


def test_a_completed_document_says_what_was_found_but_not_its_lines() -> None:
    message = data_of(SUCCEEDED, EventType.DOCUMENT_COMPLETED, document_events_pb2.DocumentCompleted)
    whole = as_json(document_to_pb(RECOGNITION.document))
    assert as_json(message) == {
        "tenant": "tenant",
        "job_id": JOB_ID,
        "document_id": "d-1",
        "request_id": "r-1",
        "image_sha256": "ab" * 32,
        "complete_time": "2024-05-17T12:30:15.250Z",
        "document_type": "DOCUMENT_TYPE_RECEIPT",
        "page_count": 1,
        "model_versions": "ppocr-rec:6 zxing-cpp:2.3",
        **{name: whole[name] for name in ("receipt", "barcodes", "checks")},
    }


def test_a_document_without_extraction_has_no_fields() -> None:
    document = replace(RECOGNITION.document, document_type=DocumentType.INVOICE, fields=None)
    job = replace(SUCCEEDED, recognition=replace(RECOGNITION, document=document))
    message = data_of(job, EventType.DOCUMENT_COMPLETED, document_events_pb2.DocumentCompleted)
    assert message.WhichOneof("fields") is None


def test_a_failed_document_says_why() -> None:
    message = data_of(FAILED, EventType.DOCUMENT_FAILED, document_events_pb2.DocumentFailed)
    assert as_json(message) == {
        "tenant": "tenant",
        "job_id": JOB_ID,
        "image_sha256": "ab" * 32,
        "fail_time": "2024-05-17T12:30:15.250Z",
        "reason": "INVALID_IMAGE",
        "message": "It is truncated.",
        "attempt": 2,
    }


def test_usage_counts_what_was_read_and_leaves_waiting_out() -> None:
    message = data_of(SUCCEEDED, EventType.USAGE_RECORDED, usage_events_pb2.UsageRecorded)
    assert as_json(message) == {
        "tenant": "tenant",
        "job_id": JOB_ID,
        "end_time": "2024-05-17T12:30:15.250Z",
        "engine": "ENGINE_ACCURATE",
        "document_type": "DOCUMENT_TYPE_RECEIPT",
        "page_count": 1,
        "line_count": 1,
        "barcode_count": 1,
        "processing_duration": "1.125s",
    }


def test_a_job_that_lacks_what_it_tells_of_gives_no_half_empty_event() -> None:
    with pytest.raises(ValueError, match="without a recognition"):
        encode_event(events_of(replace(SUCCEEDED, recognition=None))[0])
    with pytest.raises(ValueError, match="without an error"):
        encode_event(events_of(replace(FAILED, error=None))[0])


def test_every_document_type_has_its_place_in_the_event() -> None:
    ours = document_events_pb2.DocumentCompleted.DESCRIPTOR.oneofs_by_name["fields"]
    theirs = document_pb2.Document.DESCRIPTOR.oneofs_by_name["fields"]
    assert [(field.name, field.message_type) for field in ours.fields] == [
        (field.name, field.message_type) for field in theirs.fields
    ]
