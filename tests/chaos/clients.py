"""Clients as they should be: they ask again under the same request_id, and go on watching where they were cut off."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from grpc_status import rpc_status

from ocr_server._pb.ocr.v1 import job_pb2
from ocr_server._pb.ocr.v1 import job_service_pb2 as pb
from ocr_server._pb.ocr.v1.job_service_pb2_grpc import JobServiceStub
from ocr_server.grpc_api.status import retry_after_s
from tests.chaos.labels import draw
from tests.chaos.plan import Plan, Submission

_CALL_TIMEOUT_S = 10.0
# Of one tenant, waiting for an answer. After an outage all of them come at once, and S3 here has a part of a core.
_CALLS_AT_A_TIME = 8
# A server that is gone is not there at once; nor is it away for long.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 1.0
# What a client may ask again after: the server is gone, or says that it, or what it needs, will be back.
_COME_BACK = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.CANCELLED,
)
_ENDS = (job_pb2.Job.SUCCEEDED, job_pb2.Job.FAILED, job_pb2.Job.CANCELLED)


@dataclass(slots=True)
class Seen:
    """What clients have seen, for the judge.

    job_ids: by the request_id of the submission, each answer to it: the ids of all its jobs. ends: the terminal state
    that was watched, by job. cancelled: jobs whose cancellation was answered. gaps: what watchers should not have
    seen. refused: answers that nobody should get. retries: of calls and watches, by why.
    """

    job_ids: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    gaps: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    retries: Counter[str] = field(default_factory=Counter)


class Client:
    """One tenant's. It has a connection of its own to each server, and takes another one whenever a call fails."""

    def __init__(self, tenant: str, stubs: Sequence[JobServiceStub], seen: Seen) -> None:
        self._metadata = (("x-ocr-tenant", tenant),)
        self._stubs = stubs
        self._seen = seen
        self._calls = asyncio.Semaphore(_CALLS_AT_A_TIME)

    async def carry_out(self, submission: Submission) -> None:
        """Submit it, watch it to its end, and do with it what the plan says."""
        first_servers = (0, 1) if submission.twice else (random.randrange(len(self._stubs)),)
        answers = await asyncio.gather(*(self._submit(submission, server) for server in first_servers))
        self._seen.job_ids[submission.request_id] = [job_ids for job_ids, _ in answers]
        (job_id, *_), batch_id = answers[0]
        async with asyncio.TaskGroup() as group:
            if batch_id:
                group.create_task(self._watch_batch(batch_id))
            for job_ids, _ in answers:  # two watchers, where two have submitted it
                for each in job_ids:
                    group.create_task(self._watch_job(each))
            if submission.cancel_after_s is not None:
                group.create_task(self._cancel(job_id, submission.cancel_after_s))

    async def _submit(self, submission: Submission, server: int) -> tuple[tuple[str, ...], str]:
        images = [draw(item.number, item.fate) for item in submission.items]
        if submission.is_batch:
            wanted = pb.SubmitBatchRequest(
                items=[pb.BatchItem(image=image) for image in images], request_id=submission.request_id
            )
            batch = await self._insist("SubmitBatch", wanted, server)
            return tuple(batch.job_ids), batch.batch_id
        (image,) = images
        job = await self._insist(
            "SubmitJob", pb.SubmitJobRequest(image=image, request_id=submission.request_id), server
        )
        return (job.job_id,), ""

    async def _cancel(self, job_id: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        try:
            await self._insist("CancelJob", pb.CancelJobRequest(job_id=job_id), 0)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.FAILED_PRECONDITION:  # it has ended before
                raise
        else:
            self._seen.cancelled.add(job_id)

    async def _watch_job(self, job_id: str) -> None:
        def wanted(after_seq: int) -> pb.WatchJobRequest:
            return pb.WatchJobRequest(job_id=job_id, after_seq=after_seq)

        async for event in self._watch("WatchJob", wanted, lambda event: event.state in _ENDS):
            self._seen.ends[job_id] = event.state

    async def _watch_batch(self, batch_id: str) -> None:
        def wanted(after_seq: int) -> pb.WatchBatchRequest:
            return pb.WatchBatchRequest(batch_id=batch_id, after_seq=after_seq)

        async for _ in self._watch(
            "WatchBatch", wanted, lambda event: not (event.counts.queued or event.counts.running)
        ):
            pass

    async def _watch(
        self, method: str, wanted: Callable[[int], object], is_end: Callable[[Any], bool]
    ) -> AsyncIterator[Any]:
        """Yield what is streamed, up to the end; after each break from the server that is next, and where it broke."""
        last_seq, event, pause_s = 0, None, _FIRST_PAUSE_S
        for server in itertools.count(random.randrange(len(self._stubs))):
            stub = self._stubs[server % len(self._stubs)]
            try:
                async for event in getattr(stub, method)(wanted(last_seq), metadata=self._metadata):
                    if event.seq != last_seq + 1:
                        self._seen.gaps.append(f"{method}: {event.seq} after {last_seq} of {wanted(0)}")
                    last_seq, pause_s = event.seq, _FIRST_PAUSE_S
                    yield event
            except grpc.aio.AioRpcError as error:
                pause_s = await self._pause(method, error, pause_s)
                continue
            if event is None or not is_end(event):
                self._seen.gaps.append(f"{method}: it ended after {last_seq}, before the end of {wanted(0)}")
            return

    async def _insist(self, method: str, request: object, server: int) -> Any:
        """Call until there is an answer, one server after the other. Raises AioRpcError for what is an answer too."""
        pause_s = _FIRST_PAUSE_S
        for try_ in itertools.count(server):
            call = getattr(self._stubs[try_ % len(self._stubs)], method)
            try:
                async with self._calls:
                    return await call(request, metadata=self._metadata, timeout=_CALL_TIMEOUT_S)
            except grpc.aio.AioRpcError as error:
                if error.code() is grpc.StatusCode.FAILED_PRECONDITION:
                    raise
                pause_s = await self._pause(method, error, pause_s)
        raise AssertionError

    async def _pause(self, method: str, error: grpc.aio.AioRpcError, pause_s: float) -> float:
        """Wait as long as the server asks for; one that is gone asks for nothing. Return how long to wait next time."""
        status = rpc_status.from_call(error)
        asked_s = retry_after_s(status) if status else None
        self._seen.retries[f"{method} {error.code().name} {'connection' if asked_s is None else 'come back'}"] += 1
        if error.code() not in _COME_BACK:
            self._seen.refused.append(f"{method}: {error.code().name}: {error.details()}")
        await asyncio.sleep(random.uniform(0.5, 1.0) * (pause_s if asked_s is None else asked_s))
        return min(2 * pause_s, _LONGEST_PAUSE_S)


@asynccontextmanager
async def open_clients(plan: Plan, addresses: Sequence[str], seen: Seen) -> AsyncIterator[Mapping[str, Client]]:
    """A client for each tenant of the plan."""
    async with AsyncExitStack() as stack:
        clients = {}
        for tenant in {submission.tenant for submission in plan.submissions}:
            # A connection carries so many streams and no more; and one that is lost is tried again soon.
            options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_reconnect_backoff_ms", 500)]
            channels = [
                await stack.enter_async_context(grpc.aio.insecure_channel(address, options)) for address in addresses
            ]
            clients[tenant] = Client(tenant, [JobServiceStub(channel) for channel in channels], seen)
        yield clients


async def carry_out(plan: Plan, clients: Mapping[str, Client]) -> None:
    """Carry out all submissions, each at its time; return when all of their jobs have ended."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()

    async def at_its_time(submission: Submission) -> None:
        await asyncio.sleep(began_s + submission.at_s - loop.time())
        await clients[submission.tenant].carry_out(submission)

    async with asyncio.TaskGroup() as group:
        for submission in plan.submissions:
            group.create_task(at_its_time(submission))
