"""What becomes of jobs in a worker's hands, over the real embedded adapters; only the reading is a small coroutine."""

import asyncio
from pathlib import Path

import pytest
import structlog

from ocr_server import job_lease, job_worker
from ocr_server.domain.document import Document, DocumentType, Engine, Recognition, RecognizeOptions, Timing
from ocr_server.domain.errors import DeadlineExceeded, DependencyUnavailable, InvalidImage
from ocr_server.domain.job import JobError, JobState
from ocr_server.job_progress import Tell
from ocr_server.jobs import again
from tests.unit.jobs_server import Read, Reading, Server, read, server

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState
FAST = RecognizeOptions(Engine.FAST)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_worker, "_FIRST_PAUSE_S", 0.01)


async def states(s: Server, job_id: str) -> list[JobState]:
    async with asyncio.timeout(10):
        return [event.state async for event in s.jobs.watch("shop-a", job_id)]


async def test_a_known_error_fails_the_job_with_its_reason(tmp_path: Path) -> None:
    async def process(image: bytes, options: RecognizeOptions, tell: Tell) -> Recognition:
        raise DeadlineExceeded("Reading took longer than 120 s.")

    async with server(tmp_path, process) as s:
        job = await s.jobs.submit("shop-a", b"image", FAST)
        assert await states(s, job.job_id) == [QUEUED, RUNNING, FAILED]
        failed = await s.jobs.get("shop-a", job.job_id)
        assert failed.error == JobError("DEADLINE_EXCEEDED", "Reading took longer than 120 s.", is_dead_letter=True)


async def _cancelled_inside(image: bytes, options: RecognizeOptions, tell: Tell) -> Recognition:
    raise asyncio.CancelledError


async def _broken(image: bytes, options: RecognizeOptions, tell: Tell) -> Recognition:
    raise ValueError("a secret detail")


async def _unstorable(image: bytes, options: RecognizeOptions, tell: Tell) -> Recognition:
    return Recognition(Document("\ud800", DocumentType.UNKNOWN, ()), Timing(0.0, 0.0, ()), "")


@pytest.mark.parametrize("process", [_broken, _cancelled_inside, _unstorable])
async def test_an_unknown_error_is_logged_and_fails_the_job_the_third_time_without_details(
    tmp_path: Path, process: Read
) -> None:
    with structlog.testing.capture_logs() as lines:
        async with server(tmp_path, process) as s:
            job = await s.jobs.submit("shop-a", b"image", FAST)
            assert await states(s, job.job_id) == [QUEUED, RUNNING, QUEUED, RUNNING, QUEUED, RUNNING, FAILED]
            failed = await s.jobs.get("shop-a", job.job_id)
            next_job = await s.jobs.submit("shop-a", b"next", FAST)
            assert (await states(s, next_job.job_id))[-1] is FAILED, "the worker goes on"
    assert failed.error is not None
    assert failed.error.reason == "INTERNAL"
    assert failed.error.is_dead_letter
    assert "secret" not in failed.error.message
    assert [line["event"] for line in lines[:3]] == ["job_fault"] * 3
    assert lines[0]["job_id"] == job.job_id
    assert lines[0]["exc_info"]


async def test_a_job_whose_image_is_gone_fails(tmp_path: Path) -> None:
    async with server(tmp_path, workers=0) as s:
        job = await s.jobs.submit("shop-a", b"image", FAST)
        await s.blobs.delete("shop-a", job.image_digest)
    async with server(tmp_path) as s:
        assert await states(s, job.job_id) == [QUEUED, RUNNING, FAILED]


async def test_shutting_down_keeps_waiting_and_running_jobs_for_the_next_start(tmp_path: Path) -> None:
    reading = Reading()
    async with server(tmp_path, reading) as s:
        running = await s.jobs.submit("shop-a", b"running", FAST)
        waiting = await s.jobs.submit("shop-a", b"waiting", FAST)
        await reading.begun.wait()
    assert reading.stopped.is_set()
    async with server(tmp_path) as s:
        assert await states(s, running.job_id) == [QUEUED, RUNNING, QUEUED, RUNNING, SUCCEEDED]
        assert await states(s, waiting.job_id) == [QUEUED, RUNNING, SUCCEEDED]
        assert (await s.jobs.get("shop-a", running.job_id)).attempt == 2


async def test_a_job_whose_worker_dies_each_time_is_given_up(tmp_path: Path) -> None:
    for _ in range(3):
        reading = Reading()
        async with server(tmp_path, reading) as s:
            job = await s.jobs.submit("shop-a", b"poison", FAST, "r")
            await asyncio.wait_for(reading.begun.wait(), 5)
            await s.store.requeue_silent(silent_for_s=0.0)  # as others do, once it is dead
    async with server(tmp_path, Reading()) as s:
        assert (await states(s, job.job_id))[-3:] == [QUEUED, RUNNING, FAILED]
        given_up = await s.jobs.get("shop-a", job.job_id)
        assert given_up.error == job_worker.ATTEMPTS_EXHAUSTED
        assert [letter.job_id for letter in await s.dead_letters.list_dead_letters(limit=10)] == [job.job_id]


