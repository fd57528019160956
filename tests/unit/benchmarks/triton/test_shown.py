"""What is shown of the figures: tables and a picture."""

from typing import Any
from xml.etree import ElementTree

from rich.console import Console

from benchmarks.triton.picture import Panel, draw
from benchmarks.triton.tables import tables

SVG = "{http://www.w3.org/2000/svg}"


def _figures(per_s: float, p99_ms: float, **more: float) -> dict[str, float]:
    return {"per_s": per_s, "p50_ms": p99_ms / 2, "p95_ms": p99_ms, "p99_ms": p99_ms, "p99_to_p50": 2.0, **more}


FOUND: dict[str, Any] = {
    "pages": {
        "max_running": 3,
        "max_waiting": 64,
        "contenders": {
            "in process": {"1": _figures(2.0, 500.0), "64": _figures(3.5, 19_000.0)},
            "Triton": {
                "1": _figures(1.9, 530.0, throughput_ratio=0.95, extra_ms=12.3),
                "64": _figures(3.4, 20_000.0, throughput_ratio=0.97, extra_ms=900.0),
            },
        },
    },
    "models": {"lines_a_request": {"trocr": 8}, "contenders": {"trocr": {"1": _figures(250.0, 40.0)}}},
}


def _shown(found: dict[str, Any]) -> str:
    console = Console(width=120)
    with console.capture() as shown:
        for table in tables(found, "24 pages"):
            console.print(table)
    return shown.get()


def test_a_table_shows_each_part_that_was_measured_and_what_was_compared() -> None:
    shown = _shown(FOUND)
    assert "Pages: 24 pages" in shown
    assert "Bare models: 24 pages" in shown
    assert "read by TrOCR" not in shown
    assert "0.97" in shown
    assert "12.3" in shown
    assert "19,000" in shown
    assert "In one: trocr 8 lines" in shown


def test_columns_that_nobody_has_are_left_out() -> None:
    shown = _shown({"models": FOUND["models"]})
    assert "p99/p50" in shown
    assert "extra ms" not in shown


def test_faster_stands_further_right_and_slower_to_answer_higher() -> None:
    contenders = FOUND["pages"]["contenders"]
    picture = ElementTree.fromstring(draw("title", [Panel("pages", "pages/s", "Triton", contenders)]))
    dots = [(float(dot.get("cx", "")), float(dot.get("cy", ""))) for dot in picture.iter(SVG + "circle")]
    alone, crowded, alone_there, crowded_there = dots
    assert alone_there[0] < alone[0] < crowded_there[0] < crowded[0]
    assert crowded_there[1] < crowded[1] < alone_there[1] < alone[1]
    lines = [line.get("points") for line in picture.iter(SVG + "polyline")]
    assert lines == [
        " ".join(f"{x:.1f},{y:.1f}" for x, y in points) for points in ((alone, crowded), (alone_there, crowded_there))
    ]
    assert {"in process", "Triton", "1", "64", "20 s"} <= {text.text for text in picture.iter(SVG + "text")}


def test_a_second_panel_stands_beside_the_first() -> None:
    contenders = FOUND["pages"]["contenders"]
    panels = [Panel("left", "pages/s", "Triton", contenders), Panel("right", "pages/s", "Triton", contenders)]
    picture = ElementTree.fromstring(draw("title", panels))
    xs = [float(dot.get("cx", "")) for dot in picture.iter(SVG + "circle")]
    assert max(xs[:4]) < min(xs[4:])
