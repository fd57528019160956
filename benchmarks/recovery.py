"""What callers notice while parts of the stack die: ``python -m benchmarks.recovery``.

``ocr-server stack`` runs as a process of its own with a copy of the models, and callers read pages without pause.
Under that load processes are killed, shared memory is filled, and versions of TrOCR are swapped. The exit code is 1 if
an answer was wrong, if a call outlived its deadline or failed in a way that must not be tried again, or if a swap made
any call fail.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.dataset import SAMPLES, find_pages
from benchmarks.report import RESULTS, write
from benchmarks.stack_under_load import CALM_S, Load, Stack, stack_under_load
from ocr_server.adapters.production.model_roles import Roles
from ocr_server.cli.swap import apply

# After a life as long as this, a server that dies is started again at once.
LIVES_S = 16.0
SHARED_MEMORY_MIB = 256
SHARED_MEMORY = Path("/dev/shm")
RETRYABLE = {"UNAVAILABLE", "RESOURCE_EXHAUSTED"}
MODELS_KILLED = ("trocr", "line_detector", "line_recognizer_ctc", "page_orientation")


async def kill_stub(stack: Stack, turn: int) -> float:
    """Kill one process of a model, another model each time."""
    killed = MODELS_KILLED[turn % len(MODELS_KILLED)]
    stubs = [pid for pid, model in stack.stubs().items() if model == killed]
    os.kill(stubs[-1], signal.SIGKILL)
    return await stack.back_after_s(stubs)


async def kill_server(stack: Stack, turn: int) -> float:
    """Kill tritonserver, after a life that is not a short one."""
    await asyncio.sleep(LIVES_S)
    stubs, pid = stack.stubs(), stack.triton_pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return await stack.back_after_s(stubs)


async def fill_shared_memory(stack: Stack, turn: int) -> float:
    """Fill shared memory for some seconds and kill a process meanwhile, whose successor will need some.

    The time counts from when there is room again.
    """
    await asyncio.sleep(LIVES_S)
    filler = SHARED_MEMORY / "filler"
    killed = next(pid for pid, model in stack.stubs().items() if model == "trocr")
    try:
        for second in range(5):  # what is freed meanwhile is taken, too
            with suppress(OSError), filler.open("ab", buffering=0) as file:
                while file.write(bytes(2**16)):
                    pass
            if second == 1:
                os.kill(killed, signal.SIGKILL)
            await asyncio.sleep(1)
    finally:
        filler.unlink()
    return await stack.back_after_s([killed])


FAULTS = {
    "stub": ("kill -9 of a stub", kill_stub),
    "server": ("kill -9 of tritonserver", kill_server),
    "shared_memory": ("/dev/shm full", fill_shared_memory),
}
SECTIONS = (*FAULTS, "swaps", "latency")


async def measure_faults(stack: Stack, fault: Callable[[Stack, int], Awaitable[float]], times: int) -> dict[str, Any]:
    """Let the fault happen so often, with calm between."""
    stack.load.forget()
    back_s = []
    for turn in range(times):
        back_s.append(await fault(stack, turn))
        await asyncio.sleep(CALM_S)
    figures = _ended(stack.load)
    return figures | {"back_after_s_median": round(median(back_s), 2), "back_after_s_worst": round(max(back_s), 2)}


async def measure_swaps(stack: Stack, swaps: int) -> dict[str, Any]:
    """Let version 2 of TrOCR serve, go back to version 1, and so on."""
    stack.load.forget()
    for swap in range(swaps):
        if swap % 2:
            await apply(stack.trocr, stack.url, Roles.rolled_back)
        else:
            await apply(stack.trocr, stack.url, lambda roles: roles.with_loaded(2))
            await apply(stack.trocr, stack.url, lambda roles: roles.promoted(2))
        await asyncio.sleep(CALM_S)  # longer than servers take to hear of it
    return _ended(stack.load) | {"swaps": swaps}


async def measure_latency(stack: Stack, seconds: float) -> dict[str, Any]:
    """How long calls take when nothing fails."""
    stack.load.forget()
    await asyncio.sleep(seconds)
    p50, p99 = (round(float(share), 3) for share in np.percentile(stack.load.latencies_s, (50, 99)))
    return _ended(stack.load) | {"latency_s_p50": p50, "latency_s_p99": p99, "p99_to_p50": round(p99 / p50, 2)}


def _ended(load: Load) -> dict[str, Any]:
    return {
        "requests": load.ended.total(),
        "right": load.ended["right"],
        "retryable": sum(load.ended[code] for code in RETRYABLE),
        "wrong": load.ended["wrong"],
        "other": {how: count for how, count in load.ended.items() if how not in {*RETRYABLE, "right", "wrong"}},
        "longest_s": round(max(load.latencies_s, default=0.0), 1),
    }


async def main(options: argparse.Namespace) -> int:
    images = [page.path.read_bytes() for page in find_pages(options.data)]
    figures: dict[str, Any] = {}
    for name, (title, fault) in FAULTS.items():
        if name in options.only:
            async with stack_under_load(options.callers, images) as stack:
                figures[title] = await measure_faults(stack, fault, options.kills)
    if "swaps" in options.only:
        async with stack_under_load(16, images) as stack:
            figures["swaps of TrOCR, 16 callers"] = await measure_swaps(stack, options.swaps)
    if "latency" in options.only:
        for callers in (8, 16):
            async with stack_under_load(callers, images) as stack:
                figures[f"{callers} callers"] = await measure_latency(stack, options.seconds)
    before = RESULTS / "recovery.json"
    known = json.loads(before.read_text(encoding="utf-8")) if before.exists() else {}
    Console().print(_table(figures))
    write("recovery", {**known, **figures})
    return 0 if all(_is_good(name, one) for name, one in figures.items()) else 1


def _is_good(name: str, figures: dict[str, Any]) -> bool:
    is_calm = "back_after_s_worst" not in figures
    return not figures["wrong"] and not figures["other"] and not (is_calm and figures["retryable"])


def _table(figures: dict[str, dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for title in ("", "requests", "right", "retryable", "wrong", "other", "longest s", "back after s", "p50, p99 s"):
        table.add_column(title, justify="left" if not title else "right")
    for name, one in figures.items():
        back = f"{one['back_after_s_median']}, worst {one['back_after_s_worst']}" if "back_after_s_worst" in one else ""
        latency = f"{one['latency_s_p50']}, {one['latency_s_p99']}" if "latency_s_p50" in one else ""
        counts = [str(one[key]) for key in ("requests", "right", "retryable", "wrong")]
        table.add_row(name, *counts, str(one["other"] or 0), str(one["longest_s"]), back, latency)
    return table


def _with_little_shared_memory() -> None:
    """Run this program again where /dev/shm is small and its own, so that filling it harms nobody else."""
    mount = f'mount -t tmpfs -o size={SHARED_MEMORY_MIB}m tmpfs {SHARED_MEMORY} && exec "$@"'
    program = [sys.executable, "-m", "benchmarks.recovery", "--alone", *sys.argv[1:]]
    os.execvp("unshare", ["unshare", "-m", "sh", "-c", mount, "sh", *program])


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SAMPLES, help="a folder of pages, read in turn")
    parser.add_argument("--callers", type=int, default=8, help="who read while something dies")
    parser.add_argument("--kills", type=int, default=5, help="how often each fault happens")
    parser.add_argument("--swaps", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long latency is measured, each time")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    options = _parse_arguments()
    if "shared_memory" in options.only and not options.alone:
        _with_little_shared_memory()
    sys.exit(asyncio.run(main(options)))
