"""`ocr-server stack --full` as a shell sees it: a job through all real servers, and what becomes of those that die."""

import asyncio
import fcntl
import json
import os
import signal
import uuid
from pathlib import Path
from typing import Any

import grpc

from ocr_server._pb.ocr.v1.job_pb2 import Job
from ocr_server._pb.ocr.v1.job_service_pb2 import SubmitJobRequest, WatchJobRequest
from ocr_server._pb.ocr.v1.job_service_pb2_grpc import JobServiceStub
from tests.contract.events.kafka_log import KafkaLog, to_cloud_event
from tests.integration.processes import eventually, runs
from tests.integration.stack_command import READY, Stack, running_stack

OURS = {"server", "worker 1"}
OTHERS = {"PostgreSQL", "Redis", "S3", "Kafka"}
BACK_WITHIN_S = 60


async def test_a_job_goes_through_all_servers_and_again_after_some_were_killed(tmp_path: Path, samples: Path) -> None:
    image = (samples / "receipt.png").read_bytes()
    with running_stack(tmp_path, "--full", "--no-triton", "--json") as stack:
        await asyncio.to_thread(stack.wait_for, READY)
        told = json.loads(stack.out_path.read_text())
        assert told["pids"].keys() == OURS | OTHERS
        events = KafkaLog(told["settings"]["OCR_KAFKA_BOOTSTRAP"])
        async with grpc.aio.insecure_channel(told["grpc"]) as channel:
            jobs = JobServiceStub(channel)
            await _until_told(events, await _finished(jobs, image))

            killed = ["PostgreSQL", "worker 1"]
            for part in killed:
                os.kill(told["pids"][part], signal.SIGKILL)
            await eventually(lambda: all(_logged(stack, "stack.down", part) for part in killed), within_s=BACK_WITHIN_S)
            await _until_told(events, await _finished(jobs, image))
            for part in killed:
                first, second = _logged(stack, "stack.up", part)
                assert first["address"] == second["address"]
                assert first["pid"] != second["pid"]

        children = stack.children()
        stack.process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(stack.process.wait, 60) == 0
    assert "Traceback" not in stack.log
    assert told["settings"]["OCR_S3_SECRET_KEY"] not in stack.log
    assert not any(runs(child.pid) for child in children)


def test_two_stacks_do_not_share_a_folder(tmp_path: Path) -> None:
    (tmp_path / "data/stack").mkdir(parents=True)
    with (tmp_path / "data/stack/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with running_stack(tmp_path, "--full", "--no-triton") as stack:
            assert stack.process.wait(60) == 1
    assert "another stack runs in" in stack.log
    assert "Traceback" not in stack.log


def test_a_missing_environment_is_told_with_the_way_out(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    with running_stack(tmp_path, "--full", "--no-triton", OCR_SERVERS_ENVIRONMENT=nowhere) as stack:
        assert stack.process.wait(60) == 1
    assert "setup-servers.sh" in stack.log
    assert "Traceback" not in stack.log


async def _finished(jobs: JobServiceStub, image: bytes) -> str:
    """Submit the image and watch it succeed; until then calls may only fail in the way that says: try again."""
    request_id = str(uuid.uuid4())
    async with asyncio.timeout(BACK_WITHIN_S):
        while True:
            try:
                job = await jobs.SubmitJob(SubmitJobRequest(image=image, request_id=request_id))
                events = [event async for event in jobs.WatchJob(WatchJobRequest(job_id=job.job_id))]
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
                await asyncio.sleep(0.2)
            else:
                assert events[-1].state == Job.SUCCEEDED
                return str(job.job_id)


async def _until_told(events: KafkaLog, job_id: str) -> None:
    """Wait until all that is to be told of a job that succeeded has been."""
    told: set[str] = set()
    async with asyncio.timeout(BACK_WITHIN_S):
        while told != {"ocr.document.completed", "ocr.usage.recorded"}:
            attributes = [to_cloud_event(record).attributes for record in await events.records()]
            told = {one["type"] for one in attributes if one["subject"] == job_id}


def _logged(stack: Stack, event: str, part: str) -> list[dict[str, Any]]:
    """What the stack has logged of this kind about a part."""
    lines = [json.loads(line) for line in stack.log.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event and line.get("part") == part]
