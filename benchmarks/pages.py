"""Read the same pages with this server and with others, in turn, and compare: ``python -m benchmarks.pages``.

Every contender runs in a process of its own with the same limit of threads. Page by page all of them read, each time
another one first, so whatever else the machine does hits all alike. README.md says what is measured.
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.contenders import NAMES, OURS, POINTS, Contender, open_contender
from benchmarks.curve import draw_curve
from benchmarks.dataset import REPOSITORY, SAMPLES, TruePage, find_pages, spread
from benchmarks.process_cost import cpu_s
from benchmarks.report import Reading, Record, as_table, summarize, write
from benchmarks.scoring import count_words

RECEIPTS = REPOSITORY.parent / "shared" / "data" / "sroie" / "eval"
WARM_UP_PAGES = 2


def main() -> None:
    options = _parse_arguments()
    pages = spread(find_pages(options.data), options.limit)
    console = Console(stderr=True)
    with ExitStack() as stack:
        contenders, absent = _open_all(options.only or NAMES, options.threads, stack, console)
        readings = _read_in_turn(contenders, pages, console)
        records = {
            name: Record(contender.version, contender.startup, contender.peak_bytes(), readings[name])
            for name, contender in contenders.items()
        }
    summary = summarize(records, absent)
    title = f"{len(pages)} pages of {options.data.name}, {options.threads} thread(s) each"
    Console().print(as_table(summary, title))
    written = write(
        options.name, {"data": options.data.name, "pages": len(pages), "threads": options.threads, **summary}
    )
    picture = written.with_suffix(".svg")
    picture.write_text(draw_curve(summary["contenders"], OURS, POINTS, title), encoding="utf-8")
    for path in (written, picture):
        console.print(f"written to {path.relative_to(REPOSITORY)}")


def _open_all(
    names: Sequence[str], threads: int, stack: ExitStack, console: Console
) -> tuple[dict[str, Contender], dict[str, str]]:
    """Start who can be started; say of the others why not."""
    contenders: dict[str, Contender] = {}
    absent: dict[str, str] = {}
    for name in names:
        with console.status(f"starting {name} ..."):
            try:
                contenders[name] = stack.enter_context(open_contender(name, threads))
            except (RuntimeError, OSError) as error:
                absent[name] = str(error).strip() or type(error).__name__
                console.print(f"[yellow]{name} is absent:[/yellow] {error}", highlight=False)
    return contenders, absent


def _read_in_turn(
    contenders: Mapping[str, Contender], pages: Sequence[TruePage], console: Console
) -> dict[str, list[Reading]]:
    readings: dict[str, list[Reading]] = {name: [] for name in contenders}
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("warm up", total=(WARM_UP_PAGES + len(pages)) * len(contenders))
        for turn, page in enumerate([*pages[:WARM_UP_PAGES], *pages]):
            for name in _rotated(list(contenders), turn):
                progress.update(task, description=f"{name:20}", refresh=True)
                reading = _measure(contenders[name], page)
                if turn >= min(WARM_UP_PAGES, len(pages)):
                    readings[name].append(reading)
                progress.advance(task)
    return readings


def _rotated(names: list[str], turn: int) -> list[str]:
    first = turn % max(len(names), 1)
    return names[first:] + names[:first]


def _measure(contender: Contender, page: TruePage) -> Reading:
    cpu_before_s, wall_before_s = cpu_s(contender.pid), time.perf_counter()
    text = contender.read(page.path)
    wall_s = time.perf_counter() - wall_before_s
    return Reading(count_words(text, page.text), cpu_s(contender.pid) - cpu_before_s, wall_s)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = RECEIPTS if RECEIPTS.is_dir() else SAMPLES
    parser.add_argument("--data", type=Path, default=default, help="a folder of receipts (default: %(default)s)")
    parser.add_argument("--limit", type=int, default=0, help="read so many pages, spread evenly over all")
    parser.add_argument("--only", nargs="+", choices=NAMES, help="who takes part")
    parser.add_argument("--threads", type=int, default=1, help="threads for each one's work")
    parser.add_argument("--name", default="pages", help="name of the file under results/")
    options = parser.parse_args()
    options.data = options.data.resolve()
    return options


if __name__ == "__main__":
    main()
