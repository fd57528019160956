"""The one place where protobuf messages become domain types and back; it fails loudly on what does not fit.

A caller's mistake is an InvalidRequest that names the field in proto notation. A mistake of ours, such as a
succeeded job without a result, is a ValueError or TypeError: it must never reach a caller as a half-empty message.
"""

from ocr_server.grpc_api.convert.batches import (
    BatchRequest,
    batch_event_to_pb,
    batch_request_from_pb,
    batch_to_pb,
)
from ocr_server.grpc_api.convert.feedback import (
    accuracy_query_from_pb,
    accuracy_to_pb,
    correction_to_pb,
    review_from_pb,
)
from ocr_server.grpc_api.convert.images import (
    digest_from_pb,
    image_source_from_pb,
    image_to_pb,
    piece_from_pb,
    upload_request_from_pb,
    upload_to_pb,
)
from ocr_server.grpc_api.convert.requests import (
    ImageRequest,
    JobQuery,
    id_from_pb,
    image_request_from_pb,
    job_query_from_pb,
    options_from_pb,
    request_id_from_pb,
    seq_from_pb,
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
    "BatchRequest",
    "ImageRequest",
    "JobQuery",
    "accuracy_query_from_pb",
    "accuracy_to_pb",
    "batch_event_to_pb",
    "batch_request_from_pb",
    "batch_to_pb",
    "correction_to_pb",
    "digest_from_pb",
    "failed_to_pb",
    "id_from_pb",
    "image_request_from_pb",
    "image_source_from_pb",
    "image_to_pb",
    "job_event_to_pb",
    "job_query_from_pb",
    "job_to_pb",
    "options_from_pb",
    "options_to_pb",
    "piece_from_pb",
    "progress_to_pb",
    "recognition_to_pb",
    "request_id_from_pb",
    "review_from_pb",
    "seq_from_pb",
    "succeeded_to_pb",
    "upload_request_from_pb",
    "upload_to_pb",
]
