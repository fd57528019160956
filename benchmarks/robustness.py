"""What input that means harm costs this server: time, memory, descriptors and threads, seen from outside.

    python -m benchmarks.robustness [--fuzz 500] [--seed 0]

Sends one file after the other to a server process of its own, with ``--fuzz`` damaged copies of valid files at the
end. A refusal must cost no more than 2 s, no request may add more than 512 MiB, and the server must be as it was after
all: same process, no more descriptors and threads than after a first round. Exits with 1 if any of it fails.

Time is CPU time of the server and its children, since wall time depends on who else runs; that is there too. Memory
is how far resident memory rose above what was held before the call: the server's alone (VmHWM, reset before each),
or the server's and its children's together (sampled), whichever is more. A large page comes first, so that what
the models take for it once is not laid to the input's charge; what the detector takes for its closer look at small
text is.
"""

import argparse
import asyncio
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import grpc
import numpy as np
import psutil
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.process_cost import cpu_s, peak_bytes
from benchmarks.report import write
from benchmarks.server_process import running_server
from ocr_server._pb.ocr.v1.ocr_service_pb2 import RecognizeRequest
from ocr_server._pb.ocr.v1.ocr_service_pb2_grpc import OcrServiceStub
from tests.hostile_files import DAMAGES, ODD, REFUSED, damage
from tests.unit.pipeline.image_files import FORMATS, encode, page, small_file, variants

MAX_REFUSAL_S = 2.0
MAX_GROWTH_MIB = 512
_SAMPLE_S = 0.002


@dataclass(frozen=True, slots=True)
class Case:
    """A file, and whether it must be refused, must be read, or may be either."""

    name: str
    group: str
    build: Callable[[], bytes]
    outcomes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one call came to."""

    name: str
    group: str
    outcome: str
    message: str
    cpu_s: float
    wall_s: float
    growth_mib: float
    is_fine: bool


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a process holds."""

    descriptors: int
    threads: int
    rss_mib: float


def cases(fuzz: int, seed: int) -> Iterator[Case]:
    """All that is sent."""
    refused, read = ("INVALID_ARGUMENT",), ("OK",)
    yield from (Case(name, "refused", build, refused) for name, build in REFUSED.items())
    yield from (Case(name, "odd", build, read) for name, build in ODD.items())
    for image_format in ("JPEG", "PNG", "WebP", "TIFF", "HEIC"):
        yield Case(f"40 megapixel {image_format}", "large", lambda name=image_format: _large(name), read)  # type: ignore[misc]
    rng = random.Random(seed)
    for number in range(fuzz):
        content = _damaged(rng, FORMATS[number % len(FORMATS)])
        name = f"fuzzed {FORMATS[number % len(FORMATS)]} {number}"
        yield Case(name, "fuzzed", lambda content=content: content, refused + read)  # type: ignore[misc]


def _large(image_format: str) -> bytes:
    """The largest picture that is let in, of coloured squares."""
    noise = np.random.default_rng(0).integers(0, 255, (250, 400, 3), dtype=np.uint8)
    picture = Image.fromarray(noise).resize((8000, 5000), Image.Resampling.NEAREST)
    options: dict[str, dict[str, object]] = {
        "JPEG": {"progressive": True},
        "TIFF": {"compression": "jpeg"},
        "PNG": {"compress_level": 1},
    }
    return encode(picture, image_format, **options.get(image_format, {}))


def _damaged(rng: random.Random, image_format: str) -> bytes:
    content = rng.choice(variants(image_format))
    for _ in range(rng.choice((1, 1, 2, 3, 5, 8))):
        position = rng.randrange(rng.choice((256, 1 << 20)))
        content = damage(content, rng.choice(DAMAGES), position, rng.randint(1, 64), rng.randbytes(rng.randint(1, 8)))
    return content


async def send(case: Case, stub: OcrServiceStub, server: psutil.Process) -> Cost:
    """Send one file and watch."""
    content = case.build()
    outcome, message = "OK", ""
    with _peak_growth_mib(server) as growth_mib:
        began_s, began_cpu_s = time.perf_counter(), cpu_s(server.pid)
        try:
            await stub.Recognize(RecognizeRequest(image=content), timeout=60)
        except grpc.aio.AioRpcError as error:
            outcome, message = error.code().name, error.details() or ""
        wall_s, spent_s = time.perf_counter() - began_s, cpu_s(server.pid) - began_cpu_s
    in_time = outcome == "OK" or spent_s <= MAX_REFUSAL_S
    is_fine = outcome in case.outcomes and in_time and growth_mib[0] <= MAX_GROWTH_MIB
    growth = round(growth_mib[0], 1)
    return Cost(case.name, case.group, outcome, message, round(spent_s, 2), round(wall_s, 3), growth, is_fine)


