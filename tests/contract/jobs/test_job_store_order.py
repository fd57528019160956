"""Which job every JobStore starts next."""

import asyncio
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocr_server.domain.job import Job, JobState, Priority
from ocr_server.ports import JobStore
from tests.contract.jobs.fixture_types import MakeJob, Stores


async def _submit(store: JobStore, *jobs: Job) -> None:
    for job in jobs:
        await store.create(job)


async def _start_all(store: JobStore) -> list[Job]:
    started = []
    while job := await store.start_next():
        started.append(job)
    return started


async def _tenants(store: JobStore) -> str:
    """The last letters of the tenants whose jobs are started, one after another."""
    return "".join(job.tenant[-1] for job in await _start_all(store))


async def test_nothing_is_started_where_nothing_waits(job_store: JobStore) -> None:
    assert await job_store.start_next() is None
    assert await job_store.count_waiting() == 0


async def test_a_tenants_jobs_come_in_the_order_in_which_they_were_created(
    job_store: JobStore, make_job: MakeJob
) -> None:
    jobs = [make_job() for _ in range(6)]
    await _submit(job_store, *jobs)
    assert [job.job_id for job in await _start_all(job_store)] == [job.job_id for job in jobs]


async def test_tenants_take_turns(job_store: JobStore, make_job: MakeJob) -> None:
    for tenant, count in (("shop-a", 5), ("shop-b", 2), ("shop-c", 3)):
        await _submit(job_store, *(make_job(tenant=tenant) for _ in range(count)))
    assert await _tenants(job_store) == "abcabcacaa"


async def test_who_comes_late_does_not_wait_for_all_that_another_one_has_submitted(
    job_store: JobStore, make_job: MakeJob
) -> None:
    await _submit(job_store, *(make_job() for _ in range(20)))
    for _ in range(7):
        await job_store.start_next()
    await _submit(job_store, *(make_job(tenant="shop-b") for _ in range(3)))
    assert await _tenants(job_store) == "abababaaaaaaaaaa"


async def test_who_submits_one_at_a_time_gets_no_more_than_its_turn(job_store: JobStore, make_job: MakeJob) -> None:
    await _submit(job_store, *(make_job() for _ in range(4)))
    started = ""
    for _ in range(8):
        if await job_store.count_waiting() == 0 or "b" in started[-1:] or not started:
            await _submit(job_store, make_job(tenant="shop-b"))
        job = await job_store.start_next()
        assert job
        started += job.tenant[-1]
    assert started == "abababab"


async def test_a_job_that_waits_for_its_next_try_brings_its_tenant_no_earlier_turns(
    job_store: JobStore, make_job: MakeJob
) -> None:
    await _submit(job_store, make_job(tenant="shop-b"))
    retried = await job_store.start_next()
    assert retried
    await job_store.requeue(retried.job_id, retried.attempt, after_s=60.0)
    await _submit(job_store, *(make_job() for _ in range(9)))
    for _ in range(5):
        await job_store.start_next()
    await _submit(job_store, *(make_job(tenant=tenant) for tenant in ("shop-b", "shop-c") for _ in range(3)))
    assert await _tenants(job_store) == "abcabcabca"


async def test_a_job_that_was_put_back_keeps_its_turn(job_store: JobStore, make_job: MakeJob) -> None:
    first, second, third = make_job(), make_job(), make_job()
    await _submit(job_store, first, second, third)
    started = await job_store.start_next()
    assert started
    await job_store.requeue(first.job_id, started.attempt)
    assert [job.job_id for job in await _start_all(job_store)] == [first.job_id, second.job_id, third.job_id]


async def test_jobs_that_somebody_waits_for_go_before_those_of_batches(job_store: JobStore, make_job: MakeJob) -> None:
    await _submit(job_store, *(make_job(tenant="shop-b", priority=Priority.BATCH) for _ in range(3)))
    await job_store.start_next()
    urgent = [make_job(tenant="shop-a") for _ in range(3)]
    await _submit(job_store, *urgent)
    started = await _start_all(job_store)
    assert "".join(job.tenant[-1] for job in started) == "aaabb"
    assert [job.priority for job in started] == [*[Priority.INTERACTIVE] * 3, *[Priority.BATCH] * 2]


async def test_turns_are_taken_within_each_priority(job_store: JobStore, make_job: MakeJob) -> None:
    await _submit(job_store, *(make_job() for _ in range(5)))
    await _submit(job_store, *(make_job(priority=Priority.BATCH) for _ in range(3)))
    await _submit(job_store, *(make_job(tenant="shop-b", priority=Priority.BATCH) for _ in range(3)))
    assert await _tenants(job_store) == "aaaaaababab"


async def test_what_waits_is_counted(job_store: JobStore, make_job: MakeJob) -> None:
    jobs = [make_job(tenant=tenant) for tenant in ("shop-a", "shop-b", "shop-c", "shop-c")]
    await _submit(job_store, *jobs)
    assert await job_store.count_waiting() == 4
    running = await job_store.start_next()
    assert running
    await job_store.finish(jobs[-1].job_id, JobState.CANCELLED)
    assert await job_store.count_waiting() == 2
    await job_store.requeue(running.job_id, running.attempt)
    assert await job_store.count_waiting() == 3
    await _start_all(job_store)
    assert await job_store.count_waiting() == 0


async def test_many_workers_start_each_job_once(stores: Stores, make_job: MakeJob) -> None:
    jobs = [make_job(tenant=f"shop-{n % 3}") for n in range(30)]
    await _submit(stores.jobs, *jobs)
    async with stores.beside() as other:
        started = await asyncio.gather(*(_start_all(store) for store in [stores.jobs, other.jobs] * 4))
    assert sorted(job.job_id for some in started for job in some) == sorted(job.job_id for job in jobs)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["a", "b", "c", "a", "start", "start"]), min_size=4, max_size=25))
async def test_no_tenant_waits_for_more_than_a_job_of_each_other_one_per_job_of_its_own(
    job_store: JobStore, make_job: MakeJob, steps: list[str]
) -> None:
    waiting: Counter[str] = Counter()
    # For each job that waits: how many of its own tenant's waited with it, and whose jobs have been started since.
    promised: dict[str, tuple[int, Counter[str]]] = {}
    for step in [*steps, *["start"] * len(steps)]:
        if step != "start":
            job = make_job(tenant=step)
            await job_store.create(job)
            waiting[step] += 1
            promised[job.job_id] = waiting[step], Counter()
        elif started := await job_store.start_next():
            waiting[started.tenant] -= 1
            own, others = promised.pop(started.job_id)
            del others[started.tenant]
            for _, since in promised.values():
                since[started.tenant] += 1
            # One more if that tenant's turn had come already.
            if any(count > own + 1 for count in others.values()):
                await _start_all(job_store)  # so that the next example begins with none
                pytest.fail(f"{started.tenant} waited for {dict(others)} with {own} of its own")
    assert not promised
