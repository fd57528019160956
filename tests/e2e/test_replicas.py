"""Two servers that share a Redis: what one has answered the other answers the same; and what goes on without it."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import grpc
import pytest

from benchmarks.server_process import running_server
from ocr_server._pb.ocr.v1.document_pb2 import ENGINE_FAST
from ocr_server._pb.ocr.v1.job_service_pb2 import SubmitJobRequest
from ocr_server._pb.ocr.v1.job_service_pb2_grpc import JobServiceStub
from ocr_server._pb.ocr.v1.ocr_service_pb2 import RecognizeRequest
from ocr_server._pb.ocr.v1.ocr_service_pb2_grpc import OcrServiceStub
from ocr_server._pb.ocr.v1.recognition_pb2 import RecognizeOptions
from ocr_server.stack.redis_process import RedisProcess
from tests.e2e.conftest import open_channel


@pytest.fixture
async def replicas(own_redis: RedisProcess) -> AsyncIterator[list[grpc.aio.Channel]]:
    """Channels to two servers, which give no image the result of an earlier one."""
    async with AsyncExitStack() as stack:
        channels = []
        for _ in range(2):
            server = stack.enter_context(running_server(OCR_REDIS_URL=own_redis.url))
            channels.append(await stack.enter_async_context(open_channel(server)))
        yield channels


@pytest.fixture
def request_(samples: Path) -> RecognizeRequest:
    image = (samples / "receipt.png").read_bytes()
    return RecognizeRequest(image=image, options=RecognizeOptions(engine=ENGINE_FAST), request_id=str(uuid.uuid4()))


async def test_a_request_id_has_one_answer_whichever_replica_is_asked(
    replicas: list[grpc.aio.Channel], request_: RecognizeRequest
) -> None:
    one, other = map(OcrServiceStub, replicas)
    answers = await asyncio.gather(one.Recognize(request_), other.Recognize(request_))
    assert answers[0] == answers[1], "both were asked at once"
    assert await other.Recognize(request_) == answers[0]

    request_.options.barcodes_only = True
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await other.Recognize(request_)
    assert refused.value.code() == grpc.StatusCode.ALREADY_EXISTS


async def test_without_redis_images_are_read_and_jobs_are_refused_until_it_is_back(
    own_redis: RedisProcess, replicas: list[grpc.aio.Channel], request_: RecognizeRequest
) -> None:
    channel = replicas[0]
    await own_redis.kill()
    first = await OcrServiceStub(channel).Recognize(request_)
    assert await OcrServiceStub(channel).Recognize(request_) == first

    jobs = JobServiceStub(channel)
    job = SubmitJobRequest(image=request_.image, options=request_.options)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await jobs.SubmitJob(job)
    assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
    assert "redis://" not in str(refused.value)

    await own_redis.start()
    submitted = None
    for _ in range(50):
        with suppress(grpc.aio.AioRpcError):
            submitted = submitted or await jobs.SubmitJob(job)
        await asyncio.sleep(0 if submitted else 0.2)
    assert submitted
    assert submitted.job_id
