"""From measurements to the figures that are quoted."""

import pytest
from rich.console import Console

from benchmarks.contenders import BARE_MODELS, DEFAULT_SERVER, FASTER_PADDLE, Startup
from benchmarks.report import Reading, Record, as_table, cpu_ratio, summarize
from benchmarks.scoring import WordCounts


def _record(*cpu_s: float) -> Record:
    readings = [Reading(WordCounts(9, 10, 10), seconds, 2 * seconds) for seconds in cpu_s]
    return Record("1.0", Startup(1.0, 0.5), 512 * 2**20, readings)


def test_a_ratio_is_taken_page_by_page_so_one_slow_page_changes_little() -> None:
    assert cpu_ratio(_record(1.0, 2.0, 90.0), _record(2.0, 4.0, 4.0)) == pytest.approx(0.5)


def test_the_summary_holds_ratios_and_the_orchestrators_share() -> None:
    records = {DEFAULT_SERVER: _record(1.05, 2.1), BARE_MODELS: _record(1.0, 2.0), FASTER_PADDLE: _record(2.1, 4.2)}
    summary = summarize(records, {"rapidocr": "no network"})
    assert summary["orchestrator_cpu_share"] == pytest.approx(0.05)
    assert summary["contenders"][DEFAULT_SERVER]["cpu_ratio"] == pytest.approx(0.5)
    assert summary["contenders"][DEFAULT_SERVER]["word_f1"] == 0.9
    assert summary["absent"] == {"rapidocr": "no network"}


def test_who_is_absent_is_named_in_the_table() -> None:
    console = Console(width=100)
    with console.capture() as shown:
        console.print(
            as_table(summarize({DEFAULT_SERVER: _record(1.0)}, {"tesseract": "first\nnot installed"}), "3 pages")
        )
    assert "Absent: tesseract (not installed)" in shown.get()
    assert "0.900" in shown.get()
