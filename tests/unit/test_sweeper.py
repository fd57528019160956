"""Who is called silent, over the real embedded adapters."""

import asyncio
from pathlib import Path

import pytest

from ocr_server import sweeper
from ocr_server.domain.document import RecognizeOptions
from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.domain.job import Job
from tests.unit.jobs_server import Reading, server


async def test_after_an_absence_of_the_store_workers_have_a_lease_s_time_to_say_that_they_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "LEASE_S", 0.3)
    reading = Reading()
    async with server(tmp_path, reading) as s:
        job = await s.jobs.submit("shop-a", b"image", RecognizeOptions())
        await reading.begun.wait()

        async def faults_after_sweep() -> int:
            await s.sweeper.sweep(silent_for_s=0.0)
            return (await s.jobs.get("shop-a", job.job_id)).faults

        with monkeypatch.context() as away:
            away.setattr(s.store, "requeue_silent", _away)
            with pytest.raises(DependencyUnavailable):
                await s.sweeper.sweep(silent_for_s=0.0)
        assert await faults_after_sweep() == 0
        await asyncio.sleep(0.3)
        assert await faults_after_sweep() == 1


async def _away(*, silent_for_s: float) -> list[Job]:
    raise DependencyUnavailable("PostgreSQL cannot be reached.")
