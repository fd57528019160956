"""Judges which way up a page lies, by its lines and a classifier that knows upside-down text."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_models.crop import crop_line
from ocr_models.sessions import CPU, infer, open_session
from ocr_models.skew import runs_downwards
from ocr_models.types import DetectedLines, Image, Quads

INPUT_HEIGHT_PX, INPUT_WIDTH_PX = 48, 192
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

    @classmethod
    def unknown(cls) -> "Orientation":
        """Of a page without lines: it is taken to be upright."""
        return cls(rotation_degrees=0, confidence=0.5)


@dataclass(frozen=True, slots=True, eq=False)
class LineCrops:
    """Line crops as the classifier takes them.

    pixels: uint8 RGB ``(n, 48, 192, 3)``. widths_px: int32 ``(n,)``, how much of each row is the line's beginning; what
    is beyond tells nothing.
    """

    pixels: NDArray[np.uint8]
    widths_px: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.widths_px)

    def __getitem__(self, part: slice) -> "LineCrops":
        return LineCrops(self.pixels[part], self.widths_px[part])


@dataclass(frozen=True, slots=True, eq=False)
class LineSample:
    """The lines that a page is judged by. ``few`` are asked; ``more`` beside them only where those waver."""

    few: LineCrops
    more: LineCrops
    on_its_side: bool

    def wavers(self, upside_down: NDArray[np.float32]) -> bool:
        """Whether more lines should be asked, after what the few said, as in ``conclude``."""
        pooled = _pool(upside_down)
        return len(self.more) > 0 and max(pooled, 1 - pooled) < _SURE

    def conclude(self, upside_down: NDArray[np.float32]) -> Orientation:
        """Judge the page by the probability of each line asked to stand on its head, ``(n,)``."""
        pooled = _pool(upside_down)
        # Text that runs downwards stands upright after a quarter turn to the left.
        rotation_degrees = (270 * self.on_its_side + 180 * (pooled > 0.5)) % 360
        return Orientation(rotation_degrees, confidence=max(pooled, 1 - pooled))


def sample_lines(image: Image, lines: DetectedLines) -> LineSample | None:
    """Choose the lines to ask about on the RGB page ``image``; None if there are none.

    The quads run along the text, as a LineDetector's do.
    """
    if not len(lines):
        return None
    on_its_side = runs_downwards(lines)
    crops = _fit([crop_line(image, quad)[0] for quad in _widest(lines, on_its_side)])
    return LineSample(few=crops[:_FEW_LINES], more=crops[_FEW_LINES:], on_its_side=on_its_side)


class PageOrientation:
    """PP-OCR's upside-down classifier, asked about a sample of a page's lines. Threads may share it."""

    def __init__(self, model_path: Path, *, provider: str = CPU) -> None:
        """Raises FileNotFoundError if the weights are missing, RuntimeError if the provider cannot run here."""
        self._session = open_session(model_path, provider=provider)

    def judge(self, image: Image, lines: DetectedLines) -> Orientation:
        """Judge the page ``image`` by its ``lines``, whose quads run along the text as a LineDetector's do."""
        sample = sample_lines(image, lines)
        if sample is None:
            return Orientation.unknown()
        upside_down = self.upside_down(sample.few)
        if sample.wavers(upside_down):
            upside_down = np.concatenate([upside_down, self.upside_down(sample.more)])
        return sample.conclude(upside_down)

    def upside_down(self, crops: LineCrops) -> NDArray[np.float32]:
        """The probability of each crop to stand on its head, ``(n,)``."""
        tensor = np.zeros((len(crops), 3, INPUT_HEIGHT_PX, INPUT_WIDTH_PX), np.float32)
        for row, line, width_px in zip(tensor, crops.pixels, crops.widths_px, strict=True):
            # Values from -1 to 1, channels in PP-OCR's order: blue, green, red.
            row[:, :, :width_px] = line[:, :width_px, ::-1].transpose(2, 0, 1) / np.float32(127.5) - 1
        return infer(self._session, tensor)[:, 1]


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


def _fit(crops: Sequence[Image]) -> LineCrops:
    """Scale the beginning of each crop into the classifier's input."""
    pixels = np.zeros((len(crops), INPUT_HEIGHT_PX, INPUT_WIDTH_PX, 3), np.uint8)
    widths_px = np.zeros(len(crops), np.int32)
    for index, crop in enumerate(crops):
        beginning = crop[:, : _MAX_ASPECT * crop.shape[0]]
        height_px, width_px = beginning.shape[:2]
        fitted_px = min(INPUT_WIDTH_PX, max(1, round(width_px * INPUT_HEIGHT_PX / height_px)))
        pixels[index, :, :fitted_px] = cv2.resize(beginning, (fitted_px, INPUT_HEIGHT_PX))
        widths_px[index] = fitted_px
    return LineCrops(pixels, widths_px)
