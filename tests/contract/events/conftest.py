"""The logs that each suite runs against: a new one joins by a name in ``params`` and a branch below."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ocr_server.adapters.cloud_events import CloudEvent
from ocr_server.adapters.embedded.sqlite_events import SqliteEvents
from ocr_server.domain.document import RecognizeOptions
from ocr_server.domain.job import Job, JobState
from ocr_server.ports import EventPublisher
from ocr_server.stack.kafka_process import KafkaProcess
from ocr_server.wire.events import encode_event
from tests.contract.events.fixture_types import EventLog, MakeJob
from tests.contract.events.kafka_log import KafkaLog
from tests.unit.grpc_api.domain_values import RECOGNITION


@dataclass(frozen=True, slots=True)
class SqliteLog:
    path: Path

    @asynccontextmanager
    async def publisher(self) -> AsyncIterator[EventPublisher]:
        events = await SqliteEvents.open(self.path, encode_event)
        try:
            yield events
        finally:
            await events.close()

    async def read(self, tenant: str) -> list[CloudEvent]:
        events = await SqliteEvents.open(self.path, encode_event)
        try:
            return [event async for _, event in events.replay() if event.attributes["tenant"] == tenant]
        finally:
            await events.close()


@pytest.fixture
def sqlite_log(tmp_path: Path) -> EventLog:
    return SqliteLog(tmp_path / "data" / "events.db")


@pytest.fixture
def kafka_log(kafka: KafkaProcess) -> KafkaLog:
    return KafkaLog(kafka.bootstrap)


@pytest.fixture(params=["sqlite_log", "kafka_log"])
def event_log(request: pytest.FixtureRequest) -> EventLog:
    log: EventLog = request.getfixturevalue(request.param)  # so that the broker is started only where it is asked
    return log


@pytest.fixture
def tenant() -> str:
    """A tenant of this test's own: the broker is shared."""
    return f"shop-{uuid.uuid4()}"


@pytest.fixture
def make_ended_job(tenant: str) -> MakeJob:
    """Makes jobs that have succeeded, each with a picture of its own and a millisecond later than the one before."""
    start = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    made = 0

    def make(**changes: object) -> Job:
        nonlocal made
        made += 1
        job = Job(
            job_id=str(uuid.uuid4()),
            tenant=tenant,
            state=JobState.SUCCEEDED,
            options=RecognizeOptions(),
            image_digest=f"{made:064x}",
            created_at=start,
            ended_at=start + timedelta(milliseconds=made),
            attempt=1,
            recognition=RECOGNITION,
        )
        return replace(job, **changes)  # type: ignore[arg-type]

    return make
