"""Judges which way up a page lies, from its lines and a classifier that knows upright text from upside-down text."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_models.crop import crop_line
from ocr_models.sessions import open_session
from ocr_models.skew import runs_downwards
from ocr_models.types import DetectedLines, Image

_INPUT_HEIGHT_PX, _INPUT_WIDTH_PX = 48, 192
_SAMPLE_LINES = 8


@dataclass(frozen=True, slots=True)
class Orientation:
    """How to set a page upright, and how sure that is.

    rotation_degrees: 0, 90, 180 or 270: clockwise rotation to apply to the page so that its text stands upright.
    confidence: 0.5 to 1, the classifier's mean probability for this way up against upside down; 0.5 without lines.
    """

    rotation_degrees: int
    confidence: float


class PageOrientation:
    """PP-OCR's upside-down classifier, asked about a sample of a page's lines. Threads may share it."""

    def __init__(self, model_path: Path) -> None:
        self._session = open_session(model_path)

    def judge(self, image: Image, lines: DetectedLines) -> Orientation:
        """Judge the page ``image`` by its ``lines``, whose quads run along the text as the line detector's do.

        A page without lines is taken to be upright, with confidence 0.5.
        """
        if not len(lines):
            return Orientation(rotation_degrees=0, confidence=0.5)
        sample = _telling_lines(lines)
        tensor = np.stack([_to_tensor(crop_line(image, quad)[0]) for quad in sample])
        (probabilities,) = self._session.run(None, {"x": tensor})
        upside_down = float(probabilities[:, 1].mean())
        # Text that runs downwards is upright after a quarter turn to the left.
        turn = (270 if runs_downwards(lines) else 0) + (180 if upside_down > 0.5 else 0)
        return Orientation(rotation_degrees=turn % 360, confidence=max(upside_down, 1 - upside_down))


def _telling_lines(lines: DetectedLines) -> NDArray[np.float32]:
    """The quads of the widest, surest lines that run the page's way."""
    along = lines.quads[:, 1] - lines.quads[:, 0]
    downwards = np.abs(along[:, 1]) > np.abs(along[:, 0])
    weight = np.linalg.norm(along, axis=1) * lines.scores * (downwards == runs_downwards(lines))
    return lines.quads[np.argsort(-weight)[:_SAMPLE_LINES]]


def _to_tensor(crop: Image) -> NDArray[np.float32]:
    """Fit the crop's beginning into the classifier's input: ``(3, 48, 192)``, BGR, -1..1, zeros beyond its end."""
    height_px, width_px = crop.shape[:2]
    width = min(_INPUT_WIDTH_PX, max(1, round(width_px * _INPUT_HEIGHT_PX / height_px)))
    resized = cv2.resize(crop, (width, _INPUT_HEIGHT_PX))
    tensor = np.zeros((3, _INPUT_HEIGHT_PX, _INPUT_WIDTH_PX), dtype=np.float32)
    tensor[:, :, :width] = resized[:, :, ::-1].transpose(2, 0, 1) / np.float32(127.5) - 1
    return tensor
