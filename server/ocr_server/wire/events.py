"""Events as the messages of protos/ocr/events."""

from google.protobuf.message import Message

from ocr_server._pb.ocr.events.v1 import document_events_pb2, usage_events_pb2
from ocr_server.domain.document import Recognition
from ocr_server.domain.event import Event, EventType
from ocr_server.domain.job import Job
from ocr_server.wire.documents import barcode_to_pb, check_to_pb, duration, set_fields, timestamp
from ocr_server.wire.enums import DOCUMENT_TYPES, ENGINES


def encode_event(event: Event) -> bytes:
    """Write the event's data: the same bytes each time. Raises ValueError for a job that lacks what it tells of."""
    return _MESSAGES[event.type](event).SerializeToString(deterministic=True)


def _completed(event: Event) -> Message:
    job, recognition = event.job, _recognition(event.job)
    document = recognition.document
    message = document_events_pb2.DocumentCompleted(
        tenant=event.tenant,
        job_id=job.job_id,
        document_id=document.document_id,
        request_id=job.request_id,
        image_sha256=job.image_digest,
        complete_time=timestamp(event.time),
        document_type=DOCUMENT_TYPES.to_pb[document.document_type],
        page_count=len(document.pages),
        barcodes=map(barcode_to_pb, document.barcodes),
        checks=map(check_to_pb, document.checks),
        model_versions=recognition.model_versions,
    )
    if document.fields is not None:
        set_fields(message, document.fields)
    return message


def _failed(event: Event) -> Message:
    job, error = event.job, event.job.error
    if error is None:
        raise ValueError(f"job {job.job_id} is {job.state.name} without an error")
    return document_events_pb2.DocumentFailed(
        tenant=event.tenant,
        job_id=job.job_id,
        request_id=job.request_id,
        image_sha256=job.image_digest,
        fail_time=timestamp(event.time),
        reason=error.reason,
        message=error.message,
        attempt=job.attempt,
    )


def _usage(event: Event) -> Message:
    job, recognition = event.job, _recognition(event.job)
    document, timing = recognition.document, recognition.timing
    return usage_events_pb2.UsageRecorded(
        tenant=event.tenant,
        job_id=job.job_id,
        end_time=timestamp(event.time),
        engine=ENGINES.to_pb[job.options.engine],
        document_type=DOCUMENT_TYPES.to_pb[document.document_type],
        page_count=len(document.pages),
        line_count=sum(len(page.lines) for page in document.pages),
        barcode_count=len(document.barcodes),
        processing_duration=duration(timing.total_s - timing.queue_s),
    )


def _recognition(job: Job) -> Recognition:
    if job.recognition is None:
        raise ValueError(f"job {job.job_id} is {job.state.name} without a recognition")
    return job.recognition


_MESSAGES = {
    EventType.DOCUMENT_COMPLETED: _completed,
    EventType.DOCUMENT_FAILED: _failed,
    EventType.USAGE_RECORDED: _usage,
}