async def test_a_job_that_comes_back_to_the_process_that_lost_it_is_read_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_lease, "HEARTBEAT_S", 0.05)
    reading = Reading()
    async with server(tmp_path, reading, workers=2) as s:
        job = await s.jobs.submit("shop-a", b"image", FAST)
        await reading.begun.wait()
        await s.store.requeue_silent(silent_for_s=0.0)  # as others do that hear nothing from here
        await s.sweeper.sweep()
        async with asyncio.timeout(5):
            await reading.stopped.wait()
        reading.go_on.set()
        assert await states(s, job.job_id) == [QUEUED, RUNNING, QUEUED, RUNNING, SUCCEEDED]


async def test_more_jobs_than_the_queue_holds_are_all_recovered(tmp_path: Path) -> None:
    async with server(tmp_path, workers=0, capacity=10) as s:
        submitted = [await s.jobs.submit("shop-a", f"{n}".encode(), FAST) for n in range(10)]
    async with server(tmp_path, workers=2, capacity=1) as s:
        for job in submitted:
            assert (await states(s, job.job_id))[-1] is SUCCEEDED


async def test_while_a_part_is_away_a_job_is_tried_again(tmp_path: Path) -> None:
    attempts = 0

    async def away_at_first(image: bytes, options: RecognizeOptions, tell: Tell) -> Recognition:
        nonlocal attempts
        attempts += 1
        if attempts < 5:
            raise DependencyUnavailable("Triton cannot be reached.")
        return read(image, options)

    async with server(tmp_path, away_at_first) as s:
        job = await s.jobs.submit("shop-a", b"image", FAST)
        assert await states(s, job.job_id) == [QUEUED, RUNNING] * 5 + [SUCCEEDED]
        done = await s.jobs.get("shop-a", job.job_id)
        assert (done.attempt, done.faults) == (5, 0)


async def test_a_job_that_cannot_be_read_in_time_becomes_a_dead_letter_that_can_be_replayed(tmp_path: Path) -> None:
    is_away = True

    async def away(image: bytes, options: RecognizeOptions, tell: Tell) -> Recognition:
        if is_away:
            raise DependencyUnavailable("Triton cannot be reached.")
        return read(image, options)

    async with server(tmp_path, away, max_job_s=0.2) as s:
        job = await s.jobs.submit("shop-a", b"image", FAST)
        assert (await states(s, job.job_id))[-1] is FAILED
        (letter,) = await s.dead_letters.list_dead_letters(limit=10)
        assert letter.error
        assert letter.error.reason in ("DEPENDENCY_UNAVAILABLE", "DEADLINE_EXCEEDED")  # whichever comes first
        is_away = False
        new = again(letter)
        assert await s.dead_letters.replay(letter.job_id, new)
        await s.sweeper.sweep()
        assert await states(s, new.job_id) == [QUEUED, RUNNING, SUCCEEDED]
        assert await s.dead_letters.list_dead_letters(limit=10) == []


async def test_a_job_that_hangs_is_ended_at_its_deadline(tmp_path: Path) -> None:
    reading = Reading()
    async with server(tmp_path, reading, max_job_s=0.2) as s:
        job = await s.jobs.submit("shop-a", b"image", FAST)
        assert await states(s, job.job_id) == [QUEUED, RUNNING, FAILED]
        assert reading.stopped.is_set()
        failed = await s.jobs.get("shop-a", job.job_id)
        assert failed.error
        assert failed.error.reason == "DEADLINE_EXCEEDED"


async def test_an_image_that_cannot_be_read_fails_at_once_and_is_no_dead_letter(tmp_path: Path) -> None:
    async def damaged(image: bytes, options: RecognizeOptions, tell: Tell) -> Recognition:
        raise InvalidImage("The image is damaged.")

    async with server(tmp_path, damaged) as s:
        job = await s.jobs.submit("shop-a", b"image", FAST)
        assert await states(s, job.job_id) == [QUEUED, RUNNING, FAILED]
        assert await s.dead_letters.list_dead_letters(limit=10) == []


async def test_a_worker_that_drains_ends_its_job_and_takes_no_other(tmp_path: Path) -> None:
    reading = Reading()
    async with server(tmp_path, reading, workers=0) as s:
        worker = asyncio.create_task(s.worker.run())
        idle = asyncio.create_task(s.worker.run())
        job = await s.jobs.submit("shop-a", b"image", FAST)
        await reading.begun.wait()
        s.worker.drain()
        other = await s.jobs.submit("shop-a", b"other", FAST)
        reading.go_on.set()
        async with asyncio.timeout(5):
            await asyncio.wait({worker, idle})
        assert worker.exception() is None
        assert (await s.jobs.get("shop-a", job.job_id)).state is SUCCEEDED
        assert (await s.jobs.get("shop-a", other.job_id)).state is QUEUED


async def test_jobs_that_nobody_was_called_for_are_found(tmp_path: Path) -> None:
    async with server(tmp_path) as s:
        put, s.queue.put = s.queue.put, _lose  # type: ignore[method-assign]
        job = await s.jobs.submit("shop-a", b"image", FAST)
        s.queue.put = put  # type: ignore[method-assign]
        await s.sweeper.sweep()
        assert await states(s, job.job_id) == [QUEUED, RUNNING, SUCCEEDED]
        await s.sweeper.sweep()
        assert await s.queue.size() == 0


async def _lose(calls: int = 1, *, delay_s: float = 0.0) -> None:
    """A queue that is killed after it has taken the call."""
