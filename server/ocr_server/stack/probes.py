"""Asks the servers of the stack as their clients do: each answer is proof of health, and tells who has answered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

import asyncpg
import grpc
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from aiokafka.admin import AIOKafkaAdminClient
from grpc_health.v1 import health_pb2, health_pb2_grpc
from redis.asyncio import Redis
from tritonclient.grpc.aio import InferenceServerClient

from ocr_server.stack.child_process import HOST, answers_http
from ocr_server.stack.kafka_process import KafkaProcess
from ocr_server.stack.part import Ask
from ocr_server.stack.postgres_process import PostgresProcess
from ocr_server.stack.redis_process import RedisProcess
from ocr_server.stack.supervisor import SupervisedTriton
from ocr_server.stack.swift_process import SwiftProcess
from ocr_server.stack.triton_process import CHANNEL_OPTIONS

_TIMEOUT_S = 3.0


@asynccontextmanager
async def ask_postgres(server: PostgresProcess) -> AsyncIterator[Ask]:
    """A new connection, and a query."""

    async def ask() -> str:
        connection = await asyncpg.connect(server.url, timeout=_TIMEOUT_S)
        try:
            return f"PostgreSQL {await connection.fetchval('SHOW server_version')}"
        finally:
            await connection.close()

    yield ask


@asynccontextmanager
async def ask_redis(server: RedisProcess) -> AsyncIterator[Ask]:
    """PING, which one that still loads its data refuses."""
    async with Redis.from_url(server.url, socket_timeout=_TIMEOUT_S) as client:

        async def ask() -> str:
            await client.echo("")  # which is PING, but for those who check types
            return f"Valkey {(await client.info('server'))['valkey_version']}"

        yield ask


@asynccontextmanager
async def ask_swift(server: SwiftProcess) -> AsyncIterator[Ask]:
    """A signed list of buckets."""
    config = AioConfig(connect_timeout=_TIMEOUT_S, read_timeout=_TIMEOUT_S, retries={"total_max_attempts": 2})
    opening = get_session().create_client(
        "s3",
        endpoint_url=server.url,
        region_name=server.region,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        config=config,
    )
    async with opening as client:

        async def ask() -> str:
            await client.list_buckets()
            return f"Swift {server.version}"

        yield ask


@asynccontextmanager
async def ask_kafka(server: KafkaProcess) -> AsyncIterator[Ask]:
    """The cluster's metadata, over a new connection."""

    async def ask() -> str:
        if server.pid is None:
            raise ConnectionError("it does not run")  # aiokafka would say so at length in the log
        client = AIOKafkaAdminClient(bootstrap_servers=server.bootstrap, request_timeout_ms=int(_TIMEOUT_S * 1000))
        try:
            await client.start()
            await client.describe_cluster()
        finally:
            await client.close()
        return f"Tansu {server.version}"

    yield ask


@asynccontextmanager
async def ask_triton(server: SupervisedTriton) -> AsyncIterator[Ask]:
    """Whether every model is ready."""
    async with InferenceServerClient(server.process.url, channel_args=CHANNEL_OPTIONS) as client:

        async def ask() -> str:
            if not await client.is_server_ready(client_timeout=_TIMEOUT_S):
                raise RuntimeError("not all of its models are ready")
            return f"Triton {(await client.get_server_metadata(client_timeout=_TIMEOUT_S)).version}"

        yield ask


@asynccontextmanager
async def ask_grpc(address: str) -> AsyncIterator[Ask]:
    """The gRPC health of this server itself."""
    async with grpc.aio.insecure_channel(address, CHANNEL_OPTIONS) as channel:
        health = health_pb2_grpc.HealthStub(channel)

        async def ask() -> str:
            try:
                answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=_TIMEOUT_S)
            except grpc.aio.AioRpcError as error:  # its text is a page
                raise RuntimeError(error.details()) from error
            if answer.status != health_pb2.HealthCheckResponse.SERVING:
                raise RuntimeError(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))
            return f"ocr-server {version('ocr-server')}"

        yield ask


@asynccontextmanager
async def ask_metrics(port: int) -> AsyncIterator[Ask]:
    """The metrics of a worker, which has no other door."""

    async def ask() -> str:
        if not await answers_http(port, "/metrics", _TIMEOUT_S):
            raise RuntimeError(f"no metrics from {HOST}:{port}")
        return f"ocr-server {version('ocr-server')}"

    yield ask
