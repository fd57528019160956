"""A network in half precision, and what that changes in what it finds: both computed on the CPU."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
from onnxruntime.transformers.float16 import convert_float_to_float16
from onnxruntime.transformers.onnx_model import OnnxModel

from ocr_models.ctc_recognizer import CtcRecognizer
from ocr_models.line_detector import LineDetector
from ocr_models.page_orientation import PageOrientation, sample_lines
from ocr_models.types import Image

_MAX_SHIFT = 0.1  # of the line's height
_MIN_SAME_TEXTS = 0.98
_MAX_PROBABILITY_CHANGE = 0.02
_PAGES = (".png", ".jpg")


@dataclass(frozen=True, slots=True)
class Parity:
    """How near half precision comes, in words, and whether that is near enough."""

    found: str
    close: bool


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """What networks are compared on: pages, and crops of lines; all RGB."""

    pages: list[Image]
    crops: list[Image]


def pages_of(folder: Path) -> list[Image]:
    """The page images in ``folder``, RGB."""
    paths = [path for path in sorted(folder.iterdir()) if path.suffix in _PAGES]
    return [np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR_RGB), np.uint8) for path in paths]


def halve(source: Path, target: Path) -> None:
    """Write the float32 graph ``source`` in float16; its inputs, outputs and metadata stay as they are."""
    halved = convert_float_to_float16(onnx.load(source), keep_io_types=True)
    OnnxModel.graph_topological_sort(halved.graph, is_deterministic=True)  # it puts its casts behind all the rest
    onnx.checker.check_model(halved)
    onnx.save(halved, target)


def compare_detectors(exact: Path, halved: Path, proof: Proof) -> Parity:
    """As many lines on each page, at the same places."""
    detectors = LineDetector(exact), LineDetector(halved)
    count, furthest = 0, 0.0
    for page in proof.pages:
        ours, theirs = (detector.find(page).quads for detector in detectors)
        if len(ours) != len(theirs):
            return Parity(f"{len(theirs)} lines where there were {len(ours)}", close=False)
        shifts_px = np.abs(ours[:, None] - theirs[None]).max(axis=(2, 3)).min(axis=1)
        heights_px = np.linalg.norm(ours[:, 3] - ours[:, 0], axis=1)
        count += len(ours)
        furthest = max(furthest, float((shifts_px / heights_px).max(initial=0)))
    return Parity(f"{count} lines, no corner moved by more than {furthest:.0%} of the height", furthest <= _MAX_SHIFT)


def compare_recognizers(exact: Path, halved: Path, proof: Proof) -> Parity:
    """The same text on each line."""
    recognizers = CtcRecognizer(exact), CtcRecognizer(halved)
    texts = [[recognizer.read([crop])[0].text for recognizer in recognizers] for crop in proof.crops]
    same = sum(ours == theirs for ours, theirs in texts)
    return Parity(f"{same} of {len(texts)} lines read alike", same >= _MIN_SAME_TEXTS * len(texts))


def compare_orientations(exact: Path, halved: Path, proof: Proof) -> Parity:
    """The same probabilities for lines of each page, and for the same lines upside down."""
    judges = PageOrientation(exact), PageOrientation(halved)
    detector = LineDetector(exact.parents[2] / "line_detector" / "1" / "model.onnx")
    most = 0.0
    for page in (*proof.pages, *(np.ascontiguousarray(page[::-1, ::-1]) for page in proof.pages)):
        if sample := sample_lines(page, detector.find(page)):
            ours, theirs = (judge.upside_down(sample.few) for judge in judges)
            most = max(most, float(np.abs(ours - theirs).max()))
    return Parity(f"no probability changed by more than {most:.4f}", most <= _MAX_PROBABILITY_CHANGE)


COMPARE: dict[str, Callable[[Path, Path, Proof], Parity]] = {
    "line_detector": compare_detectors,
    "line_detector_tiny": compare_detectors,
    "line_recognizer_ctc": compare_recognizers,
    "page_orientation": compare_orientations,
}
