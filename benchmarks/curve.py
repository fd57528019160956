"""Draws speed against accuracy as a picture: ``results/NAME.svg``."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.svg import INK, LABEL_PX, OTHERS, OURS, dot, line, path, picture, text

_WIDTH, _HEIGHT = 760, 440
_LEFT, _TOP, _RIGHT, _BOTTOM = 64, 28, 724, 384


@dataclass(frozen=True, slots=True)
class _Point:
    name: str
    x: float
    y: float
    is_ours: bool


def draw_curve(contenders: Mapping[str, Mapping[str, Any]], ours: str, joined: list[str], title: str) -> str:
    """Return an SVG picture: word F1 over the median CPU seconds a page, on a logarithmic axis.

    contenders: figures by name, as Record gives them. ours: what names of our own begin with. joined: names whose
    points a line joins, where they are there.
    """
    seconds = [float(figures["cpu_s_median"]) for figures in contenders.values()]
    scores = [float(figures["word_f1"]) for figures in contenders.values()]
    low_s, high_s = min(seconds) / 1.25, max(seconds) * 1.6  # room for labels on the right
    low_f1, high_f1 = math.floor(min(scores) * 20 - 0.2) / 20, min(1.0, math.ceil(max(scores) * 20 + 0.2) / 20)

    def x_of(cpu_s: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * math.log(cpu_s / low_s) / math.log(high_s / low_s)

    def y_of(f1: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * (f1 - low_f1) / (high_f1 - low_f1)

    points = [
        _Point(name, x_of(float(figures["cpu_s_median"])), y_of(float(figures["word_f1"])), name.startswith(ours))
        for name, figures in contenders.items()
    ]
    ticks_s = [tick for tick in (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0) if low_s <= tick <= high_s]
    steps = range(round(low_f1 * 20), round(high_f1 * 20) + 1)
    shapes = [
        *(line(x_of(tick), _TOP, x_of(tick), _BOTTOM) for tick in ticks_s),
        *(text(x_of(tick), _BOTTOM + 20, f"{tick:g}", anchor="middle") for tick in ticks_s),
        *(line(_LEFT, y_of(step / 20), _RIGHT, y_of(step / 20)) for step in steps),
        *(text(_LEFT - 8, y_of(step / 20) + 4, f"{step / 20:.2f}", anchor="end") for step in steps),
        text((_LEFT + _RIGHT) / 2, _BOTTOM + 44, "CPU seconds a page, median (logarithmic)", anchor="middle"),
        text(_LEFT, _TOP - 10, f"word F1 on {title}"),
        path([(point.x, point.y) for name in joined for point in points if point.name == name], OURS),
        *(dot(point.x, point.y, OURS if point.is_ours else OTHERS) for point in points),
        *_labels(points),
    ]
    return picture(_WIDTH, _HEIGHT, title, shapes)


def _labels(points: list[_Point]) -> list[str]:
    """Each to the right of its point, or above or below where another label is already there."""
    taken: list[tuple[float, float]] = []
    labels = []
    for point in sorted(points, key=lambda point: (not point.is_ours, point.y)):
        y = point.y + 4
        for shift in (0, -15, 15, -30, 30):
            y = point.y + 4 + shift
            if all(abs(y - other_y) > LABEL_PX or abs(point.x - other_x) > 150 for other_x, other_y in taken):
                break
        taken.append((point.x, y))
        labels.append(text(point.x + 10, y, point.name, colour=OURS if point.is_ours else INK))
    return labels
