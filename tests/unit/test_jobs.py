"""The use-cases of jobs, over the real embedded adapters; only the reading is a small coroutine."""

import asyncio
import time
from pathlib import Path

import pytest
import structlog

from ocr_server.domain.document import Document, DocumentType, Engine, Recognition, RecognizeOptions, Timing
from ocr_server.domain.errors import (
    DeadlineExceeded,
    IdempotencyConflict,
    InvalidImage,
    InvalidRequest,
    JobNotCancellable,
    NotFound,
    Overloaded,
)
from ocr_server.domain.job import JobError, JobState
from ocr_server.domain.progress import LinesRead, Stage, StageProgress
from ocr_server.jobs import Jobs, Process
from tests.unit.jobs_server import Reading, Tell, read, server

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState
FAST = RecognizeOptions(Engine.FAST)


async def states(jobs: Jobs, job_id: str) -> list[JobState]:
    async with asyncio.timeout(10):
        return [event.state async for event in jobs.watch("shop-a", job_id)]


def files(folder: Path) -> list[Path]:
    return [path for path in (folder / "blobs").rglob("*") if path.is_file()]


async def test_a_job_goes_all_the_way(tmp_path: Path) -> None:
    async with server(tmp_path) as s:
        job = await s.jobs.submit("shop-a", b"image", FAST)
        assert job.state is QUEUED
        assert await states(s.jobs, job.job_id) == [QUEUED, RUNNING, SUCCEEDED]
        done = await s.jobs.get("shop-a", job.job_id)
        assert done.recognition == read(b"image", FAST)
        assert done.error is None


async def test_a_bad_image_is_refused_at_the_door_and_leaves_nothing(tmp_path: Path) -> None:
    async with server(tmp_path) as s:
        with pytest.raises(InvalidImage):
            await s.jobs.submit("shop-a", b"", FAST)
        assert await s.jobs.list_jobs("shop-a") == ([], "")
        assert files(tmp_path) == []


async def test_a_full_queue_leaves_nothing_behind(tmp_path: Path) -> None:
    async with server(tmp_path, workers=0, capacity=2) as s:
        for n in range(2):
            await s.jobs.submit("shop-a", f"image {n}".encode(), FAST)
        with pytest.raises(Overloaded):
            await s.jobs.submit("shop-a", b"one too many", FAST)
        assert len((await s.jobs.list_jobs("shop-a"))[0]) == 2
        assert len(files(tmp_path)) == 2


async def test_a_repeated_request_is_one_job_read_once(tmp_path: Path) -> None:
    reading = Reading()
    async with server(tmp_path, reading, workers=2) as s:
        answers = await asyncio.gather(*(s.jobs.submit("shop-a", b"image", FAST, "r") for _ in range(8)))
        (job_id,) = {job.job_id for job in answers}
        with pytest.raises(IdempotencyConflict):
            await s.jobs.submit("shop-a", b"another image", FAST, "r")
        reading.go_on.set()
        assert await states(s.jobs, job_id) == [QUEUED, RUNNING, SUCCEEDED]
        assert (await s.jobs.submit("shop-a", b"image", FAST, "r")).state is SUCCEEDED


async def test_a_waiting_job_that_is_cancelled_is_never_read(tmp_path: Path) -> None:
    reading = Reading()
    async with server(tmp_path, reading) as s:
        first = await s.jobs.submit("shop-a", b"first", FAST)
        second = await s.jobs.submit("shop-a", b"second", FAST)
        await reading.begun.wait()
        assert (await s.jobs.cancel("shop-a", second.job_id)).state is CANCELLED
        reading.go_on.set()
        assert await states(s.jobs, first.job_id) == [QUEUED, RUNNING, SUCCEEDED]
        third = await s.jobs.submit("shop-a", b"third", FAST)
        assert await states(s.jobs, third.job_id) == [QUEUED, RUNNING, SUCCEEDED]
        assert await states(s.jobs, second.job_id) == [QUEUED, CANCELLED]


