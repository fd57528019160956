"""Whatever is done to a page before reading, every pixel of it leads back to where it was."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_models.line_detector import LineDetector
from ocr_models.types import DetectedLines, Image, Quads
from ocr_server.domain.geometry import Homography
from ocr_server.pipeline.preprocess import deskew, measure_quality, prepare, set_rightwards, turn

# Each pixel says where it stands, in steps wide enough to survive interpolation: red is x, green is y.
WIDTH_PX, HEIGHT_PX = 250, 200
MAP: Image = np.dstack([*np.meshgrid(np.arange(WIDTH_PX), np.arange(HEIGHT_PX)), np.full((HEIGHT_PX, WIDTH_PX), 255)])
MAP = MAP.astype(np.uint8)


def assert_leads_back(page: Image, to_original: Homography, *, margin_px: float = 2) -> None:
    """Every pixel of `page` that shows the map shows the place of it that `to_original` leads to."""
    y, x = np.mgrid[0 : page.shape[0], 0 : page.shape[1]]
    came_from = to_original.apply(np.dstack([x, y]) + 0.5)
    inside = ((came_from > margin_px) & (came_from < np.array([WIDTH_PX, HEIGHT_PX]) - margin_px)).all(axis=2)
    # A pixel of MAP holds its index, half a pixel less than its middle.
    np.testing.assert_allclose(page[inside][:, :2], came_from[inside] - 0.5, atol=1.1)
    assert inside.sum() > 0.9 * WIDTH_PX * HEIGHT_PX


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_turned_page_leads_back(degrees: int) -> None:
    page, to_original = turn(MAP, degrees)
    np.testing.assert_array_equal(page, np.rot90(MAP, -degrees // 90))
    assert_leads_back(page, to_original)


@given(st.floats(-45, 45))
def test_a_straightened_page_leads_back_and_is_all_there(skew_degrees: float) -> None:
    page, to_original = deskew(MAP, skew_degrees)
    assert_leads_back(page, to_original)
    corners = to_original.inverse().apply([(0, 0), (WIDTH_PX, 0), (WIDTH_PX, HEIGHT_PX), (0, HEIGHT_PX)])
    assert (corners > -1e-6).all()
    assert (corners < np.array(page.shape[1::-1]) + 1e-6).all()


@given(st.floats(-45, 45))
def test_straightening_makes_downhill_text_level(skew_degrees: float) -> None:
    _, to_original = deskew(MAP, skew_degrees)
    downhill = np.array([(0, 0), (np.cos(np.radians(skew_degrees)), np.sin(np.radians(skew_degrees)))])
    start, end = to_original.inverse().apply(downhill)
    np.testing.assert_allclose(end - start, [1, 0], atol=1e-9)


def test_ground_beside_a_straightened_page_has_the_colour_of_its_edge() -> None:
    page = np.full((100, 80, 3), (240, 230, 200), np.uint8)
    page[20:80, 20:60] = 0
    straight, _ = deskew(page, 30)
    assert straight[0, 0].tolist() == straight[-1, -1].tolist() == [240, 230, 200]


def lines_running(degrees: float) -> DetectedLines:
    corners = np.array([[-100, -10], [100, -10], [100, 10], [-100, 10]], np.float64)
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    quad = corners @ np.array([[cos, sin], [-sin, cos]])
    return DetectedLines(np.stack([quad] * 4).astype(np.float32), np.ones(4, np.float32))


@pytest.mark.parametrize("degrees", [-15, -3, 0, 0.5, 8, 15])
def test_text_somewhat_askew_is_left_as_it_is(degrees: float) -> None:
    assert set_rightwards(MAP, lines_running(degrees)) is None


@settings(deadline=None)
@given(st.one_of(st.floats(22, 44), st.floats(46, 134), st.floats(-44, -22)))
def test_text_that_runs_elsewhere_is_turned_to_run_rightwards(degrees: float) -> None:
    turned = set_rightwards(MAP, lines_running(degrees))
    assert turned is not None
    page, to_original = turned
    assert_leads_back(page, to_original)
    along = np.array([(0, 0), (np.cos(np.radians(degrees)), np.sin(np.radians(degrees)))])
    start, end = to_original.inverse().apply(along)
    x, y = end - start
    assert abs(np.degrees(np.arctan2(y, x))) < 21


def test_a_good_scan_comes_back_as_it_is(printed_page: tuple[Image, Quads]) -> None:
    prepared = prepare(printed_page[0])
    assert prepared.image is printed_page[0]
    assert prepared.steps == ()
    np.testing.assert_array_equal(prepared.to_original.matrix, np.eye(3))


def test_a_photographed_page_is_cropped_to_its_sheet_and_leads_back(printed_page: tuple[Image, Quads]) -> None:
    page, printed = printed_page
    height, width = page.shape[:2]
    sheet = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    corners = np.array([[180, 90], [720, 150], [690, 820], [110, 740]], np.float32)
    matrix = cv2.getPerspectiveTransform(sheet, corners)
    photo = cv2.warpPerspective(page, matrix, (850, 950), borderValue=(60, 50, 40))

    prepared = prepare(photo)

    assert prepared.steps == ("outline",)
    back_on_sheet = prepared.to_original.then(Homography(matrix).inverse())
    new_height, new_width = prepared.image.shape[:2]
    found = back_on_sheet.apply([(0, 0), (new_width, 0), (new_width, new_height), (0, new_height)])
    np.testing.assert_allclose(found, sheet, atol=12)
    # The ink of each line is where the way back says that it is.
    for quad in printed:
        left, top, right, bottom = *back_on_sheet.inverse().apply(quad)[0], *back_on_sheet.inverse().apply(quad)[2]
        assert prepared.image[int(top) : int(bottom), int(left) : int(right)].min() < 100


def test_steps_name_what_was_done_to_the_light(printed_page: tuple[Image, Quads]) -> None:
    assert prepare((printed_page[0] * 0.06).astype(np.uint8)).steps == ("stretch_contrast",)


def test_noise_on_a_blank_page_does_not_become_text(detector: LineDetector) -> None:
    noise = np.random.default_rng(1).normal(200, 2, (480, 360, 3)).clip(0, 255).astype(np.uint8)
    assert len(detector.find(prepare(noise).image)) == 0


def test_a_blurred_page_is_less_sharp_and_a_faded_one_has_less_contrast(printed_page: tuple[Image, Quads]) -> None:
    page, _ = printed_page
    sharpness, contrast = measure_quality(page)
    assert 0 < sharpness <= 1
    assert 0 < contrast <= 1
    assert measure_quality(cv2.GaussianBlur(page, (0, 0), 3))[0] < sharpness / 2
    assert measure_quality((page // 2) + 100)[1] == pytest.approx(contrast / 2, abs=0.02)
