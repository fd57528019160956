"""Lines of real receipts (SROIE, training part), and which receipts are kept for validation.

The truth is written in capitals whatever the print: losses and scores of these lines know no letter case.
"""

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from export.train.batch import MAX_CHARACTERS, Example
from export.train.degrade import Camera
from ocr_models.trocr.line_image import WIDTH_FACTOR, Gray, target_width_px, to_line
from ocr_models.types import Image

_VALIDATION_SHARE = 25 / 425


@dataclass(frozen=True, slots=True)
class RealLine:
    """A transcribed line: its page, its box in pixels of that page (x0, y0, x1, y1), what it says."""

    page: Path
    box_px: tuple[int, int, int, int]
    text: str

    @property
    def key(self) -> str:
        """A name for this line that outlives the process."""
        return f"{self.page.name}:{','.join(map(str, self.box_px))}"


def load(folder: Path) -> tuple[list[RealLine], list[RealLine]]:
    """Lines to train on and lines for validation; a receipt is wholly on one side.

    `folder` holds `records.jsonl`: an object a line with `image` and `lines` (each `polygon` and `text`).
    """
    training: list[RealLine] = []
    validation: list[RealLine] = []
    with (folder / "records.jsonl").open(encoding="utf-8") as records:
        for record in map(json.loads, records):
            digest = hashlib.sha256(record["image"].encode()).digest()
            side = validation if digest[0] / 256 < _VALIDATION_SHARE else training
            for line in record["lines"]:
                corners = np.array(line["polygon"])
                box = (*corners.min(0).tolist(), *corners.max(0).tolist())
                text = " ".join(line["text"].split())
                if box[2] - box[0] >= 3 and box[3] - box[1] >= 5 and 0 < len(text) <= MAX_CHARACTERS:
                    side.append(RealLine(folder / record["image"], box, text))
    return training, validation


class Receipts:
    """Draws real lines, cut and damaged anew each time."""

    def __init__(self, lines: Sequence[RealLine], seed: int) -> None:
        self._lines = list(lines)
        self._random = random.Random(seed)
        self._camera = Camera(seed)

    def draw(self) -> Example:
        """One line, drawn at random. Long lines are few in receipts, so that they come twice as often."""
        line = max(self._random.choices(self._lines, k=2), key=lambda line: len(line.text) > 30)
        height = line.box_px[3] - line.box_px[1]
        loosen = ((-0.08, 0.14), (-0.05, 0.14), (-0.08, 0.14), (-0.05, 0.14))
        crop = _cut(line, [self._random.uniform(*limits) * height for limits in loosen])
        crop = self._camera.retake(crop)
        factor = WIDTH_FACTOR * self._random.uniform(0.85, 1.15)
        height_px, width_px = crop.shape
        return Example(to_line(crop, target_width_px(height_px, width_px, factor)), line.text, None)


def crop(line: RealLine, margin_px: int = 2) -> Gray:
    """The line's image (32, W), its box widened by `margin_px`: how lines are read when measured."""
    return to_line(_cut(line, [margin_px] * 4))


def crop_in_colour(line: RealLine, margin_px: int = 2) -> Image:
    """The crop (H, W, 3) of a line as a server gets it, its box widened by `margin_px`."""
    left, top, right, bottom = line.box_px
    rows, columns = (
        slice(max(0, top - margin_px), bottom + margin_px),
        slice(max(0, left - margin_px), right + margin_px),
    )
    return _page_in_colour(line.page)[rows, columns]


def _cut(line: RealLine, margins_px: Sequence[float]) -> Gray:
    """The box of a line, moved outward by margins (left, top, right, bottom)."""
    left, top, right, bottom = line.box_px
    page = _page(line.page)
    x0, y0 = max(0, round(left - margins_px[0])), max(0, round(top - margins_px[1]))
    x1, y1 = round(right + margins_px[2]), round(bottom + margins_px[3])
    return page[min(y0, page.shape[0] - 4) : max(y1, y0 + 4), min(x0, page.shape[1] - 3) : max(x1, x0 + 3)]


@lru_cache(maxsize=500)
def _page(path: Path) -> Gray:
    return _read(path, cv2.IMREAD_GRAYSCALE)


@lru_cache(maxsize=1)  # lines come page by page
def _page_in_colour(path: Path) -> Image:
    return _read(path, cv2.IMREAD_COLOR_RGB)


def _read(path: Path, mode: int) -> Gray:
    image = cv2.imread(str(path), mode)
    if image is None:
        raise FileNotFoundError(f"not an image: {path}")
    return np.asarray(image, np.uint8)
