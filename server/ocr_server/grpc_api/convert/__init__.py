"""The one place where protobuf messages become domain types and back; it fails loudly on what does not fit.

A caller's mistake is an InvalidRequest that names the field in proto notation. A mistake of ours, such as a
succeeded job without a result, is a ValueError or TypeError: it must never reach a caller as a half-empty message.
"""

from ocr_server.grpc_api.convert.requests import (
    ImageRequest,
    JobQuery,
    id_from_pb,
    image_request_from_pb,
    job_query_from_pb,
    options_from_pb,
    watch_from_pb,
)
from ocr_server.grpc_api.convert.results import (
    failed_to_pb,
    job_event_to_pb,
    job_to_pb,
    options_to_pb,
    progress_to_pb,
    recognition_to_pb,
    succeeded_to_pb,
)

__all__ = [
    "ImageRequest",
    "JobQuery",
    "failed_to_pb",
    "id_from_pb",
    "image_request_from_pb",
    "job_event_to_pb",
    "job_query_from_pb",
    "job_to_pb",
    "options_from_pb",
    "options_to_pb",
    "progress_to_pb",
    "recognition_to_pb",
    "succeeded_to_pb",
    "watch_from_pb",
]
