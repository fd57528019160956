"""FeedbackService over a real channel: a document is read, corrected, and counted."""

import uuid
from pathlib import Path
from urllib.request import urlopen

import grpc
import pytest

from benchmarks.server_process import ServerProcess
from ocr_server._pb.ocr.v1.document_pb2 import DOCUMENT_TYPE_RECEIPT, Document
from ocr_server._pb.ocr.v1.feedback_service_pb2 import (
    FieldCorrection,
    GetAccuracyRequest,
    LineCorrection,
    SubmitCorrectionRequest,
)
from ocr_server._pb.ocr.v1.feedback_service_pb2_grpc import FeedbackServiceStub
from ocr_server._pb.ocr.v1.job_service_pb2 import GetJobRequest, SubmitJobRequest, WatchJobRequest
from ocr_server._pb.ocr.v1.job_service_pb2_grpc import JobServiceStub

Metadata = tuple[tuple[str, str], ...]


@pytest.fixture
def tenant() -> Metadata:
    return (("x-ocr-tenant", f"t-{uuid.uuid4().hex}"),)


@pytest.fixture
async def document(channel: grpc.aio.Channel, samples: Path, tenant: Metadata) -> Document:
    jobs = JobServiceStub(channel)
    image = (samples / "receipt.png").read_bytes()
    job = await jobs.SubmitJob(SubmitJobRequest(image=image), metadata=tenant)
    async for _ in jobs.WatchJob(WatchJobRequest(job_id=job.job_id), metadata=tenant):
        pass
    return (await jobs.GetJob(GetJobRequest(job_id=job.job_id), metadata=tenant)).response.document


def _metrics(server: ServerProcess) -> str:
    with urlopen(f"http://127.0.0.1:{server.metrics_port}/metrics", timeout=10) as page:
        text: str = page.read().decode()
    return text


async def test_what_people_correct_is_counted_for_their_tenant(
    channel: grpc.aio.Channel, server: ServerProcess, document: Document, tenant: Metadata
) -> None:
    stub = FeedbackServiceStub(channel)
    line = next(line for line in document.pages[0].lines if len(line.text) > 3)
    request = SubmitCorrectionRequest(
        document_id=document.document_id,
        fields=[
            FieldCorrection(field_path="receipt.total", verdict="VERDICT_CORRECTED", corrected_text="0.01"),
            FieldCorrection(
                field_path="receipt.merchant_name",
                verdict="VERDICT_CORRECTED",
                corrected_text=document.receipt.merchant_name.text,
            ),
        ],
        lines=[LineCorrection(page_number=1, polygon=line.polygon, corrected_text=f"{line.text}x")],
        remaining_fields_confirmed=True,
        request_id=str(uuid.uuid4()),
    )
    recorded = await stub.SubmitCorrection(request, metadata=tenant)
    assert recorded.document_id == document.document_id
    assert await stub.SubmitCorrection(request, metadata=tenant) == recorded

    asked = GetAccuracyRequest(document_type=DOCUMENT_TYPE_RECEIPT, engine="ENGINE_BALANCED", interval="INTERVAL_WEEK")
    accuracy = await stub.GetAccuracy(asked, metadata=tenant)
    fields = {field.field_path: field for field in accuracy.fields}
    total, name = fields["receipt.total"], fields["receipt.merchant_name"]
    assert (total.corrected_count, total.precision, total.recall) == (1, 0, 0)
    assert (name.confirmed_count, name.precision, name.recall) == (1, 1, 1)
    items = sum(item.HasField("total") for item in document.receipt.line_items)
    assert fields["receipt.line_items.total"].confirmed_count == items > 0
    assert total.interval_start_time.ToDatetime().isoweekday() == 1
    (text,) = accuracy.texts
    assert text.engine == line.engine
    assert text.character_error_rate == pytest.approx(1 / (len(line.text) + 1))

    somebody_else = (("x-ocr-tenant", "somebody-else"),)
    assert not (await stub.GetAccuracy(GetAccuracyRequest(), metadata=somebody_else)).fields
    assert 'ocr_corrections_total{field="receipt.total",verdict="corrected"}' in _metrics(server)


async def test_what_does_not_fit_is_refused_with_its_code(
    channel: grpc.aio.Channel, document: Document, tenant: Metadata
) -> None:
    stub = FeedbackServiceStub(channel)

    async def code(request: SubmitCorrectionRequest, metadata: Metadata = tenant) -> grpc.StatusCode:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.SubmitCorrection(request, metadata=metadata)
        return refused.value.code()

    request_id = str(uuid.uuid4())
    good = SubmitCorrectionRequest(
        document_id=document.document_id, remaining_fields_confirmed=True, request_id=request_id
    )
    await stub.SubmitCorrection(good, metadata=tenant)
    another_body = SubmitCorrectionRequest(
        document_id=document.document_id, document_type="DOCUMENT_TYPE_INVOICE", request_id=request_id
    )
    bad_path = SubmitCorrectionRequest(
        document_id=document.document_id,
        fields=[FieldCorrection(field_path="receipt.sum", verdict="VERDICT_CONFIRMED")],
    )
    nowhere = SubmitCorrectionRequest(document_id=str(uuid.uuid4()), remaining_fields_confirmed=True)
    assert await code(another_body) == grpc.StatusCode.ALREADY_EXISTS
    assert await code(bad_path) == grpc.StatusCode.INVALID_ARGUMENT
    assert await code(nowhere) == grpc.StatusCode.NOT_FOUND
    assert await code(good, (("x-ocr-tenant", "somebody-else"),)) == grpc.StatusCode.NOT_FOUND
