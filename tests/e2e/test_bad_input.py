"""What cannot be read is refused over the wire with its reason, and the server goes on."""

from collections.abc import Awaitable

import grpc
import pytest
from google.api.httpbody_pb2 import HttpBody
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from ocr_server._pb.ocr.v1.job_service_pb2 import SubmitJobRequest
from ocr_server._pb.ocr.v1.job_service_pb2_grpc import JobServiceStub
from ocr_server._pb.ocr.v1.ocr_service_pb2 import RecognizeRawRequest, RecognizeRequest, RecognizeTerminal
from ocr_server._pb.ocr.v1.ocr_service_pb2_grpc import OcrServiceStub
from tests.hostile_files import ODD, REFUSED
from tests.unit.pipeline.image_files import small_file

# Each is a refusal of another kind: at the head, at the pixels, in pdfium's process.
IN_STREAMS = ("text", "truncated JPEG", "500-page PDF", "encrypted PDF")


def assert_says_what_is_wrong(status: Status) -> None:
    assert status.code == Code.INVALID_ARGUMENT
    assert status.message.endswith(".")
    info, bad_request = ErrorInfo(), BadRequest()
    assert status.details[0].Unpack(info)
    assert status.details[1].Unpack(bad_request)
    assert info.domain == "ocr.v1"
    assert info.reason in ("INVALID_REQUEST", "INVALID_IMAGE", "IMAGE_TOO_LARGE")
    (violation,) = bad_request.field_violations
    assert (violation.field, violation.description) == ("image", status.message)


async def assert_refused(call: Awaitable[object]) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    status = rpc_status.from_call(refused.value)
    assert status is not None, refused.value
    assert_says_what_is_wrong(status)


async def assert_serves(channel: grpc.aio.Channel, image_format: str = "PNG") -> None:
    response = await OcrServiceStub(channel).Recognize(RecognizeRequest(image=small_file(image_format)))
    assert len(response.document.pages) == 1


@pytest.mark.parametrize("name", REFUSED)
async def test_bad_input_is_refused_with_its_reason(channel: grpc.aio.Channel, name: str) -> None:
    await assert_refused(OcrServiceStub(channel).Recognize(RecognizeRequest(image=REFUSED[name]())))
    await assert_serves(channel, "PDF" if "PDF" in name else "PNG")


@pytest.mark.parametrize("name", ODD)
async def test_odd_input_is_read(channel: grpc.aio.Channel, name: str) -> None:
    response = await OcrServiceStub(channel).Recognize(RecognizeRequest(image=ODD[name]()))
    assert response.document.pages[0].width_px > 0


@pytest.mark.parametrize("name", IN_STREAMS)
async def test_a_stream_ends_with_the_reason(channel: grpc.aio.Channel, name: str) -> None:
    events = [event async for event in OcrServiceStub(channel).RecognizeStream(RecognizeRequest(image=REFUSED[name]()))]
    assert events[-1].terminal.state == RecognizeTerminal.FAILED
    assert_says_what_is_wrong(events[-1].terminal.error)


@pytest.mark.parametrize("name", ["500-page PDF", "encrypted PDF", "truncated PNG"])
async def test_a_job_that_could_never_succeed_is_not_taken(channel: grpc.aio.Channel, name: str) -> None:
    await assert_refused(JobServiceStub(channel).SubmitJob(SubmitJobRequest(image=REFUSED[name]())))


async def test_the_declared_type_is_not_believed(channel: grpc.aio.Channel) -> None:
    png_as_pdf = HttpBody(content_type="application/pdf", data=small_file("PNG"))
    response = await OcrServiceStub(channel).RecognizeRaw(RecognizeRawRequest(image=png_as_pdf))
    assert response.document.pages[0].render_dpi == 0
