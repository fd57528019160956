"""Many calls at once against one server: ``python -m benchmarks.load``. None may be lost, memory must stay bounded.

First every call is made once: each must end OK, or RESOURCE_EXHAUSTED with a RetryInfo. Then every call comes back
when its RetryInfo says so, until all are OK. The exit code is 1 if a call ended in any other way.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import grpc
from grpc_status import rpc_status
from rich.console import Console

from benchmarks.dataset import SAMPLES, find_pages
from benchmarks.process_cost import cpu_s
from benchmarks.report import write
from benchmarks.server_process import ServerProcess, running_server
from ocr_server._pb.ocr.v1.ocr_service_pb2 import RecognizeRequest
from ocr_server._pb.ocr.v1.ocr_service_pb2_grpc import OcrServiceStub
from ocr_server.grpc_api.status import retry_after_s

MAX_TRIES = 200

Call = Callable[[bytes], Awaitable[str]]


async def main() -> int:
    options = _parse_arguments()
    images = [page.path.read_bytes() for page in find_pages(options.data)]
    calls = list(islice(cycle(images), options.calls))
    with running_server() as server:
        channel_options = [("grpc.max_receive_message_length", -1)]
        async with grpc.aio.insecure_channel(server.target, options=channel_options) as channel:
            stub = OcrServiceStub(channel)
            await stub.Recognize(RecognizeRequest(image=images[0]))  # warm-up
            figures = {
                "calls": options.calls,
                "once": await _measure(lambda image: _call(stub, image), calls, server),
                "with_retry": await _measure(lambda image: _call_until_served(stub, image), calls, server),
            }
    console = Console()
    for name in ("once", "with_retry"):
        console.print(f"[bold]{name}[/bold]", figures[name])
    Console(stderr=True).print(f"written to {write('load', figures).name}")
    lost = set(figures["once"]["ended"]) - {"OK", "RESOURCE_EXHAUSTED"} | set(figures["with_retry"]["ended"]) - {"OK"}
    if lost:
        print(f"lost calls: {lost}", file=sys.stderr)
    return 1 if lost else 0


async def _measure(call: Call, images: Sequence[bytes], server: ServerProcess) -> dict[str, Any]:
    """Make all calls at once. Latencies are of calls that ended OK, waits between tries included."""
    cpu_before_s, started_s = cpu_s(server.pid), time.perf_counter()

    async def timed(image: bytes) -> tuple[str, float]:
        return await call(image), time.perf_counter() - started_s

    ends = await asyncio.gather(*(timed(image) for image in images))
    wall_s = time.perf_counter() - started_s
    served_s = [latency_s for code, latency_s in ends if code == "OK"]
    return {
        "ended": dict(Counter(code for code, _ in ends)),
        "pages_per_s": round(len(served_s) / wall_s, 3),
        "latency_s_p50": round(median(served_s), 2),
        "latency_s_p95": round(quantiles(served_s, n=20)[-1], 2),
        "cpu_s_per_page": round((cpu_s(server.pid) - cpu_before_s) / len(served_s), 3),
        "peak_mib": round(server.peak_rss_bytes / 2**20),
    }


async def _call(stub: OcrServiceStub, image: bytes) -> str:
    """Make one call; return how it ended. A refusal that does not say when to come back is named so."""
    try:
        await stub.Recognize(RecognizeRequest(image=image))
    except grpc.aio.AioRpcError as error:
        refused = error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        if refused and _wait_s(error) is None:
            return "RESOURCE_EXHAUSTED without RetryInfo"
        return str(error.code().name)
    return "OK"


async def _call_until_served(stub: OcrServiceStub, image: bytes) -> str:
    for _ in range(MAX_TRIES):
        try:
            await stub.Recognize(RecognizeRequest(image=image))
        except grpc.aio.AioRpcError as error:
            wait_s = _wait_s(error)
            if wait_s is None:
                return str(error.code().name)
            await asyncio.sleep(wait_s)
        else:
            return "OK"
    return f"refused {MAX_TRIES} times"


def _wait_s(error: grpc.aio.AioRpcError) -> float | None:
    status = rpc_status.from_call(error)
    return retry_after_s(status) if status else None


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SAMPLES, help="a folder of pages, sent in turn")
    parser.add_argument("--calls", type=int, default=32, help="calls made at the same time")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
