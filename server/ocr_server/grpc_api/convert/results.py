"""Results out: documents, progress and jobs become messages."""

from dataclasses import fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from google.type.timeofday_pb2 import TimeOfDay

from ocr_server._pb.ocr.v1 import (
    barcode_pb2,
    document_pb2,
    field_pb2,
    geometry_pb2,
    job_pb2,
    ocr_service_pb2,
    progress_pb2,
    recognition_pb2,
)
from ocr_server.domain.barcode import Barcode
from ocr_server.domain.document import Document, Line, Page, Recognition, RecognizeOptions, Timing
from ocr_server.domain.geometry import Polygon
from ocr_server.domain.job import Job, JobError, JobEvent, JobState
from ocr_server.domain.money import Money
from ocr_server.domain.progress import BarcodesRead, FieldsFound, LinesRead, Progress, StageProgress
from ocr_server.domain.receipt import Field, Receipt
from ocr_server.grpc_api.convert.enums import CHECK_STATES, DOCUMENT_TYPES, ENGINES, JOB_STATES, STAGES, SYMBOLOGIES
from ocr_server.grpc_api.status import job_error_to_rpc_status, to_rpc_status

# Which member of the oneof `fields` carries what was extracted.
_FIELDS_MEMBER: dict[type, str] = {Receipt: "receipt"}


def recognition_to_pb(recognition: Recognition) -> recognition_pb2.RecognizeResponse:
    """Convert the answer to one request."""
    return recognition_pb2.RecognizeResponse(
        document=_document(recognition.document),
        timing=_timing(recognition.timing),
        model_versions=recognition.model_versions,
    )


def progress_to_pb(progress: Progress) -> ocr_service_pb2.RecognizeEvent:
    """Convert what happened while reading to an event of RecognizeStream."""
    match progress:
        case StageProgress():
            return ocr_service_pb2.RecognizeEvent(progress=_stage_progress(progress))
        case LinesRead(page_number, lines):
            message = progress_pb2.LinesRead(page_number=page_number, lines=map(_line, lines))
            return ocr_service_pb2.RecognizeEvent(lines=message)
        case BarcodesRead(page_number, barcodes):
            read = progress_pb2.BarcodesRead(page_number=page_number, barcodes=map(_barcode, barcodes))
            return ocr_service_pb2.RecognizeEvent(barcodes=read)
        case FieldsFound(found):
            event = ocr_service_pb2.RecognizeEvent()
            _fill(getattr(event.fields, _FIELDS_MEMBER[type(found)]), found)
            return event
    raise TypeError(f"no event for {type(progress).__name__}")


def succeeded_to_pb(recognition: Recognition) -> ocr_service_pb2.RecognizeEvent:
    """Make the terminal event of a stream that has its result."""
    terminal = ocr_service_pb2.RecognizeTerminal
    return ocr_service_pb2.RecognizeEvent(
        terminal=terminal(state=terminal.SUCCEEDED, response=recognition_to_pb(recognition))
    )


def failed_to_pb(error: Exception) -> ocr_service_pb2.RecognizeEvent:
    """Make the terminal event of a stream that failed; any exception will do, see status.to_rpc_status."""
    terminal = ocr_service_pb2.RecognizeTerminal
    return ocr_service_pb2.RecognizeEvent(terminal=terminal(state=terminal.FAILED, error=to_rpc_status(error)))


def options_to_pb(options: RecognizeOptions) -> recognition_pb2.RecognizeOptions:
    """Convert options back to what the caller sent."""
    return recognition_pb2.RecognizeOptions(
        engine=ENGINES.to_pb[options.engine],
        document_type=DOCUMENT_TYPES.to_pb[options.document_type],
        languages=options.languages,
        barcodes_only=options.barcodes_only,
    )


def job_to_pb(job: Job, *, with_response: bool = True) -> job_pb2.Job:
    """Convert a job; ``with_response=False`` for lists, whose jobs come without their recognition.

    Raises ValueError for a job whose state and result contradict each other.
    """
    if with_response and (job.recognition is None) == (job.state is JobState.SUCCEEDED):
        raise ValueError(f"job {job.job_id} is {job.state.name} with{'out' * (not job.recognition)} a recognition")
    if (job.error is None) == (job.state is JobState.FAILED):
        raise ValueError(f"job {job.job_id} is {job.state.name} but its error is {job.error}")
    message = job_pb2.Job(
        job_id=job.job_id,
        state=JOB_STATES.to_pb[job.state],
        options=options_to_pb(job.options),
        request_id=job.request_id,
        image_sha256=job.image_digest,
        create_time=_timestamp(job.created_at),
        start_time=_timestamp(job.started_at) if job.started_at else None,
        end_time=_timestamp(job.ended_at) if job.ended_at else None,
        attempt=job.attempt,
    )
    if job.error:
        message.error.CopyFrom(job_error_to_rpc_status(job.error))
    if job.recognition and with_response:
        message.response.CopyFrom(recognition_to_pb(job.recognition))
    return message


