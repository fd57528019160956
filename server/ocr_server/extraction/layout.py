"""Rows: which lines stand side by side, in a frame where the text runs to the right.

A line as the detector finds it is often only a part of what a person calls a line: ``TOTAL`` at the left edge
and ``12.30`` at the right one. All rules of this package work on rows.
"""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr_server.domain.document import Line, Page
from ocr_server.domain.geometry import Point, Polygon

# What deskewing left, or a page held slightly askew: searched in these steps around the lines' own direction.
_SKEWS_DEGREES = np.arange(-3.0, 3.01, 0.25)
# Centres closer than this many line heights can share a row; neighbouring rows are at least 0.8 apart.
_SAME_ROW = 0.6
# Two lines of one row stand beside each other: they share less than this part of the narrower one's width.
_OVERLAP = 0.3
# Characters. Rules look back and forth within a row, so its length bounds what a hostile text can cost.
_LONGEST_ROW = 200


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``start`` to ``end`` of one line."""

    line: Line
    page_number: int
    start: int
    end: int

    @property
    def text(self) -> str:
        """As printed."""
        return self.line.text[self.start : self.end]

    @property
    def polygon(self) -> Polygon:
        """Around the words that the span touches; cut by fractions of the line where it has no words."""
        text = self.line.text
        if self.start <= 0 and self.end >= len(text):
            return self.line.polygon
        words = _words_between(self.line, self.start, self.end)
        if not words:
            return self.line.polygon.part(self.start / len(text), self.end / len(text))
        polygons = [self.line.words[i].polygon for i in words]
        return polygons[0] if len(polygons) == 1 else _along(polygons)

    @property
    def confidence(self) -> float:
        """That of the least certain word touched; of the line where it has no words."""
        words = _words_between(self.line, self.start, self.end)
        return min((self.line.words[i].confidence for i in words), default=self.line.confidence)


@dataclass(frozen=True, slots=True)
class Row:
    """Lines that stand side by side, left to right. text: theirs, joined by single spaces."""

    lines: tuple[Line, ...]
    page_number: int
    text: str
    starts: tuple[int, ...]
    height_px: float

    @classmethod
    def of(cls, lines: Sequence[Line], page_number: int) -> "Row":
        """Join lines that are in order already."""
        starts, length = [], 0
        for line in lines:
            starts.append(length)
            length += len(line.text) + 1
        text = " ".join(line.text for line in lines)
        heights = sorted(line.polygon.height_px for line in lines)
        return cls(tuple(lines), page_number, text, tuple(starts), heights[len(heights) // 2])

    def spans(self, start: int, end: int) -> tuple[Span, ...]:
        """Return the parts of lines that characters ``start`` to ``end`` of the row's text come from."""
        spans = []
        for offset, line in zip(self.starts, self.lines, strict=True):
            first, last = max(start - offset, 0), min(end - offset, len(line.text))
            if first < last:
                spans.append(Span(line, self.page_number, first, last))
        return tuple(spans)

    def line_index(self, position: int) -> int:
        """Return which of the lines the character at ``position`` belongs to."""
        return max(bisect.bisect_right(self.starts, position) - 1, 0)


def read_rows(pages: Sequence[Page]) -> tuple[Row, ...]:
    """Return the rows of all pages from top to bottom.

    Lines without any visible character are left out, and so are those of running text, longer than any till
    prints. Lines that would make too long a row stand in rows of their own.
    """
    rows: list[Row] = []
    for page in pages:
        lines = [line for line in page.lines if line.text.strip() and len(line.text) <= _LONGEST_ROW]
        for group in group_rows([line.polygon for line in lines], page.rotation_degrees):
            row = Row.of([lines[i] for i in group], page.page_number)
            fits = len(row.text) <= _LONGEST_ROW
            rows += [row] if fits else [Row.of([line], page.page_number) for line in row.lines]
    return tuple(rows)


