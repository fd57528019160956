"""Which recognized line a person means who draws around it."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_server.domain.document import Engine, Line
from ocr_server.domain.geometry import Polygon
from ocr_server.extraction.drawn_lines import PageLines, area_px2

numbers = st.floats(-100, 100)
boxes = st.tuples(numbers, numbers, st.floats(5, 50), st.floats(5, 50)).map(
    lambda box: Polygon.from_box(box[0], box[1], box[0] + box[2], box[1] + box[3])
)


def _turned(polygon: Polygon, degrees: float) -> Polygon:
    angle, center = math.radians(degrees), np.array(polygon.center)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return Polygon.from_array((polygon.as_array() - center) @ turn + center)


def _page(*polygons: Polygon) -> PageLines:
    return PageLines([Line("text", 1.0, 1.0, polygon, (), Engine.TROCR) for polygon in polygons])


def _shared_px2(first: Polygon, second: Polygon) -> float:
    """Of upright boxes."""
    a, b = first.bounding_box, second.bounding_box
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


@given(st.lists(boxes, max_size=8), boxes)
def test_of_upright_lines_it_is_the_one_that_trying_all_finds(lines: list[Polygon], drawn: Polygon) -> None:
    shares = [_shared_px2(line, drawn) / min(area_px2(line), area_px2(drawn)) for line in lines]
    if any(abs(share - 0.5) < 1e-3 for share in shares):
        return  # a hair's breadth decides
    found = _page(*lines).overlapped_most(drawn)
    enough = [_shared_px2(line, drawn) for line, share in zip(lines, shares, strict=True) if share > 0.5]
    if found is None:
        assert not enough
    else:
        assert shares[found] > 0.5
        assert _shared_px2(lines[found], drawn) == pytest.approx(max(enough), rel=1e-3)


@given(boxes, st.floats(-180, 180), st.floats(-180, 180))
def test_a_line_is_found_whichever_way_it_and_what_is_drawn_are_turned(
    box: Polygon, degrees: float, other_degrees: float
) -> None:
    line = _turned(box, degrees)
    assert _page(line).overlapped_most(line) == 0
    reach_px = math.hypot(box.width_px, box.height_px)
    x, y = box.center
    around = _turned(Polygon.from_box(x - reach_px, y - reach_px, x + reach_px, y + reach_px), other_degrees)
    assert _page(line).overlapped_most(around) == 0
    beside = Polygon.from_box(x + reach_px, y - reach_px, x + 2 * reach_px, y + reach_px)
    assert _page(line).overlapped_most(beside) is None


def test_the_order_of_the_vertices_does_not_matter() -> None:
    line = _turned(Polygon.from_box(10, 10, 50, 30), 20)
    for vertices in permutations(line.vertices):
        assert area_px2(Polygon(vertices)) == pytest.approx(800, rel=1e-4)
        assert _page(Polygon(vertices)).overlapped_most(line) == 0
        assert _page(line).overlapped_most(Polygon(vertices)) == 0


def test_a_line_without_any_area_is_nobodys() -> None:
    drawn = Polygon.from_box(0, 0, 100, 100)
    assert _page(Polygon.from_box(10, 10, 10, 10), Polygon.from_box(10, 20, 90, 20)).overlapped_most(drawn) is None
    assert area_px2(Polygon.from_box(10, 20, 90, 20)) == 0
    assert _page().overlapped_most(drawn) is None
