"""The same image again, over a real channel: in this process's memory, and in a Redis that two servers share."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from benchmarks.server_process import ServerProcess, running_server
from ocr_server._pb.ocr.v1.document_pb2 import ENGINE_FAST
from ocr_server._pb.ocr.v1.ocr_service_pb2 import RecognizeEvent, RecognizeRequest
from ocr_server._pb.ocr.v1.ocr_service_pb2_grpc import OcrServiceStub
from ocr_server._pb.ocr.v1.recognition_pb2 import RecognizeOptions, RecognizeResponse
from ocr_server.stack.redis_process import run_redis
from tests.e2e.conftest import open_channel
from tests.e2e.test_stream import _metric
from tests.redis_fixture import ENVIRONMENT


@asynccontextmanager
async def caching_server(**settings: str) -> AsyncIterator[tuple[ServerProcess, OcrServiceStub]]:
    with running_server(OCR_RESULT_CACHE_TTL_S="600", **settings) as server:
        async with open_channel(server) as channel:
            yield server, OcrServiceStub(channel)


@pytest.fixture
def request_(samples: Path) -> RecognizeRequest:
    image = (samples / "receipt.png").read_bytes()
    return RecognizeRequest(image=image, options=RecognizeOptions(engine=ENGINE_FAST))


def results(server: ServerProcess, source: str) -> float:
    return _metric(server, "ocr_results_total", f'source="{source}"')


def content(response: RecognizeResponse) -> bytes:
    """All but what is each answer's own."""
    copy = RecognizeResponse()
    copy.CopyFrom(response)
    copy.document.document_id = ""
    copy.ClearField("timing")
    return copy.SerializeToString(deterministic=True)


async def events_of(stub: OcrServiceStub, request: RecognizeRequest) -> list[RecognizeEvent]:
    return [event async for event in stub.RecognizeStream(request)]


async def test_the_same_image_is_read_once_and_the_answers_are_honest(request_: RecognizeRequest) -> None:
    async with caching_server() as (server, stub):
        first, second = await stub.Recognize(request_), await stub.Recognize(request_)
        assert content(second) == content(first)
        assert second.document.document_id != first.document.document_id
        assert first.timing.stages
        assert not second.timing.stages, "nothing was done"
        assert second.timing.total_duration.ToNanoseconds() < first.timing.total_duration.ToNanoseconds() / 3

        events = await events_of(stub, request_)
        kinds = [event.WhichOneof("event") for event in events]
        assert kinds == ["lines", "barcodes", "fields", "terminal"]
        assert content(events[-1].terminal.response) == content(first)
        assert [line.text for line in events[0].lines.lines] == [line.text for line in first.document.pages[0].lines]

        assert results(server, "reading") == 1
        assert _metric(server, "ocr_pages_total") == 1, "pages that were read"

        theirs = await stub.Recognize(request_, metadata=(("x-ocr-tenant", "another"),))
        request_.options.barcodes_only = True
        await stub.Recognize(request_)
        assert results(server, "reading") == 3
        assert content(theirs) == content(first)


async def test_a_repeated_request_id_still_gets_the_very_same_answer(request_: RecognizeRequest) -> None:
    async with caching_server() as (_, stub):
        await stub.Recognize(request_)
        request_.request_id = str(uuid.uuid4())
        assert await stub.Recognize(request_) == await stub.Recognize(request_)


async def test_servers_share_what_they_read_and_read_on_while_redis_is_gone(request_: RecognizeRequest) -> None:
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(run_redis(ENVIRONMENT))
        (one, at_one), (other, at_other) = [
            await stack.enter_async_context(caching_server(OCR_REDIS_URL=redis.url)) for _ in range(2)
        ]
        first = await at_one.Recognize(request_)
        for _ in range(20):  # on a busy machine a lookup may take too long: then it reads, and keeps that
            answer = await at_other.Recognize(request_)
            if results(other, "cache"):
                break
        assert content(answer) == content(first)
        assert results(one, "reading") == 1
        assert results(other, "cache") == 1

        await redis.kill()
        assert content(await at_other.Recognize(request_)) == content(first)
        assert results(other, "cache") == 1


async def test_a_bad_url_of_redis_ends_the_start_and_is_not_shown() -> None:
    with pytest.raises(RuntimeError, match="OCR_REDIS_URL") as refused:
        async with caching_server(OCR_REDIS_URL="http://:do-not-show-me@host"):
            pass
    assert "do-not-show-me" not in str(refused.value)
