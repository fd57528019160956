"""What a job costs besides its reading: ``python -m benchmarks.jobs``.

The product's own processes, with models that read next to nothing, on real servers: PostgreSQL (with fsync), Valkey
(with AOF), a Kafka-protocol broker, and images in Swift by S3 or in a folder. First one caller, one job after another,
from SubmitJob to the terminal event of WatchJob; then many callers, each of whom submits and watches one job after
another; then batches, from SubmitBatch to the terminal event of WatchBatch.
"""

import argparse
import asyncio
import itertools
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from io import BytesIO
from pathlib import Path
from statistics import median, quantiles

import grpc
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.report import write
from ocr_server._pb.ocr.v1.job_pb2 import Job
from ocr_server._pb.ocr.v1.job_service_pb2 import (
    BatchItem,
    SubmitBatchRequest,
    SubmitJobRequest,
    WatchBatchRequest,
    WatchJobRequest,
)
from ocr_server._pb.ocr.v1.job_service_pb2_grpc import JobServiceStub
from ocr_server.adapters.production.postgres_migrations import migrate
from ocr_server.stack.kafka_process import run_kafka
from ocr_server.stack.postgres_process import run_postgres
from ocr_server.stack.redis_process import run_redis
from ocr_server.stack.swift_process import run_swift
from tests.chaos.servers import ENVIRONMENT, OcrProcess
from tests.swift_fixture import images_in

JOBS_AT_A_TIME = 8


async def main() -> None:
    """Measure, show, write results/jobs.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.jobs", description=__doc__)
    parser.add_argument("--jobs", type=int, default=200, help="one after another")
    parser.add_argument("--seconds", type=float, default=10.0, help="of many at a time")
    parser.add_argument("--callers", type=int, default=32, help="jobs under way at a time then")
    parser.add_argument("--batch", type=int, default=400, help="images of each of two batches")
    parser.add_argument("--only", choices=("folder", "s3"), help="where images are kept")
    given = parser.parse_args()
    console, results = Console(), {}
    columns = (
        "images in",
        "p50 ms",
        "p95 ms",
        f"jobs/s, {given.callers} callers",
        f"jobs/s, 2 batches of {given.batch}",
    )
    table = Table(*columns, title="A job that reads next to nothing")
    for images in ("folder", "s3"):
        if given.only in (None, images):
            async with system(images) as target, grpc.aio.insecure_channel(target) as channel:
                stub = JobServiceStub(channel)
                for _ in range(20):
                    await one_job(stub)
                alone_s = [await one_job(stub) for _ in track(range(given.jobs), f"{images}: one at a time")]
                results[images] = {
                    "p50_ms": median(alone_s) * 1e3,
                    "p95_ms": quantiles(alone_s, n=20)[-1] * 1e3,
                    "jobs_per_s": await many_callers(stub, given.callers, given.seconds),
                    "batch_jobs_per_s": await batches(stub, given.batch),
                }
            table.add_row(images, *(f"{figure:.1f}" for figure in results[images].values()))
    console.print(table)
    write("jobs", results)


async def many_callers(stub: JobServiceStub, callers: int, seconds: float) -> float:
    """Jobs a second, of so many who submit and watch one after another."""
    ended = 0
    began_s = time.perf_counter()

    async def call() -> None:
        nonlocal ended
        while time.perf_counter() < began_s + seconds:
            await one_job(stub)
            ended += 1

    await asyncio.gather(*(call() for _ in range(callers)))
    return ended / (time.perf_counter() - began_s)


async def batches(stub: JobServiceStub, items: int) -> float:
    """Jobs a second of two batches at a time."""

    async def one_batch() -> None:
        request = SubmitBatchRequest(items=[BatchItem(image=picture()) for _ in range(items)])
        batch = await stub.SubmitBatch(request)
        watched = [event async for event in stub.WatchBatch(WatchBatchRequest(batch_id=batch.batch_id))]
        assert watched[-1].counts.succeeded == items, watched[-1].counts

    began_s = time.perf_counter()
    await asyncio.gather(one_batch(), one_batch())
    return 2 * items / (time.perf_counter() - began_s)


_numbers = itertools.count()


def picture() -> bytes:
    """A small PNG, another one each time."""
    number, file = next(_numbers), BytesIO()
    Image.new("RGB", (64, 64), (number % 251, number // 251 % 251, number // 251**2)).save(file, "PNG")
    return file.getvalue()


async def one_job(stub: JobServiceStub) -> float:
    """Submit a job, watch it to its end, and return the seconds this took."""
    image = picture()
    began_s = time.perf_counter()
    job = await stub.SubmitJob(SubmitJobRequest(image=image))
    state = None
    async for event in stub.WatchJob(WatchJobRequest(job_id=job.job_id)):
        state = event.state
    assert state == Job.SUCCEEDED, state
    return time.perf_counter() - began_s


@asynccontextmanager
async def system(images: str) -> AsyncIterator[str]:
    """All servers, one process of ours that serves and works, and a worker; yields where the first takes calls."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ocr-jobs-")))
        postgres = await stack.enter_async_context(run_postgres(ENVIRONMENT, data_dir=folder / "postgres"))
        redis = await stack.enter_async_context(run_redis(ENVIRONMENT, data_dir=folder / "redis"))
        kafka = await stack.enter_async_context(run_kafka(ENVIRONMENT))
        await migrate(postgres.url)
        settings = {
            "OCR_DATABASE_URL": postgres.url,
            "OCR_REDIS_URL": redis.url,
            "OCR_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "OCR_DATA_DIR": str(folder / "data"),
            "OCR_LOG_LEVEL": "WARNING",
            "OCR_JOB_WORKERS": str(JOBS_AT_A_TIME),
            "OCR_LIMITS__MAX_RUNNING": str(JOBS_AT_A_TIME + 1),
        }
        if images == "s3":
            swift = await stack.enter_async_context(run_swift(ENVIRONMENT))
            settings |= images_in(swift)
        target = await started(stack, "serve", settings, folder)
        await started(stack, "work", settings, folder)
        yield target


async def started(stack: AsyncExitStack, command: str, settings: dict[str, str], folder: Path) -> str:
    """Start a process of ours; return where it takes calls if it serves."""
    process = OcrProcess(command, command, settings, folder / f"{command}.log", module="benchmarks.noop_server")
    stack.push_async_callback(process.kill)
    await process.start()
    return process.address


if __name__ == "__main__":
    asyncio.run(main())
