"""From a laptop to production by environment variables alone: the same client is answered the same."""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from grpc_status import rpc_status

from ocr_server._pb.ocr.v1 import job_service_pb2 as pb
from ocr_server._pb.ocr.v1.feedback_service_pb2 import GetAccuracyRequest, LineCorrection, SubmitCorrectionRequest
from ocr_server._pb.ocr.v1.image_service_pb2 import GetImageRequest, UploadImageRequest
from ocr_server._pb.ocr.v1.job_pb2 import Job
from ocr_server._pb.ocr.v1.ocr_service_pb2 import RecognizeRequest
from tests.chaos.labels import Fate, draw
from tests.integration.production import Client, running_parts, running_server

_REQUEST_ID = str(uuid.UUID(int=4, version=4))
# What differs also between two answers of one server, beside times.
_OWN = {"jobId", "documentId", "batchId", "correctionId", "jobIds", "timing"}
# What only a store has that clients can reach past the server.
_STORES_OWN = "downloadUrl"


async def test_a_client_cannot_tell_production_from_a_server_without_settings(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    own, shared, none = (tmp_path_factory.mktemp(name) for name in ("embedded", "parts", "production"))
    async with running_server(own, {}, reads_for_s=0.05) as (_, channel):
        embedded = await _do_everything(Client(channel))
    async with (
        running_parts(shared) as parts,
        running_server(none, parts.settings, reads_for_s=0.05) as (_, channel),
    ):
        production = await _do_everything(Client(channel))
    assert embedded.keys() == production.keys()
    for step, answer in embedded.items():
        assert production[step] == answer, step
    assert [path.name for path in none.iterdir()] == ["server.log"], "it keeps nothing itself"


async def _do_everything(client: Client) -> Mapping[str, object]:
    """Call every service as a client does; return what it was answered, by step."""
    answers: dict[str, object] = {}

    async def ask(step: str, method: str, request: Any) -> Any:
        answer = await client.call(method, request)
        answers[step] = _comparable(MessageToDict(answer))
        return answer

    async def ask_in_vain(step: str, method: str, request: Any) -> None:
        try:
            answers[step] = await client.call(method, request)
        except grpc.aio.AioRpcError as error:
            status = rpc_status.from_call(error)
            # The message names the job, which has another id here and there.
            answers[step] = (error.code(), [detail.type_url for detail in status.details] if status else [])

    image = await ask("upload", "UploadImage", _pieces(draw(1, Fate.READ)))
    await ask("image", "GetImage", GetImageRequest(image_id=image.image_id))
    await ask("recognize", "Recognize", RecognizeRequest(image=draw(2, Fate.READ), request_id=_REQUEST_ID))
    await ask("recognize by uri", "Recognize", RecognizeRequest(image_uri=image.uri))

    wanted = pb.SubmitJobRequest(image=draw(3, Fate.READ), request_id=_REQUEST_ID)
    job = await ask("submit", "SubmitJob", wanted)
    events = await client.watch(job.job_id)
    answers["watch"] = [event.state for event in events if not event.HasField("progress")]
    answers["stages"] = {event.progress.stage for event in events if event.HasField("progress")}
    assert (await client.call("SubmitJob", wanted)).job_id == job.job_id
    ended = await ask("result", "GetJob", pb.GetJobRequest(job_id=job.job_id))
    by_uri = await client.submit(image_uri=image.uri)
    answers["result by uri"] = [_comparable(MessageToDict(each)) for each in await client.ended([by_uri])]
    damaged = await client.call("SubmitJob", pb.SubmitJobRequest(image=draw(4, Fate.DAMAGED)))
    answers["damaged"] = [_comparable(MessageToDict(each)) for each in await client.ended([damaged.job_id])]

    items = [pb.BatchItem(image=draw(5, Fate.READ)), pb.BatchItem(image=draw(6, Fate.DAMAGED))]
    batch = await ask("batch", "SubmitBatch", pb.SubmitBatchRequest(items=items, request_id=_REQUEST_ID))
    answers["batch events"] = await _watch_batch(client, batch.batch_id, batch.job_ids)
    await ask("batch result", "GetBatch", pb.GetBatchRequest(batch_id=batch.batch_id))
    await ask("list", "ListJobs", pb.ListJobsRequest(states=[Job.SUCCEEDED]))

    document = ended.response.document
    line = document.pages[0].lines[0]
    correction = SubmitCorrectionRequest(
        document_id=document.document_id,
        lines=[LineCorrection(page_number=1, polygon=line.polygon, corrected_text=f"{line.text}!")],
        request_id=_REQUEST_ID,
    )
    await ask("correct", "SubmitCorrection", correction)
    await ask("accuracy", "GetAccuracy", GetAccuracyRequest())

    wanted.image = draw(7, Fate.READ)
    await ask_in_vain("same request_id, other image", "SubmitJob", wanted)
    await ask_in_vain("cancel what has ended", "CancelJob", pb.CancelJobRequest(job_id=job.job_id))
    await ask_in_vain("no such job", "GetJob", pb.GetJobRequest(job_id=str(uuid.uuid4())))
    await ask_in_vain("no such image", "SubmitJob", pb.SubmitJobRequest(image_uri=f"ocr:images/{'0' * 64}"))
    await ask_in_vain("no image", "SubmitJob", pb.SubmitJobRequest(image=b"nothing that is read"))
    await ask_in_vain("no page", "ListJobs", pb.ListJobsRequest(page_token="nobody gave this one"))
    return answers


async def _watch_batch(client: Client, batch_id: str, job_ids: list[str]) -> object:
    """What happened to each job, and how all of them stood at the end; which one was first is chance."""
    states: defaultdict[int, list[int]] = defaultdict(list)
    async with asyncio.timeout(30):
        seq = 0
        async for event in client.call("WatchBatch", pb.WatchBatchRequest(batch_id=batch_id)):
            seq += 1
            assert event.seq == seq
            states[list(job_ids).index(event.job_event.job_id)].append(event.job_event.state)
    return states, MessageToDict(event.counts)


def _comparable(answer: Any) -> Any:
    """The answer without its own ids and times; only that they are there."""
    if isinstance(answer, list):
        return [_comparable(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        name: "there" if name in _OWN or name.endswith("Time") else _comparable(value)
        for name, value in answer.items()
        if name != _STORES_OWN
    }


async def _pieces(image: bytes) -> AsyncIterator[UploadImageRequest]:
    request = UploadImageRequest()
    request.chunk.data = image
    yield request
