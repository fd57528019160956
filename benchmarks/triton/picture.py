"""Draws throughput against the 99th percentile of latency: ``results/NAME.svg``."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.svg import INK, OTHERS, OURS, dot, line, path, picture, text

_WIDTH, _HEIGHT = 760, 420
_TOP, _BOTTOM, _PANEL_WIDTH, _LEFT, _GAP = 72, 348, 296, 56, 84
_COLOURS = (OTHERS, "#c2571a", "#2f5fa8", "#8b5fbf", "#b08a00")
_MANTISSAS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Panel:
    """Contenders with figures by concurrency, as ``compare`` gives them. ours: the one that serves, drawn in green."""

    title: str
    unit: str
    ours: str
    contenders: Mapping[str, Mapping[str, Mapping[str, Any]]]


def draw(title: str, panels: list[Panel]) -> str:
    """Return an SVG picture with a panel beside another; a line joins a contender's points, one a concurrency."""
    shapes = [text(_LEFT - 40, 22, title)]
    for index, panel in enumerate(panels):
        shapes += _panel(panel, _LEFT + index * (_PANEL_WIDTH + _GAP))
    return picture(_WIDTH, _HEIGHT, title, shapes)


def _panel(panel: Panel, left: float) -> Iterator[str]:
    figures = [one for by_concurrency in panel.contenders.values() for one in by_concurrency.values()]
    most_per_s = 1.12 * float(max(one["per_s"] for one in figures))
    p99s_ms = [float(one["p99_ms"]) for one in figures]
    low_ms, high_ms = min(p99s_ms) / 1.3, max(p99s_ms) * 1.3

    def x_of(per_s: float) -> float:
        return left + _PANEL_WIDTH * per_s / most_per_s

    def y_of(p99_ms: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * math.log(p99_ms / low_ms) / math.log(high_ms / low_ms)

    right = left + _PANEL_WIDTH
    for tick_ms in _ticks(low_ms, high_ms):
        yield line(left, y_of(tick_ms), right, y_of(tick_ms))
        yield text(left - 8, y_of(tick_ms) + 4, f"{tick_ms / 1000:g} s", anchor="end")
    step = max(_ticks(most_per_s / 100, most_per_s / 3))
    for count in range(int(most_per_s / step) + 1):
        yield line(x_of(count * step), _TOP, x_of(count * step), _BOTTOM)
        yield text(x_of(count * step), _BOTTOM + 20, f"{count * step:g}", anchor="middle")
    yield text((left + right) / 2, _BOTTOM + 44, panel.unit, anchor="middle")
    yield text(left, _TOP - 26, panel.title)

    others = iter(_COLOURS)
    label_x = left
    for name, by_concurrency in panel.contenders.items():
        colour = OURS if name == panel.ours else next(others, INK)
        points = [(x_of(one["per_s"]), y_of(one["p99_ms"])) for one in by_concurrency.values()]
        yield path(points, colour)
        yield from (dot(x, y, colour) for x, y in points)
        yield text(label_x, _TOP - 8, name, colour=colour)
        label_x += 8 * len(name) + 14
        if name == panel.ours:
            labels = zip(points, by_concurrency, strict=True)
            yield from (text(right + 6, y + 4, at_a_time, colour=colour) for (_, y), at_a_time in labels)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [tick for power in powers for mantissa in _MANTISSAS if low <= (tick := mantissa * 10.0**power) <= high]
