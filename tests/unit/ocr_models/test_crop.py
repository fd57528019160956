import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ocr_models.crop import crop_line
from ocr_models.types import Image, Quads

# Each pixel says where it stands: red is x, green is y.
MAP: Image = np.dstack([*np.meshgrid(np.arange(240), np.arange(200)), np.zeros((200, 240))]).astype(np.uint8)


def rectangle(center: tuple[float, float], length: float, height: float, degrees: float) -> Quads:
    """A turned rectangle, clockwise from the text's top-left; its text runs at `degrees` below the x axis."""
    angle = np.radians(degrees)
    axes = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * (length, height)
    return (corners @ axes + center).astype(np.float32)


def to_image(matrix: np.ndarray, points: list[list[float]]) -> np.ndarray:
    return cv2.perspectiveTransform(np.array([points], dtype=np.float64), matrix)[0]


rectangles = st.builds(
    rectangle,
    center=st.tuples(st.floats(90, 150), st.floats(90, 110)),
    length=st.floats(20, 100),
    height=st.floats(8, 40),
    degrees=st.floats(-180, 180),
)


@given(rectangles)
def test_matrix_maps_the_crop_corners_to_the_quad(quad: Quads) -> None:
    crop, matrix = crop_line(MAP, quad)
    height, width = crop.shape[:2]
    corners = to_image(matrix, [[0, 0], [width, 0], [width, height], [0, height]])
    # An axis-aligned quad is cut along whole pixels.
    assert np.abs(corners - quad).max() <= 1.0


@given(rectangles)
def test_matrix_tells_where_each_crop_pixel_came_from(quad: Quads) -> None:
    crop, matrix = crop_line(MAP, quad)
    height, width = crop.shape[:2]
    for x, y in [(0, 0), (width - 1, 0), (width // 2, height // 2), (0, height - 1)]:
        ((image_x, image_y),) = to_image(matrix, [[x + 0.5, y + 0.5]])
        # A pixel of MAP holds its index, half a pixel less than its middle.
        np.testing.assert_allclose(crop[y, x, :2], [image_x - 0.5, image_y - 0.5], atol=1.0)


def test_axis_aligned_line_is_a_view_of_the_page() -> None:
    crop, matrix = crop_line(MAP, rectangle((100, 50), length=60, height=20, degrees=0))
    assert np.shares_memory(crop, MAP)
    np.testing.assert_array_equal(crop, MAP[40:60, 70:130])
    np.testing.assert_array_equal(matrix, [[1, 0, 70], [0, 1, 40], [0, 0, 1]])


def test_tall_quad_of_an_upright_character_stays_upright() -> None:
    crop, _ = crop_line(MAP, rectangle((100, 50), length=10, height=40, degrees=0))
    np.testing.assert_array_equal(crop, MAP[30:70, 95:105])


def test_line_that_runs_down_the_page_leaves_as_a_wide_crop() -> None:
    crop, _ = crop_line(MAP, rectangle((100, 50), length=60, height=20, degrees=90))
    np.testing.assert_array_equal(crop, np.rot90(MAP[20:80, 90:110]))


def test_upside_down_line_is_turned_upright() -> None:
    crop, _ = crop_line(MAP, rectangle((100, 50), length=60, height=20, degrees=180))
    np.testing.assert_array_equal(crop, np.rot90(MAP[40:60, 70:130], 2))


@given(st.lists(st.tuples(st.floats(-20, 260), st.floats(-20, 220)), min_size=4, max_size=4))
def test_any_four_points_give_a_crop_of_at_least_one_pixel(points: list[tuple[float, float]]) -> None:
    crop, matrix = crop_line(MAP, np.array(points, dtype=np.float32))
    assert crop.shape[0] >= 1
    assert crop.shape[1] >= 1
    assert crop.dtype == np.uint8
    assert matrix.shape == (3, 3)


def test_quad_without_area_gives_a_crop() -> None:
    crop, _ = crop_line(MAP, np.full((4, 2), 240, dtype=np.float32))
    assert crop.shape == (1, 1, 3)
