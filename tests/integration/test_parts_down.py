"""The real server while parts of production are killed, one or two at a time: what works, what is refused, and how it
goes on when they are back, in the same process.
"""

import asyncio
import shutil
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial

import grpc
import pytest
import pytest_asyncio

from ocr_server._pb.ocr.v1 import job_service_pb2 as pb
from ocr_server._pb.ocr.v1.feedback_service_pb2 import GetAccuracyRequest, SubmitCorrectionRequest
from ocr_server._pb.ocr.v1.image_service_pb2 import UploadImageRequest
from ocr_server._pb.ocr.v1.job_pb2 import Job
from ocr_server._pb.ocr.v1.ocr_service_pb2 import RecognizeRequest
from ocr_server.domain.event import EventType
from ocr_server.job_lease import LEASE_S
from tests.chaos.judge import unpublished
from tests.chaos.servers import OcrProcess
from tests.contract.events.kafka_log import KafkaLog
from tests.integration.production import (
    RECOVERS_WITHIN_S,
    Client,
    Parts,
    new_image,
    once_back,
    refused,
    running_parts,
    running_server,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

READS_FOR_S = 0.7
AT_A_TIME = 2
# How long it may take to be told that a part is away: some 2 s, on a busy machine.
REFUSED_WITHIN_S = 3.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def parts(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Parts]:
    async with running_parts(tmp_path_factory.mktemp("parts")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def started(
    parts: Parts, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[OcrProcess, grpc.aio.Channel]]:
    settings = {**parts.settings, "OCR_JOB_WORKERS": str(AT_A_TIME), "OCR_LIMITS__MAX_RUNNING": "8"}
    async with running_server(tmp_path_factory.mktemp("server"), settings, reads_for_s=READS_FOR_S) as running:
        yield running


@pytest.fixture
def client(started: tuple[OcrProcess, grpc.aio.Channel]) -> Iterator[Client]:
    """A client of the one server, which is still the same process afterwards."""
    server, channel = started
    pid = server.pid
    assert pid
    yield Client(channel)
    assert server.pid == pid


async def test_without_kafka_jobs_end_and_their_events_wait_for_it(parts: Parts, client: Client) -> None:
    await parts.kafka.kill()
    jobs = await client.ended([await client.submit() for _ in range(3)])
    assert _states(jobs) == {Job.SUCCEEDED}
    assert await unpublished(parts.postgres.url) >= 2 * len(jobs)

    await parts.kafka.start()
    await _all_published(parts)
    await _each_has_its_events(parts, client, jobs)


async def test_without_redis_images_are_read_and_jobs_end_but_none_are_taken(parts: Parts, client: Client) -> None:
    taken = [await client.submit() for _ in range(AT_A_TIME + 2)]
    await parts.redis.kill()
    batch = pb.SubmitBatchRequest(items=[pb.BatchItem(image=new_image())])
    for _ in range(2):
        assert await refused(client.submit()) < REFUSED_WITHIN_S
        assert await refused(client.call("SubmitBatch", batch)) < REFUSED_WITHIN_S
    await _images_are_read(client)
    jobs = await client.ended(taken)
    assert {job.state for job in jobs} == {Job.SUCCEEDED}

    await parts.redis.start()
    later = await once_back("SubmitJob after Redis", client.submit)
    assert await _ids(client) == {later, *taken}
    assert _states(await client.ended([later])) == {Job.SUCCEEDED}


async def test_a_redis_that_comes_back_with_nothing_loses_no_job(parts: Parts, client: Client) -> None:
    taken = [await client.submit() for _ in range(AT_A_TIME + 3)]
    await parts.redis.kill()
    await asyncio.to_thread(shutil.rmtree, parts.redis_folder / "appendonlydir")
    await parts.redis.start()
    async with asyncio.timeout(RECOVERS_WITHIN_S):
        jobs = await client.ended(taken)
    assert _states(jobs) == {Job.SUCCEEDED}
    assert {job.attempt for job in jobs} == {1}


async def test_without_postgres_there_are_no_wrong_answers_and_what_was_read_is_kept(
    parts: Parts, client: Client
) -> None:
    ended = await client.submit()
    await client.ended([ended])
    reading, waiting = await client.submit(), await client.submit()
    watchers = [asyncio.create_task(client.watch(job_id)) for job_id in (reading, waiting)]
    await _is_running(client, reading)
    await parts.postgres.kill()
    killed_s = time.monotonic()

    request_id = str(uuid.uuid4())
    calls = (
        ("SubmitJob", pb.SubmitJobRequest(image=new_image(), request_id=request_id)),
        ("SubmitBatch", pb.SubmitBatchRequest(items=[pb.BatchItem(image=new_image())])),
        ("GetJob", pb.GetJobRequest(job_id=ended)),
        ("GetJob", pb.GetJobRequest(job_id=str(uuid.uuid4()))),
        ("ListJobs", pb.ListJobsRequest()),
        ("CancelJob", pb.CancelJobRequest(job_id=ended)),
        ("GetBatch", pb.GetBatchRequest(batch_id=str(uuid.uuid4()))),
        ("SubmitCorrection", SubmitCorrectionRequest(document_id=str(uuid.uuid4()), remaining_fields_confirmed=True)),
        ("GetAccuracy", GetAccuracyRequest()),
    )
    for method, request in calls:
        assert await refused(client.call(method, request)) < REFUSED_WITHIN_S, method
    await _images_are_read(client)

    # Away for longer than a lease, which nobody could renew: nobody has died of that.
    await asyncio.sleep(LEASE_S + 1.0 - (time.monotonic() - killed_s))
    await parts.postgres.start()
    again = await once_back("SubmitJob after PostgreSQL", partial(client.submit, request_id=request_id))
    async with asyncio.timeout(RECOVERS_WITHIN_S):
        jobs = await client.ended([reading, waiting, again])
        seen = [await watcher for watcher in watchers]
    assert _states(jobs) == {Job.SUCCEEDED}
    assert [job.attempt for job in jobs] == [1, 1, 1], "what was read is not read again"
    assert [events[-1].state for events in seen] == [Job.SUCCEEDED] * 2
    assert await _ids(client) == {ended, reading, waiting, again}, "no more than were asked for"
    assert await client.watch(reading, after_seq=2) == seen[0][2:], "who was cut off goes on there"


async def test_without_s3_jobs_wait_for_their_images_and_none_are_taken(parts: Parts, client: Client) -> None:
    stored = await client.call("UploadImage", _pieces(new_image()))
    taken = [await client.submit() for _ in range(AT_A_TIME + 2)]
    await parts.swift.kill()
    by_uri = RecognizeRequest(image_uri=stored.uri)
    print(f"the first call without S3 was refused after {await refused(client.submit()):.1f} s")
    for _ in range(2):
        await refused(client.submit(image_uri=stored.uri))
        await refused(client.call("Recognize", by_uri))
        await refused(client.call("UploadImage", _pieces(new_image())))
    await _images_are_read(client)

    await parts.swift.start()
    later = await once_back("SubmitJob after S3", client.submit)
    async with asyncio.timeout(RECOVERS_WITHIN_S):
        jobs = await client.ended([*taken, later])
    assert _states(jobs) == {Job.SUCCEEDED}
    assert max(job.attempt for job in jobs) > 1, "no job had to wait for its image"
    assert (await client.call("Recognize", by_uri)).document.pages


async def test_without_redis_and_kafka_at_once_nothing_is_lost(parts: Parts, client: Client) -> None:
    taken = [await client.submit() for _ in range(AT_A_TIME + 1)]
    await asyncio.gather(parts.redis.kill(), parts.kafka.kill())
    assert await refused(client.submit()) < REFUSED_WITHIN_S
    await _images_are_read(client)
    assert _states(await client.ended(taken)) == {Job.SUCCEEDED}

    await asyncio.gather(parts.redis.start(), parts.kafka.start())
    later = await once_back("SubmitJob after Redis and Kafka", client.submit)
    jobs = await client.ended([*taken, later])
    assert _states(jobs) == {Job.SUCCEEDED}
    await _all_published(parts)
    await _each_has_its_events(parts, client, jobs)


async def _images_are_read(client: Client) -> None:
    """Whatever is away, an image that comes with its call is read, with and without its progress."""
    response = await client.call("Recognize", RecognizeRequest(image=new_image(), request_id=str(uuid.uuid4())))
    assert response.document.pages[0].lines
    events = [event async for event in client.call("RecognizeStream", RecognizeRequest(image=new_image()))]
    assert events[-1].terminal.response.document.pages[0].lines


async def _is_running(client: Client, job_id: str) -> None:
    async for event in client.call("WatchJob", pb.WatchJobRequest(job_id=job_id)):
        if event.state == Job.RUNNING:
            return


async def _ids(client: Client) -> set[str]:
    """All jobs that this client has."""
    return {job.job_id for job in (await client.call("ListJobs", pb.ListJobsRequest())).jobs}


async def _all_published(parts: Parts) -> None:
    began_s = time.monotonic()
    async with asyncio.timeout(RECOVERS_WITHIN_S):
        while await unpublished(parts.postgres.url):  # noqa: ASYNC110  it is in another process
            await asyncio.sleep(0.1)
    print(f"events: all published {time.monotonic() - began_s:.1f} s after Kafka was back")


async def _each_has_its_events(parts: Parts, client: Client, jobs: Sequence[Job]) -> None:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for event in await KafkaLog(parts.kafka.bootstrap).read(client.tenant):
        found[event.attributes["subject"]].add(event.attributes["type"])
    wanted = {EventType.DOCUMENT_COMPLETED.value, EventType.USAGE_RECORDED.value}
    assert found == {job.job_id: wanted for job in jobs}


def _states(jobs: Sequence[Job]) -> set[int]:
    return {job.state for job in jobs}


async def _pieces(image: bytes) -> AsyncIterator[UploadImageRequest]:
    request = UploadImageRequest()
    request.chunk.data = image
    yield request
