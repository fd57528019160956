"""A sheet photographed by hand: tilted on a dark table, in uneven light, a little soft and noisy."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sheet import Sheet

WIDTH, HEIGHT = 1440, 1920
# Where the corners of the paper lie on the photograph, clockwise from the top-left.
CORNERS = np.array([(452, 150), (1176, 262), (1034, 1794), (214, 1654)], np.float32)
Pixels = NDArray[np.float32]


def take(sheet: Sheet) -> Sheet:
    """Return the photograph, with the polygons where the camera sees them."""
    random = np.random.default_rng(20250314)
    width, height = sheet.image.size
    paper_corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    to_photo = cv2.getPerspectiveTransform(paper_corners, CORNERS)

    paper = np.asarray(sheet.image.convert("RGB"), np.float32) * np.array([1.0, 0.985, 0.95], np.float32)
    warped = cv2.warpPerspective(paper, to_photo, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)
    coverage = cv2.warpPerspective(np.ones((height, width), np.float32), to_photo, (WIDTH, HEIGHT))[:, :, None]
    shadow = cv2.GaussianBlur(np.roll(coverage[:, :, 0], (16, -12), axis=(0, 1)), (0, 0), 14)[:, :, None]
    scene = _table(random) * (1 - 0.65 * shadow) * (1 - coverage) + warped * coverage

    photo = cv2.GaussianBlur(scene * _light(), (0, 0), 0.8)
    photo += random.normal(0, 4.0, (HEIGHT, WIDTH, 1)).astype(np.float32)
    photo += cv2.GaussianBlur(random.normal(0, 5.0, (HEIGHT, WIDTH, 3)).astype(np.float32), (0, 0), 1.2)
    return Sheet(
        Image.fromarray(photo.clip(0, 255).astype(np.uint8)),
        lines=[_moved(line, to_photo) for line in sheet.lines],
        barcodes=[_moved(barcode, to_photo) for barcode in sheet.barcodes],
    )


def _table(random: np.random.Generator) -> Pixels:
    """Dark wood: long fibres along planks, float32 (height, width, 3) RGB."""
    fibres = random.normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    grain = sum(
        weight * _unit(cv2.GaussianBlur(fibres, (0, 0), sigmaX=length, sigmaY=breadth))
        for length, breadth, weight in ((160, 1.2, 4.0), (320, 5, 5.0), (500, 24, 5.0))
    )
    planks = np.arange(HEIGHT)[:, None] // 430
    tone = 58 + grain + 6 * np.sin(planks * 2.3)
    tone[np.arange(HEIGHT) % 430 < 4] *= 0.45
    return (tone[:, :, None] * np.array([1.0, 0.72, 0.52])).astype(np.float32)


def _light() -> Pixels:
    """A lamp at the upper left, and the photographer's shadow across the lower right."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    lamp = 1.06 - 0.34 * np.hypot(x - 380, y - 320) / np.hypot(WIDTH, HEIGHT)
    edge = (x * 0.62 + y - 2010) / 90
    return (lamp * (1 - 0.3 / (1 + np.exp(-edge))))[:, :, None].astype(np.float32)


def _unit(values: Pixels) -> Pixels:
    return np.asarray((values - values.mean()) / values.std(), np.float32)


def _moved(noted: dict[str, Any], to_photo: NDArray[np.float64]) -> dict[str, Any]:
    polygon = cv2.perspectiveTransform(np.array([noted["polygon"]], np.float64), to_photo)[0]
    return noted | {"polygon": polygon.round(1).tolist()}
