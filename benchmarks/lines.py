"""Read the same lines with our recognizers and others, in turn, and compare: ``python -m benchmarks.lines``.

Receipts and invoices come from ``--data``; lines in typefaces that training never saw are drawn beforehand by
``python -m benchmarks.typeface_lines``. Everyone runs on one thread in a process of its own and reads a block of lines
at a time, each block another one first.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks.contenders import Contender, open_reader
from benchmarks.dataset import REPOSITORY
from benchmarks.line_domains import Domain, TrueLine, find_domains
from benchmarks.line_scores import LineScore, score
from benchmarks.peers_environment import prepare_peers
from benchmarks.process_cost import cpu_s
from benchmarks.readers.lines import OURS, PEERS
from benchmarks.report import write

BASELINE = "PP-OCRv6 small"
BLOCK_LINES = 50
COLUMNS = ("CER cased", "CER", "tight", "exact", "31-80", "word F1", "ECE", "runaway", "CPU ms", "to v6 small")


def main() -> None:
    options = _parse_arguments()
    console = Console(stderr=True)
    results: dict[str, dict[str, Any]] = {}
    with ExitStack() as stack:
        contenders, absent = _open_all(options.only or (*OURS, *PEERS), stack, console)
        domains = find_domains(options.data, options.limit)
        if options.domains:
            domains = [domain for domain in domains if domain.name.startswith(tuple(options.domains))]
        for domain in domains:
            results[domain.name] = _compare(domain, contenders, console)
            Console(width=110).print(_as_table(domain, results[domain.name]))
    versions = {name: contender.version for name, contender in contenders.items()}
    written = write(options.name, {"threads": 1, "contenders": versions, "absent": absent, "domains": results})
    console.print(f"written to {written.relative_to(REPOSITORY)}")


def _open_all(names: Sequence[str], stack: ExitStack, console: Console) -> tuple[dict[str, Contender], dict[str, str]]:
    """Start who can be started; say of the others why not."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}
    contenders: dict[str, Contender] = {}
    absent: dict[str, str] = {}
    for name in names:
        try:
            python = sys.executable if name in OURS else str(prepare_peers())
            command = [python, "-m", "benchmarks.readers.lines", name]
            contenders[name] = stack.enter_context(open_reader(command, environment))
        except (RuntimeError, OSError) as error:
            absent[name] = str(error).strip() or type(error).__name__
            console.print(f"[yellow]{name} is absent:[/yellow] {error}", highlight=False)
    return contenders, absent


def _compare(domain: Domain, contenders: Mapping[str, Contender], console: Console) -> dict[str, Any]:
    """Let all read a domain; figures of each."""
    starts = range(0, len(domain.lines), BLOCK_LINES)
    blocks = [domain.lines[start : start + BLOCK_LINES] for start in starts]
    read: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    cpu_ms: defaultdict[str, list[float]] = defaultdict(list)
    names = list(contenders)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(domain.name, total=(len(blocks) + 1) * len(names))
        for turn, block in enumerate([blocks[0], *blocks]):  # the first one twice: it warms up
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                before_s = cpu_s(contenders[name].pid)
                found = _read(contenders[name], block)
                if turn:
                    cpu_ms[name].append(1000 * (cpu_s(contenders[name].pid) - before_s) / len(block))
                    read[name].extend(found)
                progress.advance(task)
    figures = {}
    for name in names:
        result = score(domain, [text for text, _ in read[name]], [confidence for _, confidence in read[name]])
        figures[name] = {**_rounded(result), "cpu_ms": round(median(cpu_ms[name]), 2)}
        if BASELINE in names:
            ratios = [mine / theirs for mine, theirs in zip(cpu_ms[name], cpu_ms[BASELINE], strict=True)]
            figures[name]["cpu_ratio"] = round(median(ratios), 3)
    return figures


def _read(contender: Contender, lines: Sequence[TrueLine]) -> list[tuple[str, float]]:
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as block:
        block.write("\n".join(str(line.path) for line in lines))
        block.flush()
        return [(text, confidence) for text, confidence in json.loads(contender.read(Path(block.name)))]


def _rounded(found: LineScore) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(found).items()}


def _as_table(domain: Domain, figures: Mapping[str, Mapping[str, Any]]) -> Table:
    lines = next(iter(figures.values()))
    title = f"{domain.name}: {lines['lines']} lines, {lines['long_lines']} of 31 to 80 characters"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True)
    table.add_column("", no_wrap=True)
    for column in COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    for name, one in figures.items():
        cased = "-" if one["cer_cased"] is None else f"{one['cer_cased']:.2%}"
        rates = f"{one['cer']:.2%}", f"{one['cer_tight']:.2%}"
        shares = (f"{one[key]:.3f}" for key in ("exact", "exact_long", "word_f1", "ece"))
        ratio = f"{one['cpu_ratio']:.2f}" if "cpu_ratio" in one else "-"
        table.add_row(name, cased, *rates, *shares, str(one["runaway"]), f"{one['cpu_ms']:.1f}", ratio)
    return table


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = REPOSITORY.parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=shared, help="folder with sroie/eval and invoices")
    parser.add_argument("--limit", type=int, default=2_000, help="lines of each domain; 0: all (default: %(default)s)")
    parser.add_argument("--only", nargs="+", choices=[*OURS, *PEERS], help="who takes part")
    parser.add_argument("--domains", nargs="+", help="beginnings of names of domains: receipts, typefaces, invoices")
    parser.add_argument("--name", default="lines", help="name of the file under results/")
    return parser.parse_args()


if __name__ == "__main__":
    main()
