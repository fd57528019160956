"""From measurements to figures, a table and a file."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from rich import box
from rich.table import Table

from benchmarks.contenders import BARE_MODELS, DEFAULT_SERVER, FASTER_PADDLE, Startup
from benchmarks.scoring import WordCounts

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True, slots=True)
class Reading:
    """One page read once."""

    words: WordCounts
    cpu_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class Record:
    """All that one contender did, its readings in the order of the pages."""

    version: str
    startup: Startup
    peak_bytes: int
    readings: Sequence[Reading]

    @property
    def words(self) -> WordCounts:
        """All pages' words."""
        return sum((reading.words for reading in self.readings), WordCounts())

    def figures(self) -> dict[str, Any]:
        """What goes into the file."""
        return {
            "version": self.version,
            "word_f1": round(self.words.f1, 4),
            "precision": round(self.words.precision, 4),
            "recall": round(self.words.recall, 4),
            "cpu_s_median": round(median(reading.cpu_s for reading in self.readings), 3),
            "cpu_s_mean": round(mean(reading.cpu_s for reading in self.readings), 3),
            "wall_s_median": round(median(reading.wall_s for reading in self.readings), 3),
            "peak_mib": round(self.peak_bytes / 2**20),
            "startup": {name: round(seconds, 2) for name, seconds in asdict(self.startup).items()},
        }


def cpu_ratio(record: Record, other: Record) -> float:
    """How much CPU one needs for each of the other's: the median over the pages, which both read in turn."""
    pairs = zip(record.readings, other.readings, strict=True)
    return median(mine.cpu_s / max(theirs.cpu_s, 0.01) for mine, theirs in pairs)  # 0.01 s: the clock's tick


def summarize(records: Mapping[str, Record], absent: Mapping[str, str]) -> dict[str, Any]:
    """Figures of all, with ratios to faster-paddle and the orchestrator's share where those took part."""
    figures = {name: record.figures() for name, record in records.items()}
    if FASTER_PADDLE in records:
        for name, record in records.items():
            figures[name]["cpu_ratio"] = round(cpu_ratio(record, records[FASTER_PADDLE]), 3)
    summary: dict[str, Any] = {"contenders": figures, "absent": dict(absent)}
    if {DEFAULT_SERVER, BARE_MODELS} <= records.keys():
        summary["orchestrator_cpu_share"] = round(cpu_ratio(records[DEFAULT_SERVER], records[BARE_MODELS]) - 1, 4)
    return summary


def as_table(summary: Mapping[str, Any], title: str) -> Table:
    """Draw the summary; who could not take part stands below it with the reason."""
    table = Table(title=title, title_justify="left", caption_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True)
    table.add_column("", no_wrap=True)
    for column in ("word F1", "P", "R", "CPU s", "to f-p", "wall s", "MiB", "start s"):
        table.add_column(column, justify="right", no_wrap=True)
    for name, one in summary["contenders"].items():
        ratio = f"{one['cpu_ratio']:.2f}" if "cpu_ratio" in one else "-"
        scores = (f"{one[key]:.3f}" for key in ("word_f1", "precision", "recall"))
        seconds = f"{one['cpu_s_median']:.2f}", ratio, f"{one['wall_s_median']:.2f}"
        table.add_row(name, *scores, *seconds, f"{one['peak_mib']}", f"{one['startup']['wall_s']:.1f}")
    notes = ["CPU s, wall s: median a page. to f-p: CPU as a multiple of faster-paddle's. MiB: peak memory."]
    if "orchestrator_cpu_share" in summary:
        notes.append(f"The orchestrator adds {summary['orchestrator_cpu_share']:+.1%} CPU to the bare models.")
    notes += [f"Absent: {name} ({why.splitlines()[-1]})" for name, why in summary["absent"].items()]
    table.caption = "\n".join(notes)
    return table


def write(name: str, figures: Mapping[str, Any]) -> Path:
    """Write figures to ``results/NAME.json``, with the machine they come from; return the path."""
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / f"{name}.json"
    target.write_text(json.dumps({"machine": _machine(), **figures}, indent=1) + "\n", encoding="utf-8")
    return target


def _machine() -> dict[str, Any]:
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }
