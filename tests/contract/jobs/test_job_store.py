"""What every JobStore does; watching has a file of its own."""

import asyncio
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ocr_server.domain.document import DocumentType, Engine, Recognition, RecognizeOptions
from ocr_server.domain.errors import IdempotencyConflict, InvalidRequest, NotFound
from ocr_server.domain.job import Job, JobError, JobState
from ocr_server.domain.progress import Stage, StageProgress
from ocr_server.ports import JobStore
from tests.contract.jobs.fixture_types import MakeJob, OpenStores

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState
OPTIONS = RecognizeOptions(Engine.TESSERACT, DocumentType.RECEIPT, ("de", "tr-TR"), barcodes_only=True)


async def test_a_created_job_reads_back_equal(job_store: JobStore, make_job: MakeJob) -> None:
    job = make_job(options=OPTIONS, request_id="r")
    assert await job_store.create(job) == (job, True)
    assert await job_store.get("shop-a", job.job_id) == job


async def test_same_request_id_and_body_give_the_same_job_in_its_present_state(
    job_store: JobStore, make_job: MakeJob
) -> None:
    first = make_job(request_id="r", options=OPTIONS)
    await job_store.create(first)
    started = await job_store.start_next()
    again = make_job(request_id="r", options=OPTIONS)
    assert await job_store.create(again) == (started, False)
    with pytest.raises(NotFound):
        await job_store.get("shop-a", again.job_id)


@pytest.mark.parametrize("change", [{"image_digest": "1" * 64}, {"options": OPTIONS}])
async def test_same_request_id_with_another_body_is_a_conflict(
    job_store: JobStore, make_job: MakeJob, change: dict[str, object]
) -> None:
    job = make_job(request_id="r")
    await job_store.create(job)
    with pytest.raises(IdempotencyConflict):
        await job_store.create(make_job(request_id="r", **change))
    assert (await job_store.list_jobs("shop-a", page_size=10)) == ([job], "")


async def test_same_request_id_of_another_tenant_is_another_job(job_store: JobStore, make_job: MakeJob) -> None:
    for tenant in ("shop-a", "shop-b"):
        _, is_new = await job_store.create(make_job(request_id="r", tenant=tenant))
        assert is_new


async def test_jobs_without_request_id_are_never_taken_for_the_same(job_store: JobStore, make_job: MakeJob) -> None:
    assert [(await job_store.create(make_job()))[1] for _ in range(3)] == [True] * 3


async def test_twenty_callers_with_one_request_id_get_one_job(job_store: JobStore, make_job: MakeJob) -> None:
    answers = await asyncio.gather(*(job_store.create(make_job(request_id="r")) for _ in range(20)))
    assert len({job.job_id for job, _ in answers}) == 1
    assert sum(is_new for _, is_new in answers) == 1


async def test_tenants_never_see_each_others_jobs(job_store: JobStore, make_job: MakeJob) -> None:
    job = make_job()
    await job_store.create(job)
    with pytest.raises(NotFound):
        await job_store.get("shop-b", job.job_id)
    with pytest.raises(NotFound):
        await anext(job_store.watch("shop-b", job.job_id))
    assert await job_store.list_jobs("shop-b", page_size=10) == ([], "")


async def test_an_unknown_job_is_not_found(job_store: JobStore) -> None:
    unknown = str(uuid.uuid4())
    with pytest.raises(NotFound):
        await job_store.get("shop-a", unknown)
    with pytest.raises(NotFound):
        await anext(job_store.watch("shop-a", unknown))
    assert not await job_store.finish(unknown, CANCELLED)
    await job_store.record_progress(unknown, 1, [StageProgress(Stage.DECODE, 0.5)])


async def test_a_job_is_started_once(job_store: JobStore, make_job: MakeJob) -> None:
    job = make_job()
    await job_store.create(job)
    before = datetime.now(UTC)
    (running,) = [job for job in await asyncio.gather(*(job_store.start_next() for _ in range(10))) if job]
    assert (running.state, running.attempt) == (RUNNING, 1)
    assert running.started_at is not None
    assert before <= running.started_at <= datetime.now(UTC)
    assert await job_store.get("shop-a", job.job_id) == running


