"""The servers of others that the full stack runs on: started side by side, each with a folder of its own."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from ocr_server.stack import probes
from ocr_server.stack.kafka_process import KafkaProcess, run_kafka
from ocr_server.stack.keeper import Keeper
from ocr_server.stack.postgres_process import PostgresProcess, run_postgres
from ocr_server.stack.redis_process import RedisProcess, run_redis
from ocr_server.stack.supervisor import SupervisedTriton
from ocr_server.stack.swift_process import SwiftProcess, run_swift


@dataclass(frozen=True, slots=True)
class Servers:
    """All of them, each serving. triton: None where the models run in our own processes."""

    postgres: PostgresProcess
    redis: RedisProcess
    swift: SwiftProcess
    kafka: KafkaProcess
    triton: SupervisedTriton | None


async def start_servers(
    keeper: Keeper, environment: Path, folder: Path, *, triton: AbstractAsyncContextManager[SupervisedTriton] | None
) -> Servers:
    """Start them all and wait until they serve; the keeper ends them.

    environment: a virtual environment with the four of them. folder: where they find again what they had; made if it
    is not there. triton: opens the one to use, if any.
    """
    postgres = keeper.keep(
        "PostgreSQL",
        run_postgres(environment, data_dir=folder / "postgres"),
        url=lambda server: server.url,
        probe=probes.ask_postgres,
    )
    redis = keeper.keep(
        "Redis",
        run_redis(environment, data_dir=folder / "redis"),
        url=lambda server: server.url,
        probe=probes.ask_redis,
    )
    swift = keeper.keep(
        "S3",
        run_swift(environment, data_dir=folder / "swift"),
        url=lambda server: server.url,
        probe=probes.ask_swift,
    )
    kafka = keeper.keep(
        "Kafka",
        run_kafka(environment, data_dir=folder / "kafka"),
        url=lambda server: server.bootstrap,
        probe=probes.ask_kafka,
    )
    models = None
    if triton:
        models = keeper.watch(
            "Triton",
            triton,
            url=lambda server: server.process.url,
            probe=probes.ask_triton,
            pid=lambda server: server.process.pid,
        )
    return Servers(await postgres, await redis, await swift, await kafka, await models if models else None)
