"""One table: which error becomes which gRPC code, and the details that tell a client what to do about it."""

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from ocr_server.domain import errors
from ocr_server.domain.job import JobError

DOMAIN = "ocr.v1"
INTERNAL_REASON = "INTERNAL"
INTERNAL_MESSAGE = "An internal error; its cause is in the server's log."

CODES: dict[type[errors.OcrError], int] = {
    errors.InvalidRequest: Code.INVALID_ARGUMENT,
    errors.InvalidImage: Code.INVALID_ARGUMENT,
    errors.ImageTooLarge: Code.INVALID_ARGUMENT,
    errors.EngineUnavailable: Code.FAILED_PRECONDITION,
    errors.UploadUrlUnavailable: Code.FAILED_PRECONDITION,
    errors.NotFound: Code.NOT_FOUND,
    errors.IdempotencyConflict: Code.ALREADY_EXISTS,
    errors.JobNotCancellable: Code.FAILED_PRECONDITION,
    errors.Overloaded: Code.RESOURCE_EXHAUSTED,
    errors.DeadlineExceeded: Code.DEADLINE_EXCEEDED,
    errors.DependencyUnavailable: Code.UNAVAILABLE,
}

_CODE_BY_REASON = {error.reason: code for error, code in CODES.items()}


def to_rpc_status(error: BaseException) -> Status:
    """Say what went wrong: for the end of a call (``grpc_status.rpc_status.to_status``) or of a stream.

    Every status carries ErrorInfo; a bad field adds BadRequest, a time to wait adds RetryInfo. An error that is
    not in the table is INTERNAL with a fixed text, so that nothing leaks; log its cause where it is caught.
    """
    if not isinstance(error, errors.OcrError) or type(error) not in CODES:
        return _status(Code.INTERNAL, INTERNAL_REASON, INTERNAL_MESSAGE)
    details: list[Message] = []
    if isinstance(error, errors.InvalidRequest):
        details.append(_bad_request(error.field, str(error), error.reason))
    if isinstance(error, errors.Overloaded | errors.DependencyUnavailable):
        details.append(RetryInfo(retry_delay=_duration(error.retry_after_s)))
    return _status(CODES[type(error)], error.reason, str(error), *details)


def retry_after_s(status: Status) -> float | None:
    """Read back, as a client does, how long to wait before another try; None if the status does not say."""
    retry = RetryInfo()
    for detail in status.details:
        if detail.Unpack(retry):
            return float(retry.retry_delay.ToTimedelta().total_seconds())
    return None


def job_error_to_rpc_status(error: JobError) -> Status:
    """Say why a job failed; its error was kept as a reason and a sentence. Unknown reasons are INTERNAL."""
    code = _CODE_BY_REASON.get(error.reason, Code.INTERNAL)
    bad_image = error.reason in (errors.InvalidImage.reason, errors.ImageTooLarge.reason)
    details = [_bad_request("image", error.message, error.reason)] if bad_image else []
    return _status(code, error.reason, error.message, *details)


def _status(code: int, reason: str, message: str, *details: Message) -> Status:
    status = Status(code=code, message=message)
    for detail in (ErrorInfo(reason=reason, domain=DOMAIN), *details):
        status.details.add().Pack(detail)
    return status


def _bad_request(field: str, description: str, reason: str) -> BadRequest:
    violation = BadRequest.FieldViolation(field=field, description=description, reason=reason)
    return BadRequest(field_violations=[violation])


def _duration(seconds: float) -> Duration:
    message = Duration()
    message.FromNanoseconds(round(seconds * 1e9))
    return message
