from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_models.line_detector import LineDetector, Look, lines_on_map, look_at
from ocr_models.page_view import View, choose_view
from ocr_models.types import DetectedLines, Image, Quads


def overlap(found: Quads, expected: Quads) -> float:
    """Intersection over union of two convex quads."""
    shared, _ = cv2.intersectConvexConvex(found, expected)
    return shared / (cv2.contourArea(found) + cv2.contourArea(expected) - shared)


def turn(quads: Quads, matrix: np.ndarray) -> Quads:
    return cv2.transform(quads, matrix).astype(np.float32)


def signed_area(quads: Quads) -> np.ndarray:
    """Positive where the vertices run clockwise as seen on a screen."""
    x, y = np.moveaxis(quads.astype(np.float64), 2, 0)
    return (x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y).sum(axis=1) / 2


def test_printed_lines_are_found_where_they_stand(detector: LineDetector, printed_page: tuple[Image, Quads]) -> None:
    page, printed = printed_page
    lines = detector.find(page)
    assert len(lines) == len(printed)
    assert lines.quads.dtype == lines.scores.dtype == np.float32
    for quad in printed:
        assert max(overlap(found, quad) for found in lines.quads) > 0.5
    assert ((lines.scores >= 0.5) & (lines.scores <= 1)).all()


@pytest.mark.parametrize("degrees", [-15, -4, 7, 15])
def test_tilted_lines_are_found_with_their_tilt(
    detector: LineDetector, printed_page: tuple[Image, Quads], degrees: float
) -> None:
    page, printed = printed_page
    height, width = page.shape[:2]
    # OpenCV's angles run counter-clockwise.
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    tilted = cv2.warpAffine(page, matrix, (width, height), borderValue=(255, 255, 255))
    lines = detector.find(tilted)
    for quad in turn(printed, matrix):
        assert max(overlap(found, quad) for found in lines.quads) > 0.5
    along = lines.quads[:, 1] - lines.quads[:, 0]
    np.testing.assert_allclose(np.degrees(np.arctan2(along[:, 1], along[:, 0])), degrees, atol=2)


@pytest.mark.parametrize("quarter_turns", [1, 3])
def test_lines_of_a_page_on_its_side_run_downwards(
    detector: LineDetector, printed_page: tuple[Image, Quads], quarter_turns: int
) -> None:
    page, printed = printed_page
    lines = detector.find(np.rot90(page, quarter_turns))
    assert len(lines) == len(printed)
    along = lines.quads[:, 1] - lines.quads[:, 0]
    assert (along[:, 1] > np.abs(along[:, 0])).all()
    assert (signed_area(lines.quads) > 0).all()


@pytest.mark.parametrize("model", ["line_detector", "line_detector_tiny"])
@pytest.mark.parametrize("enlargement", [0.7, 2, 4])
def test_letters_of_any_size_are_found_in_the_pages_own_pixels(
    model_repository: Path, printed_page: tuple[Image, Quads], model: str, enlargement: float
) -> None:
    page, printed = printed_page
    page = cv2.resize(page, None, fx=enlargement, fy=enlargement, interpolation=cv2.INTER_AREA)
    lines = LineDetector(model_repository / model / "1/model.onnx").find(page)
    assert len(lines) == len(printed)
    for quad in enlargement * printed:
        assert max(overlap(found, quad) for found in lines.quads) > 0.5


def test_lines_in_a_corner_of_a_blank_page_are_found_there(
    detector: LineDetector, printed_page: tuple[Image, Quads]
) -> None:
    page, printed = printed_page
    sheet = np.full((1800, 1300, 3), 255, np.uint8)
    sheet[900 : 900 + page.shape[0], 600 : 600 + page.shape[1]] = page
    lines = detector.find(sheet)
    assert len(lines) == len(printed)
    for quad in printed + np.array([600, 900]):
        assert max(overlap(found, quad.astype(np.float32)) for found in lines.quads) > 0.5


@pytest.mark.parametrize("value", [0, 128, 255])
def test_blank_page_has_no_lines(detector: LineDetector, value: int) -> None:
    lines = detector.find(np.full((480, 320, 3), value, dtype=np.uint8))
    assert len(lines) == 0
    assert lines.quads.shape == (0, 4, 2)
    assert lines.scores.shape == (0,)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (31, 33)])
