"""The adapters that the suite runs against: a new one joins by a name in ``params`` and a branch below."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ocr_server.adapters.embedded.sqlite_corrections import SqliteCorrections
from ocr_server.adapters.embedded.sqlite_database import SqliteDatabase
from ocr_server.adapters.embedded.sqlite_jobs import SqliteJobs
from ocr_server.adapters.production.postgres_corrections import PostgresCorrections
from ocr_server.adapters.production.postgres_database import PostgresDatabase
from ocr_server.adapters.production.postgres_jobs import PostgresJobs
from ocr_server.domain.document import Engine, Recognition, RecognizeOptions
from ocr_server.domain.job import Job, JobState
from ocr_server.ports import CorrectionStore
from tests.contract.corrections.fixture_types import OpenStores, Read, Stores


@pytest.fixture(params=["sqlite", "postgres"])
def open_stores(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStores:
    """Opens the stores as a starting process would: each time on what the last one left."""

    @asynccontextmanager
    async def sqlite() -> AsyncIterator[Stores]:
        own = await SqliteDatabase.open(tmp_path / "data" / "jobs.sqlite3")
        try:
            yield SqliteCorrections(own), SqliteJobs(own)
        finally:
            await own.close()

    @asynccontextmanager
    async def postgres() -> AsyncIterator[Stores]:
        shared = await PostgresDatabase.open(url)
        try:
            yield PostgresCorrections(shared), PostgresJobs(shared)
        finally:
            await shared.close()

    if request.param == "sqlite":
        return sqlite
    url = request.getfixturevalue("database")  # so that PostgreSQL is started only where it is asked
    return postgres


@pytest.fixture
async def stores(open_stores: OpenStores) -> AsyncIterator[Stores]:
    async with open_stores() as opened:
        yield opened


@pytest.fixture
def store(stores: Stores) -> CorrectionStore:
    return stores[0]


@pytest.fixture
def read(stores: Stores) -> Read:
    """Ends a job with what was read."""
    _, jobs = stores

    async def read(tenant: str, recognition: Recognition) -> Job:
        queued = Job(
            job_id=str(uuid.uuid4()),
            tenant=tenant,
            state=JobState.QUEUED,
            options=RecognizeOptions(Engine.FAST),
            image_digest="0" * 64,
            created_at=datetime.now(UTC),
        )
        await jobs.create(queued)
        started = await jobs.start_next()
        assert started
        assert started.job_id == queued.job_id
        assert await jobs.finish(started.job_id, JobState.SUCCEEDED, attempt=started.attempt, recognition=recognition)
        return await jobs.get(tenant, queued.job_id)

    return read
