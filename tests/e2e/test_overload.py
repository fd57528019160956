"""More calls than the server takes: some are answered, the rest are told when to come back; none is lost."""

import asyncio
from collections import Counter
from pathlib import Path

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from ocr_server._pb.ocr.v1.ocr_service_pb2 import RecognizeRequest
from ocr_server._pb.ocr.v1.ocr_service_pb2_grpc import OcrServiceStub
from tests.e2e.conftest import open_channel, running_server

CALLS = 32
MAX_WAITING = 6
MEMORY_BOUND_BYTES = 1_500 * 2**20


async def test_32_calls_at_once_are_answered_or_told_to_come_back(tmp_path: Path, samples: Path) -> None:
    request = RecognizeRequest(image=(samples / "receipt.png").read_bytes())
    with running_server(tmp_path, OCR_LIMITS__MAX_WAITING=str(MAX_WAITING)) as server:
        async with open_channel(server) as channel:
            stub = OcrServiceStub(channel)

            async def call() -> grpc.StatusCode:
                try:
                    assert (await stub.Recognize(request)).document.pages[0].lines
                except grpc.aio.AioRpcError as error:
                    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
                    assert _retry_after_s(error) > 0
                    return error.code()
                return grpc.StatusCode.OK

            codes = Counter(await asyncio.gather(*(call() for _ in range(CALLS))))
            peak_bytes = server.rss_bytes
            assert codes.total() == CALLS
            assert codes[grpc.StatusCode.OK] == MAX_WAITING + 2  # two run at a time by default
            assert peak_bytes < MEMORY_BOUND_BYTES
            assert await call() == grpc.StatusCode.OK


def _retry_after_s(error: grpc.aio.AioRpcError) -> float:
    status = rpc_status.from_call(error)
    assert status is not None
    retry = error_details_pb2.RetryInfo()
    assert any(detail.Unpack(retry) for detail in status.details)
    return float(retry.retry_delay.ToTimedelta().total_seconds())
