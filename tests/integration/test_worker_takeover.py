"""A worker that is killed in the middle of a job: another one takes over."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

import grpc

from ocr_server._pb.ocr.v1 import job_pb2
from ocr_server._pb.ocr.v1 import job_service_pb2 as pb
from ocr_server._pb.ocr.v1.job_service_pb2_grpc import JobServiceStub
from ocr_server.stack.redis_process import RedisProcess
from tests.chaos.labels import Fate, draw
from tests.chaos.process import READS_FOR_S
from tests.chaos.servers import OcrProcess

WITHIN_S = 15.0


async def test_another_worker_takes_a_killed_ones_job_within_15_s(
    database: str, redis: RedisProcess, tmp_path: Path
) -> None:
    settings = {
        "OCR_DATABASE_URL": database,
        "OCR_REDIS_URL": redis.url,
        "OCR_DATA_DIR": str(tmp_path / "data"),
    }
    async with AsyncExitStack() as stack:

        async def start(name: str, command: str, reads_for_s: float) -> OcrProcess:
            own = {READS_FOR_S: f"{reads_for_s} {reads_for_s}", "OCR_JOB_WORKERS": "0" if command == "serve" else "1"}
            process = OcrProcess(name, command, settings | own, tmp_path / f"{name}.log")
            stack.push_async_callback(process.kill)
            await process.start()
            return process

        server, first = await asyncio.gather(start("server", "serve", 0.0), start("first", "work", 60.0))
        jobs = JobServiceStub(await stack.enter_async_context(grpc.aio.insecure_channel(server.address)))
        job = await jobs.SubmitJob(pb.SubmitJobRequest(image=draw(1, Fate.READ)))
        events = jobs.WatchJob(pb.WatchJobRequest(job_id=job.job_id))
        seqs, starts_s, killed_s = [], [], 0.0
        async for event in events:
            seqs.append(event.seq)
            if event.state == job_pb2.Job.RUNNING and not event.HasField("progress"):
                starts_s.append(time.monotonic())
                if len(starts_s) == 1:
                    await start("second", "work", 0.1)
                    await first.kill()
                    killed_s = time.monotonic()
        job = await jobs.GetJob(pb.GetJobRequest(job_id=job.job_id))
        assert (job.state, job.attempt) == (job_pb2.Job.SUCCEEDED, 2)
        assert seqs == list(range(1, len(seqs) + 1))
        took_s = starts_s[1] - killed_s
        print(f"killed in the middle of a job; another worker has it after {took_s:.1f} s")
        assert took_s < WITHIN_S