async def test_a_recognition_reads_back_equal_and_with_the_same_digits(
    open_stores: OpenStores, make_job: MakeJob, recognition: Recognition
) -> None:
    job = make_job()
    async with open_stores() as stores:
        await stores.jobs.create(job)
        await stores.jobs.start_next()
        assert await stores.jobs.finish(job.job_id, SUCCEEDED, recognition=recognition)
    async with open_stores() as stores:
        stored = await stores.jobs.get("shop-a", job.job_id)
    assert stored.state is SUCCEEDED
    assert stored.recognition == recognition
    assert repr(stored.recognition) == repr(recognition)  # 1.50 stays 1.50, where equality would take 1.5
    assert isinstance(recognition.document.fields.total.value.amount, Decimal)  # type: ignore[union-attr]


async def test_a_failed_job_keeps_its_error(job_store: JobStore, make_job: MakeJob) -> None:
    job = make_job()
    await job_store.create(job)
    await job_store.start_next()
    error = JobError("INVALID_IMAGE", "The image is truncated.")
    assert await job_store.finish(job.job_id, FAILED, error=error)
    stored = await job_store.get("shop-a", job.job_id)
    assert (stored.state, stored.error, stored.recognition) == (FAILED, error, None)
    assert stored.ended_at is not None
    assert stored.started_at is not None
    assert stored.ended_at >= stored.started_at


async def test_of_many_ends_only_one_counts(job_store: JobStore, make_job: MakeJob, recognition: Recognition) -> None:
    job = make_job()
    await job_store.create(job)
    await job_store.start_next()
    ends = await asyncio.gather(
        *(job_store.finish(job.job_id, CANCELLED) for _ in range(5)),
        *(job_store.finish(job.job_id, SUCCEEDED, recognition=recognition) for _ in range(5)),
    )
    assert sum(ends) == 1
    winner = CANCELLED if any(ends[:5]) else SUCCEEDED
    stored = await job_store.get("shop-a", job.job_id)
    assert stored.state is winner
    assert (stored.recognition is not None) == (winner is SUCCEEDED)


async def test_an_ended_job_cannot_be_started_and_ignores_progress(job_store: JobStore, make_job: MakeJob) -> None:
    job = make_job()
    await job_store.create(job)
    await job_store.finish(job.job_id, CANCELLED)
    assert await job_store.start_next() is None
    await job_store.record_progress(job.job_id, 0, [StageProgress(Stage.DECODE, 0.5)])
    assert [event.state async for event in job_store.watch("shop-a", job.job_id)] == [QUEUED, CANCELLED]


async def test_racing_start_and_cancel_leave_a_cancelled_job(job_store: JobStore, make_job: MakeJob) -> None:
    for _ in range(20):
        job = make_job()
        await job_store.create(job)
        started, cancelled = await asyncio.gather(job_store.start_next(), job_store.finish(job.job_id, CANCELLED))
        assert cancelled
        states = [event.state async for event in job_store.watch("shop-a", job.job_id)]
        assert states == ([QUEUED, RUNNING, CANCELLED] if started else [QUEUED, CANCELLED])


async def test_jobs_outlive_a_restart_and_those_that_ran_are_queued_again(
    open_stores: OpenStores, make_job: MakeJob
) -> None:
    ended, running, waiting = make_job(), make_job(), make_job()
    async with open_stores() as stores:
        for job in (ended, running, waiting):
            await stores.jobs.create(job)
        for _ in (ended, running):
            await stores.jobs.start_next()
        await stores.jobs.finish(ended.job_id, CANCELLED)
    async with open_stores() as stores:
        (queued,) = await stores.jobs.requeue_silent(silent_for_s=0)
        assert (queued.job_id, queued.state, queued.attempt, queued.faults) == (running.job_id, QUEUED, 1, 1)
        again = await stores.jobs.start_next()
        assert again is not None
        assert (again.job_id, again.attempt) == (running.job_id, 2)
        await stores.jobs.finish(running.job_id, CANCELLED)
        events = [event async for event in stores.jobs.watch("shop-a", running.job_id)]
        assert [event.seq for event in events] == [1, 2, 3, 4, 5]
        assert [event.state for event in events] == [QUEUED, RUNNING, QUEUED, RUNNING, CANCELLED]
        next_ = await stores.jobs.start_next()
        assert next_ is not None
        assert (next_.job_id, next_.attempt) == (waiting.job_id, 1)


