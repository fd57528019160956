"""How closely a detector must look at a page, and at which part of it: told by its letters, without a network."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_models.crop import as_gray
from ocr_models.types import Image

Gray = NDArray[np.uint8]

# Letters are measured, and blank margins looked for, on a page of this size at most.
_LOOK_SIDE_PX = 2000
# Ink is this much darker than the mean of its surroundings.
_INK_CONTRAST = 12
_SURROUNDINGS_PX = 25
_MIN_LETTER_PX = 6
_MAX_LETTER_ASPECT = 3
_FEW_LETTERS = 20
# Where few letters show (a blank page, dot matrix, light print on dark), the longest side in the detector's eyes.
_DEFAULT_SIDE_PX = 1280
_MAX_ENLARGEMENT = 1.6
# An A4 page at 1920 px: memory grows with the area.
_MAX_AREA_PX = 1920 * 1360
# Margins are cut off only where that saves a third of the page.
_MAX_WRITTEN_SHARE = 0.67
_MARGIN_LETTERS = 2.0
_CELL_PX = 4
_WRITTEN_CONTRAST = 20
_MIN_WRITTEN_CELLS = 3


@dataclass(frozen=True, slots=True)
class View:
    """A part of a page, in whole pixels of it, and by how much to scale that for the detector."""

    left: int
    top: int
    right: int
    bottom: int
    scale: float


def choose_view(image: Image, letter_px: float) -> View:
    """Choose the part of the page that is written on and the scale at which its letters are ``letter_px`` high.

    Small print counts: a fifth of the letters may be less than half as high, no more. A page without measurable
    letters is seen whole, 1280 px long. The area to look at is bounded whatever the page.
    """
    height_px, width_px = image.shape[:2]
    gray = as_gray(image)
    shrinkage = min(1.0, _LOOK_SIDE_PX / max(height_px, width_px))
    if shrinkage < 1:
        size = max(1, round(width_px * shrinkage)), max(1, round(height_px * shrinkage))
        gray = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)
    sizes_px = letter_sizes_px(gray) / shrinkage
    if len(sizes_px) < _FEW_LETTERS:
        return View(0, 0, width_px, height_px, min(1.0, _DEFAULT_SIDE_PX / max(height_px, width_px)))
    small, usual = np.percentile(sizes_px, (20, 75))
    left, top, right, bottom = written_area(gray)
    margin = _MARGIN_LETTERS * usual
    left, top = (max(0, int(side / shrinkage - margin)) for side in (left, top))
    right = min(width_px, int(right / shrinkage + margin))
    bottom = min(height_px, int(bottom / shrinkage + margin))
    if (right - left) * (bottom - top) > _MAX_WRITTEN_SHARE * width_px * height_px:
        left, top, right, bottom = 0, 0, width_px, height_px
    scale = min(_MAX_ENLARGEMENT, max(letter_px / usual, letter_px / 2 / small))
    return View(left, top, right, bottom, min(scale, (_MAX_AREA_PX / ((right - left) * (bottom - top))) ** 0.5))


def letter_sizes_px(gray: Gray) -> NDArray[np.int32]:
    """The longer side of everything shaped like a letter, whichever way up it lies; accents and full stops are not."""
    ink = cv2.adaptiveThreshold(
        gray, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, _SURROUNDINGS_PX, _INK_CONTRAST
    )
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink)
    width, height, area = stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_AREA]
    longer, shorter = np.maximum(width, height), np.minimum(width, height)
    looks_so = (longer >= _MIN_LETTER_PX) & (longer < _MAX_LETTER_ASPECT * shorter) & (area > 0.2 * width * height)
    return np.asarray(longer[looks_so & (longer < max(gray.shape) / 10)], np.int32)


def written_area(gray: Gray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of all that stands out from its ground; the whole page if nothing does."""
    height_px, width_px = gray.shape
    size = max(1, width_px // _CELL_PX), max(1, height_px // _CELL_PX)
    cells = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    around = np.ones((3, 3), np.uint8)
    stands_out = cv2.subtract(cv2.dilate(cells, around), cv2.erode(cells, around)) > _WRITTEN_CONTRAST
    joined = cv2.morphologyEx(stands_out.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 5), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    blobs = stats[1:][stats[1:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].min(axis=1) >= _MIN_WRITTEN_CELLS]
    if not len(blobs):
        return 0, 0, width_px, height_px
    left, top = blobs[:, cv2.CC_STAT_LEFT], blobs[:, cv2.CC_STAT_TOP]
    right, bottom = left + blobs[:, cv2.CC_STAT_WIDTH], top + blobs[:, cv2.CC_STAT_HEIGHT]
    to_page = np.array([width_px / size[0], height_px / size[1]] * 2)
    box = np.array([left.min(), top.min(), right.max(), bottom.max()]) * to_page
    return tuple(box.round().astype(int).tolist())
