"""Workers and their heartbeats, over the real embedded adapters."""

import asyncio
from pathlib import Path

import pytest

from ocr_server import job_lease
from ocr_server.domain.document import RecognizeOptions
from ocr_server.domain.job import JobState
from tests.unit.jobs_server import Reading, server

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState


@pytest.fixture(autouse=True)
def quick_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_lease, "HEARTBEAT_S", 0.05)


async def test_a_job_that_is_being_read_is_not_taken_away(tmp_path: Path) -> None:
    reading = Reading()
    async with server(tmp_path, reading) as s:
        job = await s.jobs.submit("shop-a", b"image", RecognizeOptions())
        await reading.begun.wait()
        await asyncio.sleep(1.0)
        assert await s.store.requeue_silent(silent_for_s=0.9) == []
        reading.go_on.set()
        events = [event.state async for event in s.jobs.watch("shop-a", job.job_id)]
        assert events == [QUEUED, RUNNING, SUCCEEDED]


async def test_a_worker_stops_when_its_job_is_taken_away_and_goes_on_with_others(tmp_path: Path) -> None:
    reading = Reading()
    async with server(tmp_path, reading) as s:
        job = await s.jobs.submit("shop-a", b"image", RecognizeOptions())
        await reading.begun.wait()
        (taken,) = await s.store.requeue_silent(silent_for_s=0.0)
        await asyncio.wait_for(reading.stopped.wait(), 5)
        assert await s.jobs.get("shop-a", job.job_id) == taken
        reading.go_on.set()
        await s.sweeper.sweep()
        events = [event.state async for event in s.jobs.watch("shop-a", job.job_id)]
        assert events == [QUEUED, RUNNING, QUEUED, RUNNING, SUCCEEDED]


async def test_a_job_that_was_cancelled_elsewhere_is_stopped(tmp_path: Path) -> None:
    reading = Reading()
    async with server(tmp_path, reading) as s:
        job = await s.jobs.submit("shop-a", b"image", RecognizeOptions())
        await reading.begun.wait()
        await s.store.finish(job.job_id, CANCELLED)  # as another server does it
        await asyncio.wait_for(reading.stopped.wait(), 5)
        assert [event.state async for event in s.jobs.watch("shop-a", job.job_id)] == [QUEUED, RUNNING, CANCELLED]
