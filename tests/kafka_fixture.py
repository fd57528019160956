"""A real broker of Kafka's protocol (Tansu) for tests, started once a session by the launcher of the stack."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from ocr_server.stack.kafka_process import KafkaProcess, run_kafka
from ocr_server.stack.tansu_shim import teach_aiokafka_version_3

ENVIRONMENT = Path(__file__).resolve().parent.parent / ".venv-servers"

teach_aiokafka_version_3()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kafka() -> AsyncIterator[KafkaProcess]:
    """The broker that tests share which do no harm to it; each publishes under a tenant of its own."""
    async with run_kafka(ENVIRONMENT) as process:
        yield process
