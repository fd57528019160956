"""Around every call, whatever its shape: the request id, errors as statuses, metrics. Over a real channel."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest
from grpc_status import rpc_status

from ocr_server.domain.errors import InvalidRequest
from ocr_server.grpc_api.interceptor import CallInterceptor, Context
from ocr_server.grpc_api.status import INTERNAL_MESSAGE
from ocr_server.metrics import Metrics


def answer(request: bytes) -> bytes:
    """Echo; some words are mistakes of the caller or of ours."""
    if request == b"bad":
        raise InvalidRequest("That is bad.", field="image")
    if request == b"bug":
        raise ZeroDivisionError("a secret")
    if request == b"later":
        raise NotImplementedError
    return request


async def unary_unary(request: bytes, context: Context) -> bytes:
    return answer(request)


async def unary_stream(request: bytes, context: Context) -> AsyncIterator[bytes]:
    yield b"first"
    yield answer(request)


async def stream_unary(requests: AsyncIterator[bytes], context: Context) -> bytes:
    return b"".join([answer(request) async for request in requests])


async def stream_stream(requests: AsyncIterator[bytes], context: Context) -> AsyncIterator[bytes]:
    async for request in requests:
        yield answer(request)


METHODS = {
    "unary_unary": grpc.unary_unary_rpc_method_handler(unary_unary),
    "unary_stream": grpc.unary_stream_rpc_method_handler(unary_stream),
    "stream_unary": grpc.stream_unary_rpc_method_handler(stream_unary),
    "stream_stream": grpc.stream_stream_rpc_method_handler(stream_stream),
}
SHAPES = pytest.mark.parametrize("shape", METHODS)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def channel(metrics: Metrics) -> AsyncIterator[grpc.aio.Channel]:
    server = grpc.aio.server(interceptors=[CallInterceptor(metrics)])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Echo", METHODS),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as opened:
        yield opened
    await server.stop(None)


def begin(channel: grpc.aio.Channel, shape: str, *requests: bytes) -> grpc.aio.Call:
    method = getattr(channel, shape)(f"/test.Echo/{shape}")
    sent = iter(requests) if shape.startswith("stream") else requests[-1]
    call: grpc.aio.Call = method(sent, metadata=(("x-request-id", "mine"),))
    return call


async def received(call: grpc.aio.Call) -> list[bytes]:
    return [message async for message in call] if hasattr(call, "__aiter__") else [await call]


@SHAPES
async def test_messages_pass_and_the_call_is_counted(channel: grpc.aio.Channel, metrics: Metrics, shape: str) -> None:
    call = begin(channel, shape, b"first", b"second")
    assert dict(await call.initial_metadata())["x-request-id"] == "mine"
    assert b"".join(await received(call)) in (b"firstsecond", b"second")
    assert await counted(metrics, shape) == "OK"


@SHAPES
async def test_a_mistake_of_the_caller_is_told_with_its_field(
    channel: grpc.aio.Channel, metrics: Metrics, shape: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await received(begin(channel, shape, b"first", b"bad"))
    status, bad_request = rpc_status.from_call(refused.value), BadRequest()
    assert status is not None
    assert status.message == "That is bad."
    assert status.details[1].Unpack(bad_request)
    assert bad_request.field_violations[0].field == "image"
    assert await counted(metrics, shape) == "INVALID_ARGUMENT"


@SHAPES
async def test_a_mistake_of_ours_is_not_told(channel: grpc.aio.Channel, metrics: Metrics, shape: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await received(begin(channel, shape, b"first", b"bug"))
    assert (refused.value.code(), refused.value.details()) == (grpc.StatusCode.INTERNAL, INTERNAL_MESSAGE)
    assert await counted(metrics, shape) == "INTERNAL"


@SHAPES
async def test_what_is_not_offered_yet_says_so(channel: grpc.aio.Channel, metrics: Metrics, shape: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await received(begin(channel, shape, b"first", b"later"))
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert await counted(metrics, shape) == "UNIMPLEMENTED"


async def counted(metrics: Metrics, shape: str) -> str:
    """The code of the only call of this shape, which the server may count a moment after it has answered."""
    while True:
        for metric in metrics.registry.collect():
            for sample in metric.samples:
                if sample.name == "ocr_grpc_calls_total" and sample.labels["method"].endswith(f"/{shape}"):
                    return sample.labels["code"]
        await asyncio.sleep(0.01)
