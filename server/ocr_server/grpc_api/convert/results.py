"""Results out: documents, progress and jobs become messages."""

from ocr_server._pb.ocr.v1 import job_pb2, ocr_service_pb2, progress_pb2, recognition_pb2
from ocr_server.domain.document import Recognition, RecognizeOptions, Timing
from ocr_server.domain.job import Job, JobError, JobEvent, JobState
from ocr_server.domain.progress import BarcodesRead, FieldsFound, LinesRead, Progress, StageProgress
from ocr_server.grpc_api.status import job_error_to_rpc_status, to_rpc_status
from ocr_server.wire.documents import barcode_to_pb, document_to_pb, duration, line_to_pb, set_fields, timestamp
from ocr_server.wire.enums import DOCUMENT_TYPES, ENGINES, JOB_STATES, STAGES


def recognition_to_pb(recognition: Recognition) -> recognition_pb2.RecognizeResponse:
    """Convert the answer to one request."""
    return recognition_pb2.RecognizeResponse(
        document=document_to_pb(recognition.document),
        timing=_timing(recognition.timing),
        model_versions=recognition.model_versions,
    )


def progress_to_pb(progress: Progress) -> ocr_service_pb2.RecognizeEvent:
    """Convert what happened while reading to an event of RecognizeStream."""
    match progress:
        case StageProgress():
            return ocr_service_pb2.RecognizeEvent(progress=_stage_progress(progress))
        case LinesRead(page_number, lines):
            message = progress_pb2.LinesRead(page_number=page_number, lines=map(line_to_pb, lines))
            return ocr_service_pb2.RecognizeEvent(lines=message)
        case BarcodesRead(page_number, barcodes):
            read = progress_pb2.BarcodesRead(page_number=page_number, barcodes=map(barcode_to_pb, barcodes))
            return ocr_service_pb2.RecognizeEvent(barcodes=read)
        case FieldsFound(found):
            event = ocr_service_pb2.RecognizeEvent()
            set_fields(event.fields, found)
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
        create_time=timestamp(job.created_at),
        start_time=timestamp(job.started_at) if job.started_at else None,
        end_time=timestamp(job.ended_at) if job.ended_at else None,
        attempt=job.attempt,
        batch_id=job.batch_id,
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
        time=timestamp(event.at),
        state=JOB_STATES.to_pb[event.state],
        progress=_stage_progress(event.progress) if event.progress else None,
        error=job_error_to_rpc_status(error) if error else None,
    )


def _timing(timing: Timing) -> recognition_pb2.Timing:
    return recognition_pb2.Timing(
        total_duration=duration(timing.total_s),
        queue_duration=duration(timing.queue_s),
        stages=(
            recognition_pb2.StageTiming(stage=stage.stage, wall_duration=duration(stage.wall_s))
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
