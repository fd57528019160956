"""Batches over a real channel: counts, partial failures, images that were sent before."""

import uuid
from pathlib import Path

import grpc
import pytest

from ocr_server._pb.ocr.v1.image_service_pb2 import UploadImageRequest
from ocr_server._pb.ocr.v1.image_service_pb2_grpc import ImageServiceStub
from ocr_server._pb.ocr.v1.job_pb2 import Job
from ocr_server._pb.ocr.v1.job_service_pb2 import (
    BatchItem,
    GetBatchRequest,
    GetJobRequest,
    SubmitBatchRequest,
    WatchBatchRequest,
)
from ocr_server._pb.ocr.v1.job_service_pb2_grpc import JobServiceStub
from ocr_server._pb.ocr.v1.recognition_pb2 import RecognizeOptions


async def test_a_batch_is_watched_to_its_end_and_one_bad_image_spoils_no_other(
    channel: grpc.aio.Channel, samples: Path
) -> None:
    stub = JobServiceStub(channel)
    receipt, label = (samples / "receipt.png").read_bytes(), (samples / "product-label.jpg").read_bytes()
    middle = len(receipt) // 2
    damaged = receipt[:middle] + bytes(64) + receipt[middle + 64 :]  # its headers are whole, so only reading it shows
    upload = UploadImageRequest()
    upload.chunk.data = label
    uri = (await ImageServiceStub(channel).UploadImage(iter([upload]))).uri
    items = [
        BatchItem(image=receipt),
        BatchItem(image=damaged),
        BatchItem(image_uri=uri, options=RecognizeOptions(barcodes_only=True)),
    ]
    batch = await stub.SubmitBatch(SubmitBatchRequest(items=items, request_id=str(uuid.uuid4())))
    assert len(batch.job_ids) == 3
    watched = [event async for event in stub.WatchBatch(WatchBatchRequest(batch_id=batch.batch_id))]

    assert [event.seq for event in watched] == list(range(1, 7))
    last = watched[-1].counts
    assert (last.queued, last.running, last.succeeded, last.failed, last.cancelled) == (0, 0, 2, 1, 0)
    (failed,) = [event.job_event for event in watched if event.job_event.state == Job.FAILED]
    assert failed.job_id == batch.job_ids[1]
    assert failed.error.message
    again = [event async for event in stub.WatchBatch(WatchBatchRequest(batch_id=batch.batch_id, after_seq=4))]
    assert again == watched[4:]

    ended = await stub.GetBatch(GetBatchRequest(batch_id=batch.batch_id))
    assert ended.counts == last
    assert ended.end_time == watched[-1].time
    label_job = await stub.GetJob(GetJobRequest(job_id=batch.job_ids[2]))
    assert label_job.batch_id == batch.batch_id
    assert label_job.response.document.barcodes


async def test_a_batch_with_an_item_that_is_no_image_is_refused_as_a_whole(
    channel: grpc.aio.Channel, samples: Path
) -> None:
    items = [BatchItem(image=(samples / "receipt.png").read_bytes()), BatchItem(image=b"no image")]
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await JobServiceStub(channel).SubmitBatch(SubmitBatchRequest(items=items))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_another_tenants_batch_is_not_there(channel: grpc.aio.Channel, samples: Path) -> None:
    stub = JobServiceStub(channel)
    items = [BatchItem(image=(samples / "receipt.png").read_bytes())]
    batch = await stub.SubmitBatch(SubmitBatchRequest(items=items), metadata=(("x-ocr-tenant", "one"),))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.GetBatch(GetBatchRequest(batch_id=batch.batch_id), metadata=(("x-ocr-tenant", "other"),))
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
