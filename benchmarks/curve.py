"""Draws speed against accuracy as a picture: ``results/NAME.svg``."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

_WIDTH, _HEIGHT = 760, 440
_LEFT, _TOP, _RIGHT, _BOTTOM = 64, 28, 724, 384
_OURS, _OTHERS, _INK, _GRID = "#0b6e4f", "#8a8f98", "#30343b", "#e4e6ea"
_LABEL_PX = 13


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
        *(_line(x_of(tick), _TOP, x_of(tick), _BOTTOM) for tick in ticks_s),
        *(_text(x_of(tick), _BOTTOM + 20, f"{tick:g}", anchor="middle") for tick in ticks_s),
        *(_line(_LEFT, y_of(step / 20), _RIGHT, y_of(step / 20)) for step in steps),
        *(_text(_LEFT - 8, y_of(step / 20) + 4, f"{step / 20:.2f}", anchor="end") for step in steps),
        _text((_LEFT + _RIGHT) / 2, _BOTTOM + 44, "CPU seconds a page, median (logarithmic)", anchor="middle"),
        _text(_LEFT, _TOP - 10, f"word F1 on {title}"),
        _path([point for name in joined for point in points if point.name == name]),
        *map(_dot, points),
        *_labels(points),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="{_LABEL_PX}">\n<title>{escape(title)}</title>\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>\n' + "\n".join(shapes) + "\n</svg>\n"
    )


def _labels(points: list[_Point]) -> list[str]:
    """Each to the right of its point, or above or below where another label is already there."""
    taken: list[tuple[float, float]] = []
    labels = []
    for point in sorted(points, key=lambda point: (not point.is_ours, point.y)):
        y = point.y + 4
        for shift in (0, -15, 15, -30, 30):
            y = point.y + 4 + shift
            if all(abs(y - other_y) > _LABEL_PX or abs(point.x - other_x) > 150 for other_x, other_y in taken):
                break
        taken.append((point.x, y))
        labels.append(_text(point.x + 10, y, point.name, colour=_OURS if point.is_ours else _INK))
    return labels


def _dot(point: _Point) -> str:
    return f'<circle cx="{point.x:.1f}" cy="{point.y:.1f}" r="5" fill="{_OURS if point.is_ours else _OTHERS}"/>'


def _path(points: list[_Point]) -> str:
    corners = " ".join(f"{point.x:.1f},{point.y:.1f}" for point in points)
    return f'<polyline points="{corners}" fill="none" stroke="{_OURS}" stroke-width="2"/>'


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{_GRID}"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = _INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