async def test_a_call_given_up_half_way_leaves_a_store_that_works(job_store: JobStore, make_job: MakeJob) -> None:
    for steps in range(12):
        job = make_job()
        creating = asyncio.create_task(job_store.create(job))
        for _ in range(steps):
            await asyncio.sleep(0)
        creating.cancel()
        await asyncio.wait({creating})
        other = make_job()
        await job_store.create(other)
        while (started := await job_store.start_next()) != await job_store.get("shop-a", other.job_id):
            assert started is not None  # the one given up may have been stored
        await job_store.finish(other.job_id, CANCELLED)
        assert [event.seq async for event in job_store.watch("shop-a", other.job_id)] == [1, 2, 3]


async def _all_pages(store: JobStore, page_size: int, states: tuple[JobState, ...] = ()) -> list[list[Job]]:
    pages, token = [], ""
    while True:
        page, token = await store.list_jobs("shop-a", page_size=page_size, page_token=token, states=states)
        pages.append(page)
        if not token:
            return pages


@pytest.mark.parametrize("page_size", [1, 3, 4, 12, 13, 100])
async def test_pages_hold_every_job_once_newest_first(job_store: JobStore, make_job: MakeJob, page_size: int) -> None:
    jobs = [make_job() for _ in range(6)]
    jobs += [replace(make_job(), created_at=jobs[-1].created_at) for _ in range(6)]  # told apart by their ids
    for job in jobs:
        await job_store.create(job)
    pages = await _all_pages(job_store, page_size)
    assert all(len(page) == page_size for page in pages[:-1])
    listed = [job for page in pages for job in page]
    assert listed == sorted(jobs, key=lambda job: (job.created_at, job.job_id), reverse=True)
    assert pages[-1], "the last page is not empty"


async def test_paging_is_not_disturbed_by_jobs_added_meanwhile(job_store: JobStore, make_job: MakeJob) -> None:
    old = [make_job() for _ in range(7)]
    for job in old:
        await job_store.create(job)
    listed, token = await job_store.list_jobs("shop-a", page_size=2)
    while token:
        await job_store.create(make_job())
        page, token = await job_store.list_jobs("shop-a", page_size=2, page_token=token)
        listed += page
    assert listed == old[::-1]


async def test_lists_filter_by_state_and_leave_recognitions_out(
    job_store: JobStore, make_job: MakeJob, recognition: Recognition
) -> None:
    jobs = [make_job() for _ in range(6)]
    for job in jobs:
        await job_store.create(job)
    for _ in jobs[:4]:
        await job_store.start_next()
    for job in jobs[:2]:
        await job_store.finish(job.job_id, SUCCEEDED, recognition=recognition)
    pages = await _all_pages(job_store, 2, (SUCCEEDED, QUEUED))
    assert [job.job_id for page in pages for job in page] == [jobs[n].job_id for n in (5, 4, 1, 0)]
    assert all(job.recognition is None for page in pages for job in page)


@pytest.mark.parametrize("token", ["x", "====", "é", "bnVsbA", "WzFd", "W1tbW1tb", "A" * 10_000, "\0"])
async def test_a_damaged_page_token_is_refused(job_store: JobStore, token: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await job_store.list_jobs("shop-a", page_size=1, page_token=token)
    assert refused.value.field == "page_token"


async def test_a_page_token_is_good_for_its_own_list_only(job_store: JobStore, make_job: MakeJob) -> None:
    for _ in range(3):
        await job_store.create(make_job())
    _, token = await job_store.list_jobs("shop-a", page_size=1)
    with pytest.raises(InvalidRequest):
        await job_store.list_jobs("shop-b", page_size=1, page_token=token)
    with pytest.raises(InvalidRequest):
        await job_store.list_jobs("shop-a", page_size=1, page_token=token, states=(QUEUED,))
