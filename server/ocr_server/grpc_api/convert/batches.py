"""Batches: what is submitted together, and what is told of it."""

from dataclasses import asdict, dataclass

from ocr_server._pb.ocr.v1 import job_pb2
from ocr_server._pb.ocr.v1 import job_service_pb2 as pb
from ocr_server.domain.batch import Batch, BatchCounts, BatchEvent
from ocr_server.domain.document import RecognizeOptions
from ocr_server.domain.errors import InvalidRequest
from ocr_server.grpc_api.convert.images import image_source_from_pb
from ocr_server.grpc_api.convert.requests import options_from_pb, request_id_from_pb
from ocr_server.grpc_api.convert.results import job_event_to_pb
from ocr_server.jobs import BatchItem
from ocr_server.wire.documents import timestamp


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Images to read together. request_id: lower-case UUID, or empty for none."""

    items: tuple[BatchItem, ...]
    request_id: str


def batch_request_from_pb(request: pb.SubmitBatchRequest) -> BatchRequest:
    """Raise InvalidRequest for a bad item, option or request_id; the field names the item, as in ``items[3].image``."""
    shared = options_from_pb(request.options)
    items = tuple(_item(item, index, shared) for index, item in enumerate(request.items))
    return BatchRequest(items, request_id_from_pb(request.request_id))


def batch_to_pb(batch: Batch) -> job_pb2.Batch:
    """Convert a batch."""
    return job_pb2.Batch(
        batch_id=batch.batch_id,
        request_id=batch.request_id,
        job_ids=batch.job_ids,
        create_time=timestamp(batch.created_at),
        end_time=timestamp(batch.ended_at) if batch.ended_at else None,
        counts=_counts(batch.counts),
    )


def batch_event_to_pb(event: BatchEvent) -> job_pb2.BatchEvent:
    """Convert an event. Raises ValueError if its job FAILED without an error, or has one without having FAILED."""
    return job_pb2.BatchEvent(
        batch_id=event.batch_id,
        seq=event.seq,
        time=timestamp(event.job_event.at),
        job_event=job_event_to_pb(event.job_event, event.error),
        counts=_counts(event.counts),
    )


def _item(item: pb.BatchItem, index: int, shared: RecognizeOptions) -> BatchItem:
    prefix = f"items[{index}]."
    options = shared
    if item.HasField("options"):
        try:
            options = options_from_pb(item.options)
        except InvalidRequest as error:
            raise InvalidRequest(str(error), field=prefix + error.field) from error
    return BatchItem(image_source_from_pb(item, prefix=prefix), options)


def _counts(counts: BatchCounts) -> job_pb2.BatchCounts:
    return job_pb2.BatchCounts(**asdict(counts))
