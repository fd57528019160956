"""Finds the text lines of a page: PP-OCR's DB network, and the way from its map to quadrilaterals.

DB is "Real-time Scene Text Detection with Differentiable Binarization" (Liao et al., 2020, arXiv:1911.08947).
The network marks the shrunken core of each line; section 3.5 of the paper grows it back to the line.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_models.page_view import View, choose_view
from ocr_models.sessions import CPU, infer, open_session
from ocr_models.skew import is_elongated, runs_downwards, skew_degrees
from ocr_models.types import DetectedLines, Image, Quads

Points = NDArray[np.float32]

STRIDE_PX = 32  # the network halves its input five times
_CORE_PROBABILITY = 0.3
_MIN_SCORE = 0.5
_MIN_CORE_PX = 3  # on the map; smaller cores are specks
_MAX_LINES = 1000
# What serves best on receipts. Letters of 12 px make lines of 15; below that, words are lost, above, time.
LETTER_PX = 12.0
# Lines grown by this much are as high as people mark them, and as the recognizers are trained on.
UNCLIP_RATIO = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What the network sees of a page, and from where.

    image: uint8 RGB ``(height, width, 3)``, both sides whole strides of 32 px: the part of the page in view, scaled.
    """

    image: Image
    view: View

    def lead_back(self, lines: DetectedLines) -> DetectedLines:
        """Lines found on ``image``, in the pixels of the page that was looked at."""
        part_px = np.array([self.view.right - self.view.left, self.view.bottom - self.view.top])
        look_px = np.array(self.image.shape[1::-1])
        in_part = (lines.quads * (part_px / look_px)).clip(0, part_px).astype(np.float32)
        return DetectedLines(in_part + np.array([self.view.left, self.view.top], np.float32), lines.scores)


def look_at(page: Image, letter_px: float = LETTER_PX) -> Look:
    """Choose how closely to look at an RGB page and at which part of it, and scale that to whole strides.

    letter_px: how high the page's letters shall be in the network's eyes.
    """
    view = choose_view(page, letter_px)
    part = page[view.top : view.bottom, view.left : view.right]
    size = [max(1, round(side_px * view.scale / STRIDE_PX)) * STRIDE_PX for side_px in part.shape[1::-1]]
    return Look(np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR), np.uint8), view)


class LineDetector:
    """One of PP-OCR's line detectors. One run takes one core; several threads may run it at once."""

    def __init__(self, model_path: Path, *, provider: str = CPU) -> None:
        """Raises FileNotFoundError if the weights are missing, RuntimeError if the provider cannot run here."""
        self._session = open_session(model_path, provider=provider)

    def find(self, page: Image, *, letter_px: float = LETTER_PX, unclip_ratio: float = UNCLIP_RATIO) -> DetectedLines:
        """Find the text lines of an RGB page of any size, in no particular order; at most the 1000 longest.

        letter_px: see ``look_at``. unclip_ratio: by how much the cores that the network marks are grown to lines.

        Lines may be turned by any angle: the first edge of a quad runs along its text, rightwards, or downwards
        where text stands on its side.
        """
        look = look_at(page, letter_px)
        return look.lead_back(self.find_in(look.image, unclip_ratio))

    def find_in(self, image: Image, unclip_ratio: float = UNCLIP_RATIO) -> DetectedLines:
        """Find the lines of what ``look_at`` made of a page, in pixels of that."""
        # Values from -1 to 1, channels in PP-OCR's order: blue, green, red.
        tensor = cv2.dnn.blobFromImage(image, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)
        return lines_on_map(infer(self._session, np.asarray(tensor, np.float32))[0, 0], unclip_ratio)


def lines_on_map(probabilities: NDArray[np.float32], unclip_ratio: float = UNCLIP_RATIO) -> DetectedLines:
    """Read lines off the network's map of probabilities ``(height, width)``, in pixels of the map."""
    outlines = _core_outlines(probabilities)
    if not outlines:
        return DetectedLines(np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))
    cores = _cores(outlines)
    scores = np.array([_mean_inside(core, probabilities) for core in cores], dtype=np.float32)
    found = scores >= _MIN_SCORE
    quads = _unclip(cores[found], unclip_ratio).clip(0, probabilities.shape[::-1])
    return DetectedLines(quads.astype(np.float32), scores[found])


