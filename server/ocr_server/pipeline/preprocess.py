"""Sets a page up for reading."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_models.crop import crop_line
from ocr_models.skew import runs_downwards, skew_degrees
from ocr_models.types import DetectedLines, Image
from ocr_server.domain.geometry import Homography
from ocr_server.pipeline.lighting import lift_shadows, stretch_contrast
from ocr_server.pipeline.outline import find_outline

# A page askew by more than this is straightened.
_DESKEW_FROM_DEGREES = 20.0
_SAMPLE_STEP = 3  # a ninth of the pixels tells the contrast as well


@dataclass(frozen=True, slots=True, eq=False)
class PreparedPage:
    """A page as the readers see it.

    image: uint8 (height, width, 3) RGB.
    to_original: maps pixels of ``image`` to the image that was prepared, of ``original_size_px`` (width, height).
    steps: names of what was applied, in order.
    """

    image: Image
    to_original: Homography
    original_size_px: tuple[int, int]
    steps: tuple[str, ...] = ()


def prepare(image: Image) -> PreparedPage:
    """Crop to the document and mend its light, each only where it helps; a good scan comes back as it is."""
    height_px, width_px = image.shape[:2]
    to_original, steps = Homography.identity(), []
    if (corners := find_outline(image)) is not None:
        image, matrix = crop_line(image, corners.astype(np.float32))
        to_original = Homography(matrix)
        steps.append("outline")
    for step in (lift_shadows, stretch_contrast):
        if (mended := step(image)) is not None:
            image = mended
            steps.append(step.__name__)
    return PreparedPage(image, to_original, (width_px, height_px), tuple(steps))


def set_rightwards(image: Image, lines: DetectedLines) -> tuple[Image, Homography] | None:
    """Turn the page so that its text runs rightwards, upside down or not; None where a second look at it gains
    nothing. The map leads from the new pixels to those passed in.

    Lines that run down the page are found less exactly. Lines somewhat askew are found as well as straight ones,
    and each is cut out along its own quad anyway.
    """
    on_its_side, skew = runs_downwards(lines), skew_degrees(lines)
    if not on_its_side and abs(skew) <= _DESKEW_FROM_DEGREES:
        return None
    image, to_original = turn(image, 270 * on_its_side)
    if abs(skew) > _DESKEW_FROM_DEGREES:
        image, back = deskew(image, skew)
        to_original = back.then(to_original)
    return image, to_original


def turn(image: Image, degrees_clockwise: int) -> tuple[Image, Homography]:
    """Turn by 0, 90, 180 or 270 degrees; the map leads from the new pixels to those passed in."""
    height_px, width_px = image.shape[:2]
    to_original = Homography.quarter_turns(degrees_clockwise, width_px, height_px).inverse()
    codes = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
    if degrees_clockwise % 360 == 0:
        return image, to_original
    return np.asarray(cv2.rotate(image, codes[degrees_clockwise % 360]), dtype=np.uint8), to_original


def deskew(image: Image, skew_degrees: float) -> tuple[Image, Homography]:
    """Straighten text that runs downhill by ``skew_degrees``, on a canvas grown to hold the whole page.

    What the page did not cover is filled with the colour of its edge. The map leads from the new pixels to
    those passed in.
    """
    height_px, width_px = image.shape[:2]
    angle = np.radians(skew_degrees)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    new_width = int(np.ceil(width_px * abs(cos) + height_px * abs(sin)))
    new_height = int(np.ceil(width_px * abs(sin) + height_px * abs(cos)))
    turned = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    to_original = Homography(_shift(width_px / 2, height_px / 2) @ turned @ _shift(-new_width / 2, -new_height / 2))
    edge = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    straight = _warp(image, to_original, (new_width, new_height), tuple(np.median(edge, axis=0).tolist()))
    return straight, to_original


def measure_quality(image: Image) -> tuple[float, float]:
    """Sharpness and contrast, each 0 to 1."""
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    low, high = np.percentile(gray[::_SAMPLE_STEP, ::_SAMPLE_STEP], (1, 99))
    _, deviation = cv2.meanStdDev(cv2.Laplacian(gray, cv2.CV_16S))  # numpy would hold the page twice in floats
    return float(min(1.0, deviation.item() / 64)), float((high - low) / 255)


def _warp(image: Image, to_original: Homography, size: tuple[int, int], border: tuple[float, ...]) -> Image:
    # OpenCV counts from the middle of the first pixel, we from its outer corner.
    matrix = _shift(-0.5, -0.5) @ to_original.matrix @ _shift(0.5, 0.5)
    warped = cv2.warpPerspective(
        image,
        matrix,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=border,
    )
    return np.asarray(warped, dtype=np.uint8)


def _shift(x: float, y: float) -> NDArray[np.float64]:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])