def group_rows(polygons: Sequence[Polygon], rotation_degrees: float) -> list[list[int]]:
    """Return the indices of the polygons in rows: top to bottom, and left to right within each.

    rotation_degrees: how far the page is turned clockwise to set its text upright.
    """
    if not polygons:
        return []
    boxes = _upright(polygons, rotation_degrees)
    rows: list[list[int]] = []
    for i in sorted(range(len(polygons)), key=lambda i: boxes.center_y[i]):
        distance, best = min(
            ((boxes.distance(i, row), number) for number, row in enumerate(rows[-8:], max(len(rows) - 8, 0))),
            default=(_SAME_ROW, -1),
        )
        if distance < _SAME_ROW:
            rows[best].append(i)
        else:
            rows.append([i])
    for row in rows:
        row.sort(key=lambda i: boxes.left[i])
    rows.sort(key=lambda row: sum(boxes.center_y[i] for i in row) / len(row))
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class _Boxes:
    """Where lines stand in the upright frame, in pixels. Lists: a row has few lines, too few for numpy to pay."""

    left: list[float]
    right: list[float]
    center_y: list[float]
    height: list[float]

    def distance(self, i: int, row: list[int]) -> float:
        """Return how far line i is off the row's nearest line, in line heights; infinite if in its way."""
        nearest, smallest_gap = i, float("inf")
        for j in row:
            gap = max(self.left[j], self.left[i]) - min(self.right[j], self.right[i])
            narrower = min(self.right[j] - self.left[j], self.right[i] - self.left[i])
            if -gap > _OVERLAP * narrower:
                return float("inf")
            if gap < smallest_gap:
                nearest, smallest_gap = j, gap
        height = min(self.height[i], self.height[nearest])
        return abs(self.center_y[i] - self.center_y[nearest]) / max(height, 1.0)


def _upright(polygons: Sequence[Polygon], rotation_degrees: float) -> _Boxes:
    quads = _turned(np.stack([polygon.as_array() for polygon in polygons]), rotation_degrees)
    height = np.maximum([polygon.height_px for polygon in polygons], 1.0)
    quads = _turned(quads, -_skew_degrees(quads, height))
    left, right, center_y = quads[..., 0].min(axis=1), quads[..., 0].max(axis=1), quads[..., 1].mean(axis=1)
    return _Boxes(left.tolist(), right.tolist(), center_y.tolist(), height.tolist())


def _turned(points: NDArray[np.float64], degrees_clockwise: float) -> NDArray[np.float64]:
    angle = np.radians(degrees_clockwise)
    cos, sin = np.cos(angle), np.sin(angle)
    turned: NDArray[np.float64] = points @ np.array([[cos, sin], [-sin, cos]])
    return turned


def _skew_degrees(quads: NDArray[np.float64], height: NDArray[np.float64]) -> float:
    """Return the direction of the rows: near the lines' own, that in which most centres fall on common rows.

    Both are needed: short lines know their own direction badly, and a detector that reports upright boxes
    says nothing of it.
    """
    along = quads[:, 1] + quads[:, 2] - quads[:, 0] - quads[:, 3]
    own = np.degrees(np.arctan2(along[:, 1], along[:, 0]))
    own = own[np.abs(own) < 45.0]
    guess = float(np.median(own)) if own.size else 0.0
    skews = guess + _SKEWS_DEGREES
    centers = quads.mean(axis=1)
    slopes = np.tan(np.radians(skews))
    offsets = np.sort(centers[:, 1] - slopes[:, None] * centers[:, 0], axis=1)
    gaps = np.diff(offsets, axis=1) / (0.3 * float(np.median(height)))
    scores = np.exp(-(gaps**2)).sum(axis=1) - 0.02 * len(quads) * np.abs(_SKEWS_DEGREES)
    return float(skews[int(np.argmax(scores))])


def _words_between(line: Line, start: int, end: int) -> list[int]:
    """Indices of the words that characters start to end touch, by looking each word up in the text in turn."""
    touched, position = [], 0
    for index, word in enumerate(line.words):
        found = line.text.find(word.text, position)
        if found < 0:
            continue
        position = found + len(word.text)
        if found < end and position > start:
            touched.append(index)
    return touched


def _along(polygons: Sequence[Polygon]) -> Polygon:
    """From the first one's left edge to the last one's right edge."""
    first, last = polygons[0].vertices, polygons[-1].vertices
    return Polygon((first[0], last[1], last[2], first[3]))


def common_box(polygons: Sequence[Polygon]) -> Polygon:
    """Return the upright rectangle around all of them, in their own frame."""
    lefts, tops, rights, bottoms = zip(*(polygon.bounding_box for polygon in polygons), strict=True)
    return Polygon(
        (
            Point(min(lefts), min(tops)),
            Point(max(rights), min(tops)),
            Point(max(rights), max(bottoms)),
            Point(min(lefts), max(bottoms)),
        )
    )