def _core_outlines(probabilities: NDArray[np.float32]) -> list[Points]:
    """The outer outline ``(points, 2)`` of each line's core, through the middles of its outermost pixels."""
    mask = (probabilities > _CORE_PROBABILITY).astype(np.uint8)
    contours, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return []
    is_outer = hierarchy[0, :, 3] < 0  # it has no parent: the others are holes
    sides_px = np.array([cv2.boundingRect(contour)[2:] for contour in contours])
    kept = np.flatnonzero(is_outer & (sides_px.min(axis=1) >= _MIN_CORE_PX))
    longest = kept[np.argsort(-sides_px[kept].max(axis=1), kind="stable")][:_MAX_LINES]
    return [contours[index][:, 0].astype(np.float32) + 0.5 for index in longest]


def _cores(outlines: list[Points]) -> Quads:
    """The rectangle around each outline ``(n, 4, 2)``, its first edge along the text."""
    directions = np.array([_longer_side(outline) for outline in outlines])
    quads = _rectangles(outlines, directions)
    # A line shows its own direction. One or two characters do not: they follow the page.
    lines = DetectedLines(_unclip(quads, UNCLIP_RATIO), np.ones(len(quads), np.float32))
    page_angle = np.radians(skew_degrees(lines) + 90 * runs_downwards(lines))
    directions[~is_elongated(lines.quads)] = np.cos(page_angle), np.sin(page_angle)
    return _rectangles(outlines, directions)


def _longer_side(outline: Points) -> Points:
    """Unit vector along the smallest rectangle around the outline, to the right or else downwards."""
    corners = cv2.boxPoints(cv2.minAreaRect(outline))
    side = max(corners[1] - corners[0], corners[2] - corners[1], key=np.linalg.norm)
    x, y = side / np.linalg.norm(side)
    main = x if abs(x) >= abs(y) else y
    return np.copysign(1, main) * np.array([x, y])  # type: ignore[no-any-return]


def _rectangles(outlines: list[Points], directions: Points) -> Quads:
    """The rectangle around each outline, its first edge along the given unit vector: ``(n, 4, 2)``."""
    quads = []
    for outline, (x, y) in zip(outlines, directions, strict=True):
        along_and_across = np.array([[x, y], [-y, x]])
        extents = outline @ along_and_across.T
        (left, top), (right, bottom) = extents.min(axis=0) - 0.5, extents.max(axis=0) + 0.5
        quads.append(np.array([[left, top], [right, top], [right, bottom], [left, bottom]]) @ along_and_across)
    return np.array(quads, dtype=np.float32)


def _unclip(cores: Quads, ratio: float) -> Quads:
    """Push each side of the rectangles out by area times ratio over perimeter: equation 10 of the paper."""
    along, across = cores[:, 1] - cores[:, 0], cores[:, 3] - cores[:, 0]
    length = np.linalg.norm(along, axis=1, keepdims=True)
    height = np.linalg.norm(across, axis=1, keepdims=True)
    distance = length * height * ratio / (2 * (length + height))
    right, down = along / length * distance, across / height * distance
    pushes: Quads = np.stack([-right - down, right - down, right + down, down - right], axis=1)
    return cores + pushes


def _mean_inside(core: Points, probabilities: NDArray[np.float32]) -> float:
    """Mean probability over the pixels of one core ``(4, 2)``."""
    height, width = probabilities.shape
    left, top = np.floor(core.min(axis=0)).astype(int).clip(0)
    right, bottom = np.ceil(core.max(axis=0)).astype(int).clip(None, (width, height))
    mask = np.zeros((bottom - top, right - left), dtype=np.uint8)
    cv2.fillConvexPoly(mask, np.round(core - (left, top) - 0.5).astype(np.int32), 1)
    return float(cv2.mean(probabilities[top:bottom, left:right], mask)[0])
