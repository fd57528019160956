"""What serving by Triton costs and gains: ``python -m benchmarks.triton``.

pages    The whole pipeline with its models in this process, and with the same models on Triton, on the same two cores.
models   Each bare model on Triton, under the load of NVIDIA's perf_analyzer, which is fetched the first time.
lines    Ways for lines to reach TrOCR on Triton: one a request (serial), in the batches that the server plans
         (planned), one a request that Triton's dynamic batcher joins (dynamic), one a request that joins and leaves
         between the decoder's runs (in-flight).

Callers wait for an answer before they ask again, 1 to 64 of them at a time. Contenders take turns in blocks of the same
pages. Tritons are started for it, and ended with it. README.md says how to read the figures.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.dataset import REPOSITORY, SAMPLES, find_pages, spread
from benchmarks.pages import RECEIPTS
from benchmarks.report import write
from benchmarks.triton.line_contenders import SERVED
from benchmarks.triton.lines import compare_lines
from benchmarks.triton.models import measure_models
from benchmarks.triton.page_parts import PageParts, take_apart
from benchmarks.triton.pages import ON_TRITON, compare_pages
from benchmarks.triton.perf_analyzer import PerfAnalyzer
from benchmarks.triton.picture import Panel, draw
from benchmarks.triton.tables import tables
from ocr_server.settings import Settings
from ocr_server.stack.environment import TritonStartError
from ocr_server.stack.triton_process import run_triton

PARTS = ("pages", "models", "lines")
# Contenders need several rounds to be compared; a bare model has nobody beside it.
_MODELS_SHARE = 1 / 3
_CALLERS = (1, 4, 16, 64)
_BAR_CALLERS = 8  # where pages through Triton must come at .90 of the speed in process


def main() -> None:
    options = _parse_arguments()
    # Threads and child processes inherit it: everything that is measured shares the same cores.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    paths = [page.path for page in spread(find_pages(options.data), options.limit)]
    console = Console(stderr=True)
    columns = TextColumn("{task.description:32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    try:
        with Progress(*columns, console=console) as progress:
            found = asyncio.run(_measure(options, paths, progress))
    except TritonStartError as error:
        sys.exit(str(error))
    except asyncio.CancelledError:
        sys.exit("stopped; nothing is written")
    title = f"{len(paths)} pages of {options.data.name}, {len(os.sched_getaffinity(0))} cores"
    for table in tables(found, title):
        Console(width=110).print(table)
    about = {"data": options.data.name, "images": len(paths), "seconds": options.seconds}
    written = [write(options.name, {**about, **found})]
    if panels := _panels(found):
        written.append(written[0].with_suffix(".svg"))
        written[1].write_text(draw(f"99th percentile of latency over throughput: {title}", panels), encoding="utf-8")
    for path in written:
        console.print(f"written to {path.relative_to(REPOSITORY)}")


async def _measure(options: argparse.Namespace, paths: list[Path], progress: Progress) -> dict[str, Any]:
    task = asyncio.current_task()
    assert task is not None
    for name in (signal.SIGINT, signal.SIGTERM):  # either ends in order what was started
        asyncio.get_running_loop().add_signal_handler(name, task.cancel)
    settings = Settings()
    environment, repository = settings.triton_environment, settings.model_repository
    parts, callers, seconds = options.only, options.callers, options.seconds
    pieces = _take_apart(paths, repository, progress) if {"models", "lines"} & set(parts) else []
    found: dict[str, Any] = {}
    if {"pages", "models"} & set(parts):
        with tempfile.TemporaryDirectory(prefix="bench-triton-") as folder:
            async with run_triton(environment, repository, log_path=Path(folder) / "triton.log") as triton:
                await triton.wait_ready()
                if "pages" in parts:
                    images = [path.read_bytes() for path in paths]
                    found["pages"] = await compare_pages(
                        triton.url, images, sorted({*callers, _BAR_CALLERS}), seconds, progress
                    )
                if perf_analyzer := await _prepare(environment, progress) if "models" in parts else None:
                    found["models"] = await measure_models(
                        triton.url, perf_analyzer, pieces, callers, seconds * _MODELS_SHARE, progress
                    )
    if "lines" in parts:
        found["lines"] = await compare_lines(environment, repository, pieces, callers, seconds, progress)
    return found


def _take_apart(paths: list[Path], repository: Path, progress: Progress) -> list[PageParts]:
    task = progress.add_task("cutting lines out", total=len(paths))
    return list(progress.track(take_apart(paths, repository), total=len(paths), task_id=task))


async def _prepare(environment: Path, progress: Progress) -> PerfAnalyzer | None:
    try:
        return await asyncio.to_thread(PerfAnalyzer.prepare, environment)
    except RuntimeError as error:
        progress.console.print(f"[yellow]perf_analyzer is absent:[/yellow] {error}", highlight=False)
        return None


def _panels(found: dict[str, Any]) -> list[Panel]:
    told = {
        "pages": ("whole pages; at the right, how many at a time", "pages/s", ON_TRITON),
        "lines": ("lines of so many pages at a time, by TrOCR", "lines/s", SERVED),
    }
    return [Panel(*told[part], found[part]["contenders"]) for part in told if part in found]


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.triton", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = RECEIPTS if RECEIPTS.is_dir() else SAMPLES
    parser.add_argument("--data", type=Path, default=default, help="a folder of pages (default: %(default)s)")
    parser.add_argument(
        "--limit", type=int, default=24, help="so many pages, spread evenly; 0: all (default: %(default)s)"
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="which parts")
    parser.add_argument(
        "--seconds",
        type=float,
        default=15.0,
        help="for each contender at each concurrency, a third of it for each bare model (default: %(default)s); where"
        " callers wait longer than that, they get twice their turn",
    )
    parser.add_argument(
        "--callers", type=int, nargs="+", default=list(_CALLERS), help="how many at a time (default: 1 4 16 64)"
    )
    parser.add_argument("--cores", type=int, default=2, help="cores that all share (default: %(default)s)")
    parser.add_argument("--name", default="triton", help="name of the files under results/ (default: %(default)s)")
    options = parser.parse_args()
    options.data = options.data.resolve()
    return options


if __name__ == "__main__":
    main()
