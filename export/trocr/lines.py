"""Real lines with their texts, to prove an export on."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from export.train import real
from export.train.batch import MAX_CHARACTERS
from ocr_models.crop import crop_line
from ocr_models.types import Image

_MARGIN_PX = 2
_SUFFIXES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """An upright crop, RGB (H, W, 3) of uint8, and what it says; without `cased` the truth knows capitals only."""

    crop: Image
    text: str
    cased: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Lines to prove an export on, and where they come from."""

    origin: str
    lines: list[Line]

    def __add__(self, other: "Lines") -> "Lines":
        return Lines(f"{self.origin}, {other.origin}", self.lines + other.lines)


def of_pages(folder: Path, most: int | None = None) -> Lines:
    """Lines of page images with their ground truth beside them: `NAME.png` or `.jpg`, and `NAME.json`."""
    return _lines(folder.name, list(_cut_pages(folder))[:most])


def of_folder(folder: Path, most: int | None = None) -> Lines:
    """Images of single lines, and the text of each in `NAME.txt` beside it."""
    paths = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in _SUFFIXES]
    pairs = [(path, path.with_suffix(".txt")) for path in paths if path.with_suffix(".txt").is_file()]
    found = [Line(_read(image), _joined(text.read_text(encoding="utf-8"))) for image, text in pairs[:most]]
    return _lines(folder.name, found)


def of_receipts(folder: Path, most: int | None = None) -> Lines:
    """Lines of the receipts (SROIE, training part) that training never sees."""
    _, held_out = real.load(folder)
    found = [Line(real.crop_in_colour(line), line.text, cased=False) for line in held_out[:most]]
    return _lines("held-out receipts", found)


def _lines(origin: str, found: list[Line]) -> Lines:
    if not found:
        raise FileNotFoundError(f"{origin}: no image with its text beside it")
    return Lines(f"{len(found)} of {origin}", found)


def _cut_pages(folder: Path) -> Iterator[Line]:
    for truth in sorted(folder.glob("*.json")):
        images = [path for suffix in _SUFFIXES if (path := truth.with_suffix(suffix)).is_file()]
        if not images:
            continue
        page = _read(images[0])
        for line in json.loads(truth.read_text(encoding="utf-8"))["pages"][0]["lines"]:
            crop, _ = crop_line(page, _widened(np.array(line["polygon"], np.float32)))
            text = _joined(line["text"])
            if text and len(text) <= MAX_CHARACTERS:
                yield Line(crop, text)


def _widened(quad: NDArray[np.float32]) -> NDArray[np.float32]:
    """The quad with its edges moved outward by the margin; vertices clockwise from the text's top-left."""
    along = (quad[1] - quad[0]) / max(float(np.linalg.norm(quad[1] - quad[0])), 1e-6)
    down = (quad[3] - quad[0]) / max(float(np.linalg.norm(quad[3] - quad[0])), 1e-6)
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32)
    return np.asarray(quad + _MARGIN_PX * signs @ np.stack([along, down]), np.float32)


def _read(path: Path) -> Image:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise FileNotFoundError(f"not an image: {path}")
    return np.asarray(image[:, :, ::-1], np.uint8)


def _joined(text: str) -> str:
    return " ".join(text.split())
