"""Judges which way up a page lies, by its lines and a classifier that knows upside-down text."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_models.crop import crop_line
from ocr_models.sessions import infer, open_session
from ocr_models.skew import runs_downwards
from ocr_models.types import DetectedLines, Image, Quads

_INPUT_HEIGHT_PX, _INPUT_WIDTH_PX = 48, 192
_MAX_ASPECT = 6  # a longer line is cut, not squeezed further than this into the input's aspect of 4
# Four lines tell nearly every page; where they waver, as many again are asked.
_FEW_LINES, _SAMPLE_LINES = 4, 8
_SURE = 0.95


@dataclass(frozen=True, slots=True)
class Orientation:
    """How to set a page upright, and how sure that is.

    rotation_degrees: 0, 90, 180 or 270: the clockwise turn that makes the page's text stand upright.
    confidence: 0.5 to 1: the lines' pooled probability of this way up against upside down.
    """

    rotation_degrees: int
    confidence: float


class PageOrientation:
    """PP-OCR's upside-down classifier, asked about a sample of a page's lines. Threads may share it."""

    def __init__(self, model_path: Path) -> None:
        self._session = open_session(model_path)

    def judge(self, image: Image, lines: DetectedLines) -> Orientation:
        """Judge the page ``image`` by its ``lines``, whose quads run along the text as a LineDetector's do.

        A page without lines is taken to be upright, with confidence 0.5.
        """
        if not len(lines):
            return Orientation(rotation_degrees=0, confidence=0.5)
        on_its_side = runs_downwards(lines)
        crops = [crop_line(image, quad)[0] for quad in _widest(lines, on_its_side)]
        few, more = crops[:_FEW_LINES], crops[_FEW_LINES:]
        probabilities = self._upside_down(few)
        if more and max(_pool(probabilities), 1 - _pool(probabilities)) < _SURE:
            probabilities = np.concatenate([probabilities, self._upside_down(more)])
        upside_down = _pool(probabilities)
        # Text that runs downwards stands upright after a quarter turn to the left.
        rotation_degrees = (270 * on_its_side + 180 * (upside_down > 0.5)) % 360
        return Orientation(rotation_degrees, confidence=max(upside_down, 1 - upside_down))

    def _upside_down(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """The probability of each crop to stand on its head, ``(n,)``."""
        return infer(self._session, np.stack([_to_tensor(crop) for crop in crops]))[:, 1]


def _widest(lines: DetectedLines, downwards: bool) -> Quads:
    """The widest and surest lines that run the page's way; all lines are too short to tell on some pages."""
    along = lines.quads[:, 1] - lines.quads[:, 0]
    runs_along = (np.abs(along[:, 1]) > np.abs(along[:, 0])) == downwards
    weights = np.hypot(along[:, 0], along[:, 1]) * lines.scores * runs_along
    return lines.quads[np.argsort(-weights)[:_SAMPLE_LINES]]


def _pool(probabilities: NDArray[np.float32]) -> float:
    """Mean in log-odds: a line that is certain counts for more than some that waver."""
    odds = (probabilities + 1e-4) / (1 - probabilities + 1e-4)
    return float(1 / (1 + np.exp(-np.log(odds).mean())))


def _to_tensor(crop: Image) -> NDArray[np.float32]:
    """Fit a crop into the classifier's input, ``(3, 48, 192)`` BGR from -1 to 1, zeros beyond its end."""
    beginning = crop[:, : _MAX_ASPECT * crop.shape[0]]
    height_px, width_px = beginning.shape[:2]
    width = min(_INPUT_WIDTH_PX, max(1, round(width_px * _INPUT_HEIGHT_PX / height_px)))
    resized = cv2.resize(beginning, (width, _INPUT_HEIGHT_PX))
    tensor = np.zeros((3, _INPUT_HEIGHT_PX, _INPUT_WIDTH_PX), dtype=np.float32)
    tensor[:, :, :width] = resized[:, :, ::-1].transpose(2, 0, 1) / np.float32(127.5) - 1
    return tensor
