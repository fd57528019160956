"""What can go wrong, in the language of the domain. Nothing here knows of gRPC; grpc_api/status.py maps it."""


class OcrError(Exception):
    """The root. ``str(error)`` is a sentence that may be shown to the caller; ``reason`` is its stable name."""

    reason = "OCR_ERROR"


class InvalidRequest(OcrError):
    """The request is not acceptable as it stands; sending it again will not help.

    field: which field of the request is to blame, in proto notation, such as ``image`` or ``options.engine``.
    """

    reason = "INVALID_REQUEST"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class InvalidImage(InvalidRequest):
    """The bytes are not an image we can read: wrong signature, truncated, encrypted, damaged."""

    reason = "INVALID_IMAGE"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="image")


class ImageTooLarge(InvalidImage):
    """More bytes, pixels or pages than the limits allow."""

    reason = "IMAGE_TOO_LARGE"


class EngineUnavailable(OcrError):
    """The engine that was asked for does not run on this server; the message says how to get it."""

    reason = "ENGINE_UNAVAILABLE"


class UploadUrlUnavailable(OcrError):
    """The image store of this server has no door of its own; the message says how to send the file instead."""

    reason = "UPLOAD_URL_UNAVAILABLE"


class NotFound(OcrError):
    """No such job, batch or image for this tenant."""

    reason = "NOT_FOUND"


class IdempotencyConflict(OcrError):
    """The request_id was used before with another body."""

    reason = "IDEMPOTENCY_CONFLICT"


class JobNotCancellable(OcrError):
    """The job has ended already."""

    reason = "JOB_NOT_CANCELLABLE"


class Overloaded(OcrError):
    """No permit is free and the waiting room is full. retry_after_s: when to try again."""

    reason = "OVERLOADED"

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DeadlineExceeded(OcrError):
    """The caller's deadline passed before the work was done."""

    reason = "DEADLINE_EXCEEDED"


class DependencyUnavailable(OcrError):
    """A part the server needs is down. retry_after_s: when to try again."""

    reason = "DEPENDENCY_UNAVAILABLE"

    def __init__(self, message: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
