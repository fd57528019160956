"""More calls than the server takes: some are answered, the rest are told when to come back; none is lost."""

import asyncio
from pathlib import Path

import grpc
from grpc_status import rpc_status

from benchmarks.server_process import running_server
from ocr_server._pb.ocr.v1.ocr_service_pb2 import RecognizeRequest
from ocr_server._pb.ocr.v1.ocr_service_pb2_grpc import OcrServiceStub
from ocr_server._pb.ocr.v1.recognition_pb2 import RecognizeResponse
from ocr_server.grpc_api.status import retry_after_s
from tests.e2e.conftest import open_channel

CALLS = 32
MAX_RUNNING = 2
MAX_WAITING = 6
MEMORY_BOUND_BYTES = 1_500 * 2**20


async def test_32_calls_at_once_are_answered_or_told_to_come_back(tmp_path: Path, samples: Path) -> None:
    request = RecognizeRequest(image=(samples / "receipt.png").read_bytes())
    with running_server(
        tmp_path, OCR_LIMITS__MAX_RUNNING=str(MAX_RUNNING), OCR_LIMITS__MAX_WAITING=str(MAX_WAITING)
    ) as server:
        async with open_channel(server) as channel:
            stub = OcrServiceStub(channel)

            answers = await asyncio.gather(*(stub.Recognize(request) for _ in range(CALLS)), return_exceptions=True)
            peak_bytes = server.peak_rss_bytes
            again = await stub.Recognize(request)

    refused = [answer for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
    read = [answer for answer in answers if isinstance(answer, RecognizeResponse)]
    assert len(read) == MAX_WAITING + MAX_RUNNING
    assert len(read) + len(refused) == CALLS
    assert {error.code() for error in refused} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert all(_wait_s(error) > 0 for error in refused)
    assert all(answer.document.pages[0].lines == again.document.pages[0].lines for answer in read)
    assert peak_bytes < MEMORY_BOUND_BYTES


def _wait_s(error: grpc.aio.AioRpcError) -> float:
    status = rpc_status.from_call(error)
    assert status is not None
    wait_s = retry_after_s(status)
    assert wait_s is not None
    return wait_s
