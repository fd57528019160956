"""What the server makes of a page for each of its models."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ocr_models.crop import crop_line
from ocr_models.line_detector import LineDetector, look_at
from ocr_models.page_orientation import LineCrops, sample_lines
from ocr_models.types import Image

_FAST_LETTER_PX = 10.0  # ENGINE_FAST looks less closely


@dataclass(frozen=True, slots=True, eq=False)
class PageParts:
    """look, fast_look: uint8 RGB, for the detectors. sample: for the orientation classifier. lines: RGB crops."""

    look: Image
    fast_look: Image
    sample: LineCrops
    lines: list[Image]


def take_apart(pages: Iterable[Path], repository: Path) -> Iterator[PageParts]:
    """Take pages apart that have lines, with the models of the repository. Raises ValueError for what is no image."""
    detector = LineDetector(repository / "line_detector/1/model.onnx")
    for path in pages:
        read = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
        if read is None:
            raise ValueError(f"{path} is no image")
        image = np.asarray(read, np.uint8)
        found = detector.find(image)
        if sample := sample_lines(image, found):
            lines = [crop_line(image, quad)[0] for quad in found.quads]
            yield PageParts(look_at(image).image, look_at(image, _FAST_LETTER_PX).image, sample.few, lines)
