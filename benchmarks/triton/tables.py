"""Figures as tables to read."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.table import Table

from benchmarks.triton.line_contenders import SERVED
from benchmarks.triton.pages import IN_PROCESS

# Title, key and decimal places of the columns.
_COLUMNS = (
    ("p50 ms", "p50_ms", 0),
    ("p95 ms", "p95_ms", 0),
    ("p99 ms", "p99_ms", 0),
    ("p99/p50", "p99_to_p50", 1),
    ("CPU ms", "cpu_ms", 1),
    ("ratio", "throughput_ratio", 2),
    ("CPU ratio", "cpu_ratio", 2),
    ("extra ms", "extra_ms", 1),
)


def tables(found: Mapping[str, Any], about: str) -> Iterator[Table]:
    """One for each part that was measured. about: of what, on what."""
    if "pages" in found:
        pages = found["pages"]
        yield _table(
            f"Pages: {about}",
            "pages",
            pages["contenders"],
            f"CPU ms: a page, of all processes. Ratios are to {IN_PROCESS}; extra ms: how much longer a page takes. "
            f"{pages['max_running']} pages are read at a time, {pages['max_waiting']} may wait.",
        )
    if "models" in found:
        models = found["models"]
        batches = ", ".join(f"{model} {count}" for model, count in models["lines_a_request"].items())
        yield _table(
            f"Bare models: {about}",
            "answers",
            models["contenders"],
            f"By perf_analyzer. An answer is about a page or a line, a latency a request's. In one: {batches} lines.",
        )
    if "lines" in found:
        lines = found["lines"]
        agreement = ", ".join(f"{name} {share:.2%}" for name, share in lines["agreement"].items())
        yield _table(
            f"Lines of so many pages at a time, read by TrOCR: {about}",
            "lines",
            lines["contenders"],
            f"A line's latency begins when all of its page's lines are there to be read. CPU ms: a line. Ratios are to "
            f"{SERVED}. Lines that read as the server reads them: {agreement}.",
        )


def _table(title: str, unit: str, contenders: Mapping[str, Mapping[str, Mapping[str, Any]]], note: str) -> Table:
    """One row a contender and concurrency. unit: what ``per_s`` counts."""
    table = Table(title=title, title_justify="left", caption_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True)
    table.caption = note
    table.add_column("", no_wrap=True)
    rows = [
        ("" if index else name, at_a_time, one, index == len(by_concurrency) - 1)
        for name, by_concurrency in contenders.items()
        for index, (at_a_time, one) in enumerate(by_concurrency.items())
    ]
    measured = [column for column in _COLUMNS if any(column[1] in one for _, _, one, _ in rows)]
    for column in ("at a time", f"{unit}/s", *(heading for heading, _, _ in measured)):
        table.add_column(column, justify="right", no_wrap=True)
    for name, at_a_time, one, is_last in rows:
        cells = (f"{one[key]:,.{places}f}" if key in one else "-" for _, key, places in measured)
        table.add_row(name, at_a_time, f"{one['per_s']:,.1f}", *cells, end_section=is_last)
    return table
