"""A whole production on this machine, whose parts can be killed, and a client of its one server."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import grpc
import pytest
from grpc_status import rpc_status

from ocr_server._pb.ocr.v1 import job_service_pb2 as pb
from ocr_server._pb.ocr.v1.feedback_service_pb2_grpc import FeedbackServiceStub
from ocr_server._pb.ocr.v1.image_service_pb2_grpc import ImageServiceStub
from ocr_server._pb.ocr.v1.job_pb2 import Job, JobEvent
from ocr_server._pb.ocr.v1.job_service_pb2_grpc import JobServiceStub
from ocr_server._pb.ocr.v1.ocr_service_pb2_grpc import OcrServiceStub
from ocr_server.adapters.production.postgres_migrations import migrate
from ocr_server.grpc_api.status import retry_after_s
from ocr_server.stack.kafka_process import KafkaProcess, run_kafka
from ocr_server.stack.postgres_process import PostgresProcess, run_postgres
from ocr_server.stack.redis_process import RedisProcess, run_redis
from ocr_server.stack.swift_process import SwiftProcess, run_swift
from tests.chaos.labels import Fate, draw
from tests.chaos.process import READS_FOR_S
from tests.chaos.servers import ENVIRONMENT, OcrProcess
from tests.swift_fixture import images_in

T = TypeVar("T")

# How long the server may take to work as before, once a part is back: it tries each second, and PostgreSQL may have
# to recover first. Generous, for a busy machine.
RECOVERS_WITHIN_S = 30.0
_CALL_TIMEOUT_S = 30.0
_STUBS = (OcrServiceStub, JobServiceStub, ImageServiceStub, FeedbackServiceStub)
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Parts:
    """The servers of others. redis_folder: what Redis has written."""

    postgres: PostgresProcess
    redis: RedisProcess
    redis_folder: Path
    kafka: KafkaProcess
    swift: SwiftProcess

    @property
    def settings(self) -> Mapping[str, str]:
        """What a server must be set to that uses them."""
        return {
            "OCR_DATABASE_URL": self.postgres.url,
            "OCR_REDIS_URL": self.redis.url,
            "OCR_KAFKA_BOOTSTRAP": self.kafka.bootstrap,
            **images_in(self.swift),
        }


@asynccontextmanager
async def running_parts(folder: Path) -> AsyncIterator[Parts]:
    """Run all of them, with an empty database of this server's schema."""
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(run_postgres(ENVIRONMENT))
        redis = await stack.enter_async_context(run_redis(ENVIRONMENT, data_dir=folder / "redis"))
        kafka = await stack.enter_async_context(run_kafka(ENVIRONMENT))
        swift = await stack.enter_async_context(run_swift(ENVIRONMENT))
        await migrate(postgres.url)
        yield Parts(postgres, redis, folder / "redis", kafka, swift)


@asynccontextmanager
async def running_server(
    folder: Path, settings: Mapping[str, str], *, reads_for_s: float
) -> AsyncIterator[tuple[OcrProcess, grpc.aio.Channel]]:
    """Run the product's own server, in a folder that is there, with models that take so long for a label."""
    own = {"OCR_DATA_DIR": str(folder), READS_FOR_S: f"{reads_for_s} {reads_for_s}"}
    server = OcrProcess("server", "serve", {**settings, **own}, folder / "server.log")
    try:
        await server.start()
        async with grpc.aio.insecure_channel(server.address) as channel:
            yield server, channel
    finally:
        await server.kill()


def new_image() -> bytes:
    """A picture that nobody has seen before."""
    return draw(next(_numbers), Fate.READ)


class Client:
    """A tenant of its own."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.tenant = f"t-{uuid.uuid4().hex}"
        self._stubs = [stub(channel) for stub in _STUBS]

    def call(self, method: str, request: Any) -> Any:
        """Begin a call: its answer is awaited, or its stream iterated. request: a message, or messages to stream."""
        (behaviour,) = (getattr(stub, method) for stub in self._stubs if hasattr(stub, method))
        return behaviour(request, metadata=(("x-ocr-tenant", self.tenant),), timeout=_CALL_TIMEOUT_S)

    async def submit(self, **fields: str) -> str:
        """Submit a job, of a new image if the fields name none, and return its id."""
        request = pb.SubmitJobRequest(**fields) if fields.get("image_uri") else _new_job(fields)
        return str((await self.call("SubmitJob", request)).job_id)

    async def watch(self, job_id: str, after_seq: int = 0) -> list[JobEvent]:
        """Return all events after this one, up to the end of the job; cut off, go on as clients should."""
        events: list[JobEvent] = []
        while True:
            try:
                async for event in self.call("WatchJob", pb.WatchJobRequest(job_id=job_id, after_seq=after_seq)):
                    assert event.seq == after_seq + 1, "there is a gap"
                    after_seq = event.seq
                    events.append(event)
                return events
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise

    async def ended(self, job_ids: Sequence[str]) -> list[Job]:
        """Wait until the jobs have ended and return them."""
        for job_id in job_ids:
            await self.watch(job_id)
        return [await self.call("GetJob", pb.GetJobRequest(job_id=job_id)) for job_id in job_ids]


def _new_job(fields: Mapping[str, str]) -> pb.SubmitJobRequest:
    return pb.SubmitJobRequest(image=new_image(), **fields)


async def refused(call: Awaitable[object]) -> float:
    """Await a call that must be answered with UNAVAILABLE and when to come back; return how long that took."""
    began_s = time.monotonic()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    took_s = time.monotonic() - began_s
    status = rpc_status.from_call(caught.value)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE, caught.value
    assert status
    assert retry_after_s(status), "it does not say when to come back"
    return took_s


async def once_back(what: str, call: Callable[[], Awaitable[T]]) -> T:
    """Call until the answer is no longer UNAVAILABLE, return it, and tell how long that took from now."""
    began_s = time.monotonic()
    while True:
        try:
            answer = await call()
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE or time.monotonic() - began_s > RECOVERS_WITHIN_S:
                raise
            await asyncio.sleep(0.1)
        else:
            print(f"{what}: works again {time.monotonic() - began_s:.1f} s after it was back")
            return answer