async def test_cancelling_a_running_job_stops_its_work_but_not_the_worker(tmp_path: Path) -> None:
    reading = Reading()
    async with server(tmp_path, reading) as s:
        job = await s.jobs.submit("shop-a", b"image", FAST)
        await reading.begun.wait()
        assert (await s.jobs.cancel("shop-a", job.job_id)).state is CANCELLED
        await asyncio.wait_for(reading.stopped.wait(), 1)
        assert await states(s.jobs, job.job_id) == [QUEUED, RUNNING, CANCELLED]
        reading.go_on.set()
        other = await s.jobs.submit("shop-a", b"other", FAST)
        assert await states(s.jobs, other.job_id) == [QUEUED, RUNNING, SUCCEEDED]


async def test_only_ones_own_unended_jobs_can_be_cancelled(tmp_path: Path) -> None:
    async with server(tmp_path) as s:
        job = await s.jobs.submit("shop-a", b"image", FAST)
        with pytest.raises(NotFound):
            await s.jobs.cancel("shop-b", job.job_id)
        await states(s.jobs, job.job_id)
        with pytest.raises(JobNotCancellable):
            await s.jobs.cancel("shop-a", job.job_id)
        assert (await s.jobs.get("shop-a", job.job_id)).state is SUCCEEDED


async def test_a_known_error_fails_the_job_with_its_reason(tmp_path: Path) -> None:
    async def process(image: bytes, options: RecognizeOptions, tell: Tell) -> Recognition:
        raise DeadlineExceeded("Reading took longer than 120 s.")

    async with server(tmp_path, process) as s:
        job = await s.jobs.submit("shop-a", b"image", FAST)
        assert await states(s.jobs, job.job_id) == [QUEUED, RUNNING, FAILED]
        failed = await s.jobs.get("shop-a", job.job_id)
        assert failed.error == JobError("DEADLINE_EXCEEDED", "Reading took longer than 120 s.")


async def _cancelled_inside(image: bytes, options: RecognizeOptions, tell: Tell) -> Recognition:
    raise asyncio.CancelledError


async def _broken(image: bytes, options: RecognizeOptions, tell: Tell) -> Recognition:
    raise ValueError("a secret detail")


async def _unstorable(image: bytes, options: RecognizeOptions, tell: Tell) -> Recognition:
    return Recognition(Document("\ud800", DocumentType.UNKNOWN, ()), Timing(0.0, 0.0, ()), "")


@pytest.mark.parametrize("process", [_broken, _cancelled_inside, _unstorable])
async def test_an_unknown_error_fails_the_job_with_a_fixed_text_and_is_logged(tmp_path: Path, process: Process) -> None:
    with structlog.testing.capture_logs() as lines:
        async with server(tmp_path, process) as s:
            job = await s.jobs.submit("shop-a", b"image", FAST)
            assert await states(s.jobs, job.job_id) == [QUEUED, RUNNING, FAILED]
            failed = await s.jobs.get("shop-a", job.job_id)
            next_job = await s.jobs.submit("shop-a", b"next", FAST)
            assert (await states(s.jobs, next_job.job_id))[-1] is FAILED, "the worker goes on"
    assert failed.error is not None
    assert failed.error.reason == "INTERNAL"
    assert "secret" not in failed.error.message
    assert lines[0]["event"] == "job_failed"
    assert lines[0]["job_id"] == job.job_id
    assert lines[0]["exc_info"]


async def test_a_job_whose_image_is_gone_fails(tmp_path: Path) -> None:
    async with server(tmp_path, workers=0) as s:
        job = await s.jobs.submit("shop-a", b"image", FAST)
        await s.blobs.delete("shop-a", job.image_digest)
    async with server(tmp_path) as s:
        assert await states(s.jobs, job.job_id) == [QUEUED, RUNNING, FAILED]


async def test_shutting_down_keeps_waiting_and_running_jobs_for_the_next_start(tmp_path: Path) -> None:
    reading = Reading()
    async with server(tmp_path, reading) as s:
        running = await s.jobs.submit("shop-a", b"running", FAST)
        waiting = await s.jobs.submit("shop-a", b"waiting", FAST)
        await reading.begun.wait()
    assert reading.stopped.is_set()
    async with server(tmp_path) as s:
        assert await states(s.jobs, running.job_id) == [QUEUED, RUNNING, QUEUED, RUNNING, SUCCEEDED]
        assert await states(s.jobs, waiting.job_id) == [QUEUED, RUNNING, SUCCEEDED]
        assert (await s.jobs.get("shop-a", running.job_id)).attempt == 2