def job_event_to_pb(event: JobEvent, error: JobError | None = None) -> job_pb2.JobEvent:
    """Convert an event; ``error`` is the job's own, needed if and only if the event's state is FAILED.

    Raises ValueError if it is missing or too much.
    """
    if (error is None) == (event.state is JobState.FAILED):
        raise ValueError(f"event {event.seq} of job {event.job_id} is {event.state.name} but its error is {error}")
    return job_pb2.JobEvent(
        job_id=event.job_id,
        seq=event.seq,
        time=_timestamp(event.at),
        state=JOB_STATES.to_pb[event.state],
        progress=_stage_progress(event.progress) if event.progress else None,
        error=job_error_to_rpc_status(error) if error else None,
    )


def _document(document: Document) -> document_pb2.Document:
    message = document_pb2.Document(
        document_id=document.document_id,
        document_type=DOCUMENT_TYPES.to_pb[document.document_type],
        pages=map(_page, document.pages),
        barcodes=map(_barcode, document.barcodes),
        checks=(
            document_pb2.Check(id=check.check_id, state=CHECK_STATES.to_pb[check.state], message=check.message)
            for check in document.checks
        ),
    )
    if document.fields is not None:
        _fill(getattr(message, _FIELDS_MEMBER[type(document.fields)]), document.fields)
    if document.quality is not None:
        quality = document.quality
        message.quality.sharpness = quality.sharpness
        message.quality.contrast = quality.contrast
        message.quality.text_height_px = quality.text_height_px
    return message


def _page(page: Page) -> document_pb2.Page:
    return document_pb2.Page(
        page_number=page.page_number,
        width_px=page.width_px,
        height_px=page.height_px,
        rotation_degrees=page.rotation_degrees,
        lines=map(_line, page.lines),
        render_dpi=page.render_dpi,
    )


def _line(line: Line) -> document_pb2.Line:
    return document_pb2.Line(
        text=line.text,
        confidence=line.confidence,
        detection_score=line.detection_score,
        polygon=_polygon(line.polygon),
        words=(
            document_pb2.Word(text=word.text, confidence=word.confidence, polygon=_polygon(word.polygon))
            for word in line.words
        ),
        engine=ENGINES.to_pb[line.engine],
    )


def _barcode(barcode: Barcode) -> barcode_pb2.Barcode:
    return barcode_pb2.Barcode(
        symbology=SYMBOLOGIES.to_pb[barcode.symbology],
        text=barcode.text,
        raw_value=barcode.raw_value,
        gtin=barcode.gtin,
        gs1_elements=(
            barcode_pb2.Gs1Element(
                application_identifier=element.application_identifier, title=element.title, value=element.value
            )
            for element in barcode.gs1_elements
        ),
        polygon=_polygon(barcode.polygon),
        page_number=barcode.page_number,
        readers=barcode.readers,
    )


def _polygon(polygon: Polygon) -> geometry_pb2.Polygon:
    return geometry_pb2.Polygon(vertices=(geometry_pb2.Vertex(x=x, y=y) for x, y in polygon.vertices))


def _timing(timing: Timing) -> recognition_pb2.Timing:
    return recognition_pb2.Timing(
        total_duration=_duration(timing.total_s),
        queue_duration=_duration(timing.queue_s),
        stages=(
            recognition_pb2.StageTiming(stage=stage.stage, wall_duration=_duration(stage.wall_s))
            for stage in timing.stages
        ),
    )


def _stage_progress(progress: StageProgress) -> progress_pb2.StageProgress:
    return progress_pb2.StageProgress(
        stage=STAGES.to_pb[progress.stage],
        fraction=progress.fraction,
        page_number=progress.page_number,
        page_count=progress.page_count,
        lines_done=progress.lines_done,
        lines_total=progress.lines_total,
    )


def _fill(message: Message, record: Any) -> None:
    """Copy a dataclass of Fields, and of tuples of such dataclasses, into the message with the same names."""
    message.SetInParent()  # a receipt without any field is still a receipt
    for name in (slot.name for slot in fields(record)):
        value = getattr(record, name)
        if isinstance(value, tuple):
            for item in value:
                _fill(getattr(message, name).add(), item)
        elif value is not None:
            getattr(message, name).CopyFrom(_field(value))


def _field(field: Field[Any]) -> field_pb2.Field:
    message = field_pb2.Field(
        mention_text=field.mention_text,
        confidence=field.confidence,
        polygon=_polygon(field.polygon),
        page_number=field.page_number,
        check_ids=field.check_ids,
    )
    match field.value:
        case Money(amount, currency):
            message.money.CopyFrom(field_pb2.Money(amount=_decimal(amount), currency_code=currency))
        case Decimal() as number:
            message.number = _decimal(number)
        case str() as text:
            message.text = text
        case date() as day if not isinstance(day, datetime):
            message.date.CopyFrom(Date(year=day.year, month=day.month, day=day.day))
        case time() as clock:
            message.time.CopyFrom(TimeOfDay(hours=clock.hour, minutes=clock.minute, seconds=clock.second))
        case other:
            raise TypeError(f"a field cannot carry a {type(other).__name__}")
    return message


def _decimal(number: Decimal) -> str:
    """Write all digits, trailing zeros included, and no exponent."""
    if not number.is_finite():
        raise ValueError(f"{number} is no amount")
    return f"{number:f}"


def _duration(seconds: float) -> Duration:
    message = Duration()
    message.FromTimedelta(timedelta(seconds=seconds))
    return message


def _timestamp(at: datetime) -> Timestamp:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    message = Timestamp()
    message.FromDatetime(at)
    return message