def test_odd_sizes_give_quads_inside_the_image(detector: LineDetector, shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    lines = detector.find(noise)
    assert np.isfinite(lines.quads).all()
    assert (lines.quads >= 0).all()
    assert (lines.quads <= shape[::-1]).all()


def test_missing_weights_say_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run `make setup`"):
        LineDetector(tmp_path / "model.onnx")


@pytest.mark.parametrize("enlargement", [0.4, 0.83, 1.9, 4])
def test_a_page_looked_at_is_what_opencv_would_have_made_the_network_see(
    printed_page: tuple[Image, Quads], enlargement: float
) -> None:
    noise = np.random.default_rng(1).integers(-60, 60, printed_page[0].shape)
    noisy = (printed_page[0].astype(int) + noise).clip(0, 255).astype(np.uint8)
    page = cv2.resize(noisy, None, fx=enlargement, fy=enlargement, interpolation=cv2.INTER_AREA)
    look, view = look_at(page, 12.0), choose_view(page, 12.0)
    part = page[view.top : view.bottom, view.left : view.right]
    assert all(side_px % 32 == 0 for side_px in look.image.shape[:2])
    np.testing.assert_array_equal(
        cv2.dnn.blobFromImage(look.image), cv2.dnn.blobFromImage(part, size=look.image.shape[1::-1])
    )


@given(left=st.integers(0, 500), width_px=st.integers(1, 20_000), strides=st.integers(1, 60))
def test_the_edges_of_what_was_looked_at_are_led_back_to_the_edges_of_the_part(
    left: int, width_px: int, strides: int
) -> None:
    look = Look(np.zeros((32, 32 * strides, 3), np.uint8), View(left, 7, left + width_px, 60, scale=1.0))
    corners = np.array([[[0, 0], [32 * strides, 0], [32 * strides, 32], [0, 32]]], np.float32)
    right = left + width_px
    quads = look.lead_back(DetectedLines(corners, np.ones(1, np.float32))).quads
    np.testing.assert_array_equal(quads, [[[left, 7], [right, 7], [right, 60], [left, 60]]])


def drawn_map(degrees: float, length: float, height: float) -> np.ndarray:
    """A map of 200 x 200 with the cores of three lines, one above the other, turned about its middle."""
    probabilities = np.zeros((200, 200), np.float32)
    angle = np.radians(degrees)
    for step in (-2, 0, 2):
        center = 100 + step * height * np.array([-np.sin(angle), np.cos(angle)])
        cv2.fillPoly(probabilities, [cv2.boxPoints((center, (length, height), degrees)).round().astype(int)], 0.9)
    return probabilities


@given(degrees=st.floats(-44, 44), length=st.floats(80, 110), height=st.floats(8, 14))
def test_quads_are_clockwise_from_the_top_left(degrees: float, length: float, height: float) -> None:
    lines = lines_on_map(drawn_map(degrees, length, height))
    assert len(lines) == 3
    assert (signed_area(lines.quads) > 0).all()
    # Turned back upright, the first vertex is the leftmost and topmost of its quad.
    upright = turn(lines.quads, cv2.getRotationMatrix2D((100, 100), degrees, 1.0))
    middles = upright.mean(axis=1)
    assert (upright[:, 0] < middles).all()
    assert (upright[:, 2] > middles).all()


def test_unclipping_grows_a_core_by_area_times_ratio_over_perimeter() -> None:
    probabilities = np.zeros((64, 128), np.float32)
    probabilities[20:30, 20:100] = 1.0
    lines = lines_on_map(probabilities, unclip_ratio=1.6)
    grow = 80 * 10 * 1.6 / (2 * (80 + 10))
    left, top, right, bottom = 20 - grow, 20 - grow, 100 + grow, 30 + grow
    expected = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    np.testing.assert_allclose(lines.quads[0], expected, atol=0.01)
    np.testing.assert_allclose(lines.scores, [1.0])


def test_short_core_follows_the_direction_of_the_page() -> None:
    probabilities = drawn_map(degrees=12, length=90, height=10)
    cv2.circle(probabilities, (30, 170), 5, 0.9, cv2.FILLED)
    lines = lines_on_map(probabilities)
    (dot,) = [quad for quad in lines.quads if quad.mean(axis=0)[1] > 150]
    along = dot[1] - dot[0]
    assert np.degrees(np.arctan2(along[1], along[0])) == pytest.approx(12, abs=1.5)


def test_faint_and_tiny_cores_are_no_lines() -> None:
    probabilities = np.zeros((64, 128), np.float32)
    probabilities[10:20, 10:60] = 0.4
    probabilities[40:42, 10:60] = 1.0
    assert len(lines_on_map(probabilities)) == 0
