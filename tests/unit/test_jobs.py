"""The use-cases of jobs, over the real embedded adapters; only the reading is a small coroutine."""

import asyncio
import time
from pathlib import Path

import pytest

from ocr_server.domain.document import Engine, Recognition, RecognizeOptions
from ocr_server.domain.errors import (
    IdempotencyConflict,
    InvalidImage,
    InvalidRequest,
    JobNotCancellable,
    NotFound,
    Overloaded,
)
from ocr_server.domain.job import JobState
from ocr_server.domain.progress import LinesRead, Stage, StageProgress
from ocr_server.job_progress import Tell
from ocr_server.jobs import BatchItem, Jobs
from tests.unit.jobs_server import Reading, read, server

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


async def test_a_batch_is_taken_on_as_a_whole_and_watched_to_its_end(tmp_path: Path) -> None:
    async with server(tmp_path) as s:
        batch = await s.jobs.submit_batch("shop-a", [BatchItem(f"{n}".encode(), FAST) for n in range(4)])
        async with asyncio.timeout(10):
            events = [event async for event in s.jobs.watch_batch("shop-a", batch.batch_id)]
        assert [event.seq for event in events] == list(range(1, 9))
        assert events[-1].counts.succeeded == 4
        ended = await s.jobs.get_batch("shop-a", batch.batch_id)
        assert ended.counts.is_terminal
        assert ended.ended_at
        for n, job_id in enumerate(ended.job_ids):
            assert (await s.jobs.get("shop-a", job_id)).recognition == read(f"{n}".encode(), FAST)


async def test_one_bad_image_refuses_the_whole_batch_and_is_named(tmp_path: Path) -> None:
    async with server(tmp_path) as s:
        with pytest.raises(InvalidRequest) as refused:
            await s.jobs.submit_batch("shop-a", [BatchItem(b"good", FAST), BatchItem(b"", FAST)])
        assert refused.value.field == "items[1].image"
        assert await s.jobs.list_jobs("shop-a") == ([], "")
        assert files(tmp_path) == []


@pytest.mark.parametrize("items", [0, 6])
async def test_a_batch_has_a_size(tmp_path: Path, items: int) -> None:
    async with server(tmp_path) as s:
        with pytest.raises(InvalidRequest) as refused:
            await s.jobs.submit_batch("shop-a", [BatchItem(b"image", FAST)] * items)
        assert refused.value.field == "items"


async def test_a_batch_finds_room_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    async with server(tmp_path, workers=0, capacity=4) as s:
        await s.jobs.submit("shop-a", b"image", FAST)
        with pytest.raises(Overloaded):
            await s.jobs.submit_batch("shop-a", [BatchItem(b"image", FAST)] * 4)
        await s.jobs.submit_batch("shop-a", [BatchItem(b"image", FAST)] * 3)


async def test_a_repeated_batch_is_one_batch(tmp_path: Path) -> None:
    items = [BatchItem(b"one", FAST), BatchItem(b"two", FAST)]
    async with server(tmp_path, workers=0) as s:
        batch = await s.jobs.submit_batch("shop-a", items, "r")
        assert await s.jobs.submit_batch("shop-a", items, "r") == batch
        with pytest.raises(IdempotencyConflict):
            await s.jobs.submit_batch("shop-a", items[::-1], "r")
        assert len((await s.jobs.list_jobs("shop-a"))[0]) == 2


async def test_a_job_that_somebody_waits_for_goes_before_a_batch(tmp_path: Path) -> None:
    order: list[bytes] = []

    async def note(image: bytes, options: RecognizeOptions, tell: Tell) -> Recognition:
        order.append(image)
        return read(image, options)

    async with server(tmp_path, note, workers=0) as s:
        batch = await s.jobs.submit_batch("shop-a", [BatchItem(f"{n}".encode(), FAST) for n in range(3)])
        await s.jobs.submit("shop-a", b"urgent", FAST)
    async with server(tmp_path, note) as s:
        async with asyncio.timeout(10):
            _ = [event async for event in s.jobs.watch_batch("shop-a", batch.batch_id)]
    assert order == [b"urgent", b"0", b"1", b"2"]
