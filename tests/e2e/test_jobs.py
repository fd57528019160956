"""JobService over a real channel, and across a restart of the process."""

import uuid
from pathlib import Path

import grpc
import pytest

from benchmarks.server_process import running_server
from ocr_server._pb.ocr.v1.job_pb2 import Job, JobEvent
from ocr_server._pb.ocr.v1.job_service_pb2 import (
    CancelJobRequest,
    GetJobRequest,
    ListJobsRequest,
    SubmitJobRequest,
    WatchJobRequest,
)
from ocr_server._pb.ocr.v1.job_service_pb2_grpc import JobServiceStub
from tests.e2e.conftest import open_channel


async def _watch(stub: JobServiceStub, job_id: str, after_seq: int = 0) -> list[JobEvent]:
    return [event async for event in stub.WatchJob(WatchJobRequest(job_id=job_id, after_seq=after_seq))]


async def test_a_job_is_watched_to_its_end_and_resumed_anywhere(channel: grpc.aio.Channel, samples: Path) -> None:
    stub = JobServiceStub(channel)
    job = await stub.SubmitJob(SubmitJobRequest(image=(samples / "receipt.png").read_bytes()))
    events = await _watch(stub, job.job_id)

    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events[0].state == Job.QUEUED
    assert events[-1].state == Job.SUCCEEDED
    for after_seq in (0, 1, len(events) // 2, len(events) - 1):
        assert await _watch(stub, job.job_id, after_seq) == events[after_seq:]

    done = await stub.GetJob(GetJobRequest(job_id=job.job_id))
    assert done.response.document.receipt.total.money.amount


async def test_jobs_are_listed_page_by_page_for_their_tenant_only(channel: grpc.aio.Channel, samples: Path) -> None:
    stub = JobServiceStub(channel)
    tenant = (("x-ocr-tenant", f"t-{uuid.uuid4().hex}"),)
    image = (samples / "product-label.jpg").read_bytes()
    submitted = [(await stub.SubmitJob(SubmitJobRequest(image=image), metadata=tenant)).job_id for _ in range(3)]

    listed: list[str] = []
    token = ""
    while True:
        page = await stub.ListJobs(ListJobsRequest(page_size=2, page_token=token), metadata=tenant)
        listed += [job.job_id for job in page.jobs]
        token = page.next_page_token
        if not token:
            break
    assert listed == submitted[::-1]

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.GetJob(GetJobRequest(job_id=submitted[0]))
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND


async def test_a_cancelled_job_ends_cancelled(channel: grpc.aio.Channel, samples: Path) -> None:
    stub = JobServiceStub(channel)
    job = await stub.SubmitJob(SubmitJobRequest(image=(samples / "receipt.png").read_bytes()))
    cancelled = await stub.CancelJob(CancelJobRequest(job_id=job.job_id))
    assert cancelled.state == Job.CANCELLED
    assert (await _watch(stub, job.job_id))[-1].state == Job.CANCELLED
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.CancelJob(CancelJobRequest(job_id=job.job_id))
    assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION


async def test_a_bad_image_is_refused_before_it_becomes_a_job(channel: grpc.aio.Channel) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await JobServiceStub(channel).SubmitJob(SubmitJobRequest(image=b"not an image"))
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


async def test_jobs_survive_a_killed_process(tmp_path: Path, samples: Path) -> None:
    image = (samples / "receipt.png").read_bytes()
    with running_server(tmp_path) as first:
        async with open_channel(first) as channel:
            stub = JobServiceStub(channel)
            jobs = [(await stub.SubmitJob(SubmitJobRequest(image=image))).job_id for _ in range(4)]
            seen = [event async for event in _first_events(stub, jobs[0], 3)]
        first.kill()
    with running_server(tmp_path) as second:
        async with open_channel(second) as channel:
            stub = JobServiceStub(channel)
            later = await _watch(stub, jobs[0], seen[-1].seq)
            assert [e.seq for e in (*seen, *later)] == list(range(1, len(seen) + len(later) + 1))
            for job_id in jobs:
                assert (await _watch(stub, job_id))[-1].state == Job.SUCCEEDED


async def _first_events(stub: JobServiceStub, job_id: str, count: int):  # type: ignore[no-untyped-def]
    async for event in stub.WatchJob(WatchJobRequest(job_id=job_id)):
        yield event
        if event.seq == count:
            return
