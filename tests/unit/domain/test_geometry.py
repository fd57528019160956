import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_server.domain.geometry import Homography, Point, Polygon

coordinates = st.floats(-2000, 2000)
points = st.builds(Point, coordinates, coordinates)
sizes = st.integers(1, 3000)


@st.composite
def rectangles(draw: st.DrawFn) -> tuple[Polygon, float, float, float]:
    """A turned rectangle with its width, height and the angle its text runs at, clockwise from the x axis."""
    x, y = draw(coordinates), draw(coordinates)
    width, height, degrees = draw(st.floats(1, 500)), draw(st.floats(1, 500)), draw(st.floats(-179, 179))
    right = np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])
    down = np.array([-right[1], right[0]])
    top_left = np.array([x, y])
    corners = [
        top_left,
        top_left + right * width,
        top_left + right * width + down * height,
        top_left + down * height,
    ]
    return Polygon.from_array(corners), width, height, degrees


@st.composite
def homographies(draw: st.DrawFn) -> Homography:
    """Perspective maps of a picture that a camera could make, all of them reversible."""
    tilt = st.floats(-1e-4, 1e-4)
    turn = np.radians(draw(st.floats(-180, 180)))
    scale = draw(st.floats(0.2, 5))
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    shift_x, shift_y = draw(coordinates), draw(coordinates)
    return Homography(np.array([[cos, -sin, shift_x], [sin, cos, shift_y], [draw(tilt), draw(tilt), 1.0]]))


@given(rectangles())
def test_a_rectangle_knows_its_size_and_direction(case: tuple[Polygon, float, float, float]) -> None:
    polygon, width, height, degrees = case
    assert polygon.width_px == pytest.approx(width, rel=1e-6)
    assert polygon.height_px == pytest.approx(height, rel=1e-6)
    assert polygon.angle_degrees == pytest.approx(degrees, abs=1e-4)


@given(rectangles())
def test_the_bounding_box_holds_every_vertex_and_the_center(case: tuple[Polygon, float, float, float]) -> None:
    polygon = case[0]
    left, top, right, bottom = polygon.bounding_box
    for x, y in (*polygon.vertices, polygon.center):
        assert left - 1e-6 <= x <= right + 1e-6
        assert top - 1e-6 <= y <= bottom + 1e-6


def test_a_box_begins_at_its_top_left_and_runs_clockwise() -> None:
    assert Polygon.from_box(1, 2, 5, 4).vertices == ((1, 2), (5, 2), (5, 4), (1, 4))


@given(rectangles(), st.floats(0, 1), st.floats(0, 1))
def test_a_part_has_its_share_of_the_width_and_the_whole_height(
    case: tuple[Polygon, float, float, float], one: float, other: float
) -> None:
    polygon, width, height, _ = case
    start, end = sorted((one, other))
    part = polygon.part(start, end)
    assert part.width_px == pytest.approx(width * (end - start), abs=1e-6)
    assert part.height_px == pytest.approx(height, rel=1e-6)


@given(rectangles())
def test_the_whole_part_is_the_polygon(case: tuple[Polygon, float, float, float]) -> None:
    np.testing.assert_allclose(case[0].part(0, 1).as_array(), case[0].as_array())


@given(homographies(), points)
def test_a_map_and_its_inverse_cancel_out(forth: Homography, point: Point) -> None:
    back_again = forth.then(forth.inverse()).apply([point])
    np.testing.assert_allclose(back_again, [point], rtol=1e-6, atol=1e-5)


@given(homographies(), homographies(), points)
def test_then_applies_the_first_map_first(first: Homography, second: Homography, point: Point) -> None:
    step_by_step = second.apply(first.apply([point]))
    np.testing.assert_allclose(first.then(second).apply([point]), step_by_step, rtol=1e-6, atol=1e-5)


@given(sizes, sizes, st.sampled_from([0, 90, 180, 270]))
def test_four_equal_quarter_turns_lead_back(width_px: int, height_px: int, degrees: int) -> None:
    total = Homography.identity()
    size = (width_px, height_px)
    for _ in range(4):
        total = total.then(Homography.quarter_turns(degrees, *size))
        size = size[::-1] if degrees in (90, 270) else size
    np.testing.assert_allclose(total.matrix, np.eye(3), atol=1e-6)


@given(sizes, sizes, st.sampled_from([0, 90, 180, 270]))
def test_a_quarter_turn_keeps_the_picture_in_its_frame(width_px: int, height_px: int, degrees: int) -> None:
    turned = Homography.quarter_turns(degrees, width_px, height_px).map(Polygon.from_box(0, 0, width_px, height_px))
    new_size = (height_px, width_px) if degrees in (90, 270) else (width_px, height_px)
    assert turned.bounding_box == (0, 0, *new_size)


def test_a_clockwise_quarter_turn_brings_the_top_left_corner_to_the_top_right() -> None:
    assert Homography.quarter_turns(90, 30, 20).apply([(0, 0)]).tolist() == [[20, 0]]


def test_scaling_multiplies_both_axes() -> None:
    assert Homography.scaling(2, 3).apply([[(1, 1)], [(2, 2)]]).tolist() == [[[2, 3]], [[4, 6]]]