async def test_a_job_that_takes_the_process_down_each_time_is_given_up(tmp_path: Path) -> None:
    begun = 0
    for _ in range(3):
        reading = Reading()
        async with server(tmp_path, reading) as s:
            job = await s.jobs.submit("shop-a", b"poison", FAST, "r")
            await asyncio.wait_for(reading.begun.wait(), 5)
            begun += 1
    async with server(tmp_path, Reading()) as s:
        assert (await states(s.jobs, job.job_id))[-2:] == [QUEUED, FAILED]
        given_up = await s.jobs.get("shop-a", job.job_id)
        assert (begun, given_up.attempt) == (3, 3)
        assert given_up.error is not None
        assert given_up.error.reason == "ATTEMPTS_EXHAUSTED"


async def test_more_jobs_than_the_queue_holds_are_all_recovered(tmp_path: Path) -> None:
    async with server(tmp_path, workers=0, capacity=10) as s:
        submitted = [await s.jobs.submit("shop-a", f"{n}".encode(), FAST) for n in range(10)]
    async with server(tmp_path, workers=2, capacity=1) as s:
        for job in submitted:
            assert (await states(s.jobs, job.job_id))[-1] is SUCCEEDED


@pytest.mark.parametrize("pause_s", [0.0, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016])
async def test_a_caller_that_goes_away_while_submitting_leaves_a_job_or_none(tmp_path: Path, pause_s: float) -> None:
    async with server(tmp_path) as s:
        for n in range(10):
            submitting = asyncio.create_task(s.jobs.submit("shop-a", f"{n}".encode(), FAST))
            await asyncio.sleep(pause_s)
            submitting.cancel()
            await asyncio.wait({submitting})
        last = await s.jobs.submit("shop-a", b"last", FAST)
        await states(s.jobs, last.job_id)
        jobs, _ = await s.jobs.list_jobs("shop-a")
        for job in jobs:  # none of them waits for ever
            assert (await states(s.jobs, job.job_id))[-1] is SUCCEEDED


async def test_progress_is_thinned_out_in_order_and_no_stage_is_lost(tmp_path: Path) -> None:
    ticks = 300

    async def process(image: bytes, options: RecognizeOptions, tell: Tell) -> Recognition:
        tell(StageProgress(Stage.VALIDATE, 0.0))
        tell(StageProgress(Stage.DECODE, 0.01, page_count=1))
        for tick in range(ticks):
            stage = Stage.RECOGNIZE if tick % 2 else Stage.BARCODES
            tell(StageProgress(stage, 0.1 + 0.8 * tick / ticks, 1, 1, tick, ticks))
            tell(LinesRead(1, ()))
            await asyncio.sleep(0.002)
        tell(StageProgress(Stage.CHECK, 1.0, page_count=1))
        return read(image, options)

    async with server(tmp_path, process) as s:
        began_s = time.perf_counter()  # before the job is there: it may run before submit has returned
        job = await s.jobs.submit("shop-a", b"image", FAST)
        events = [event async for event in s.jobs.watch("shop-a", job.job_id)]
        took_s = time.perf_counter() - began_s
    told = [event.progress for event in events if event.progress]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert {progress.stage for progress in told} == {
        Stage.VALIDATE,
        Stage.DECODE,
        Stage.BARCODES,
        Stage.RECOGNIZE,
        Stage.CHECK,
    }
    assert [progress.fraction for progress in told] == sorted(progress.fraction for progress in told)
    assert told[-1].fraction == 1.0
    # Two stages side by side, ten times a second and once more at either end, and three stages told once.
    assert 6 <= len(told) <= 2 * (10 * took_s + 2) + 3


async def test_page_sizes_have_a_default_a_maximum_and_no_sign(tmp_path: Path) -> None:
    async with server(tmp_path, workers=0, capacity=60) as s:
        for n in range(60):
            await s.jobs.submit("shop-a", f"{n}".encode(), FAST)
        assert len((await s.jobs.list_jobs("shop-a"))[0]) == 50
        assert len((await s.jobs.list_jobs("shop-a", page_size=10**12))[0]) == 60
        with pytest.raises(InvalidRequest) as refused:
            await s.jobs.list_jobs("shop-a", page_size=-1)
        assert refused.value.field == "page_size"