@contextmanager
def _peak_growth_mib(server: psutil.Process) -> Iterator[list[float]]:
    """Put into the list how far memory rises during the block."""
    growth: list[float] = []
    Path(f"/proc/{server.pid}/clear_refs").write_text("5", encoding="ascii")  # VmHWM begins anew
    before, children_before = _rss_mib(server), _children_mib(server)
    together_peak, over = 0.0, threading.Event()

    def sample() -> None:
        nonlocal together_peak
        while not over.wait(_SAMPLE_S):
            together_peak = max(together_peak, _rss_mib(server) + _children_mib(server))

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield growth
    finally:
        over.set()
        sampler.join()
        growth.append(max(peak_bytes(server.pid) / 2**20 - before, together_peak - before - children_before))


def _rss_mib(server: psutil.Process) -> float:
    return float(server.memory_info().rss) / 2**20


def _children_mib(server: psutil.Process) -> float:
    total = 0.0
    for child in server.children():
        with suppress(psutil.NoSuchProcess):
            total += child.memory_info().rss / 2**20
    return total


def footprint(server: psutil.Process) -> Footprint:
    """Descriptors, threads and memory now."""
    return Footprint(server.num_fds(), server.num_threads(), round(_rss_mib(server), 1))


async def measure(fuzz: int, seed: int) -> tuple[list[Cost], Footprint, Footprint]:
    """Send everything; return the costs, and what the server held before and after."""
    with running_server() as running:
        server = psutil.Process(running.pid)
        async with grpc.aio.insecure_channel(running.target) as channel:
            stub = OcrServiceStub(channel)
            for content in (
                encode(page(1600, 1600).resize((2400, 2400)), "PNG"),
                *map(small_file, FORMATS),
            ):  # models take their memory once
                await stub.Recognize(RecognizeRequest(image=content))
            before = footprint(server)
            total = len(REFUSED) + len(ODD) + 5 + fuzz
            costs = [await send(case, stub, server) for case in track(cases(fuzz, seed), "sending", total=total)]
            for image_format in FORMATS:  # it still serves
                await stub.Recognize(RecognizeRequest(image=small_file(image_format)))
            return costs, before, footprint(server)


def show(costs: list[Cost], before: Footprint, after: Footprint) -> Table:
    """The named cases one by one, the fuzzed ones summed up by outcome."""
    table = Table("input", "answer", "CPU s", "wall s", "MiB", "what the caller is told", title="Input that means harm")
    for cost in costs:
        if cost.group != "fuzzed" or not cost.is_fine:
            style = "" if cost.is_fine else "bold red"
            row = cost.name, cost.outcome, f"{cost.cpu_s:.2f}", f"{cost.wall_s:.2f}", f"{cost.growth_mib:.0f}"
            table.add_row(*row, cost.message, style=style)
    table.add_section()
    for outcome in sorted({cost.outcome for cost in costs if cost.group == "fuzzed"}):
        group = [cost for cost in costs if (cost.group, cost.outcome) == ("fuzzed", outcome)]
        worst = (max(getattr(cost, name) for cost in group) for name in ("cpu_s", "wall_s", "growth_mib"))
        table.add_row(f"{len(group)} fuzzed", outcome, *(f"<= {value:.2f}" for value in worst), "")
    for name, held in (("before", before), ("after", after)):
        told = f"{held.descriptors} descriptors, {held.threads} threads, {held.rss_mib:.0f} MiB resident"
        table.add_row(f"server {name}", "", "", "", "", told)
    return table


async def main() -> int:
    """Measure, show, write; 1 if a bound was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fuzz", type=int, default=500, help="how many damaged files")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    costs, before, after = await measure(arguments.fuzz, arguments.seed)
    Console().print(show(costs, before, after))
    nothing_leaks = after.descriptors <= before.descriptors and after.threads <= before.threads
    result = {
        "seed": arguments.seed,
        "refused_cpu_s_max": max(cost.cpu_s for cost in costs if cost.outcome != "OK"),
        "refused_wall_s_max": max(cost.wall_s for cost in costs if cost.outcome != "OK"),
        "growth_mib_max": max(cost.growth_mib for cost in costs),
        "broken_bounds": [cost.name for cost in costs if not cost.is_fine],
        "server_before": asdict(before),
        "server_after": asdict(after),
        "cases": [asdict(cost) for cost in costs],
    }
    write("robustness", result)
    return 0 if nothing_leaks and not result["broken_bounds"] else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
