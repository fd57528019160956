"""Read upright line crops with a PP-OCR recognizer: one pass over the columns, decoded by CTC best path.

Model: PP-OCRv6 small, https://github.com/PaddlePaddle/PaddleOCR (Apache-2.0). Decoding: Graves et al. 2006,
"Connectionist Temporal Classification", section 3.2 (best path).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_models.sessions import open_session
from ocr_models.spacing import find_spaces
from ocr_models.types import Image, ReadText

LINE_HEIGHT_PX = 48
MIN_WIDTH_PX = 16
# About 130 characters. A longer line is squeezed to this: memory stays bounded whatever is passed in.
MAX_WIDTH_PX = 3200
MIN_CROP_SIDE_PX = 3

NOTHING_READ = ReadText("", 0.0, np.zeros(0, np.float32), np.zeros((0, 2), np.float32))


def normalized_width_px(crop: Image) -> int:
    """Return the width of ``crop`` in pixels once it is scaled to the recognizer's height."""
    height, width = crop.shape[:2]
    return min(max(ceil(width * LINE_HEIGHT_PX / max(height, 1)), MIN_WIDTH_PX), MAX_WIDTH_PX)


class CtcRecognizer:
    """A PP-OCR line recognizer. ``read`` may be called from several threads at once."""

    def __init__(self, model_path: Path) -> None:
        """Open the ONNX model at ``model_path``; its metadata key ``character`` holds its dictionary.

        Raises FileNotFoundError if the weights are not there.
        """
        self._session = open_session(model_path)
        self._input_name = self._session.get_inputs()[0].name
        dictionary = self._session.get_modelmeta().custom_metadata_map["character"].split("\n")
        self._characters = np.array(["", *dictionary, " "])  # class 0 is CTC's blank, the last one the space

    def read(self, crops: Sequence[Image]) -> list[ReadText]:
        """Read one batch of upright line crops; the results stand in the order of ``crops``.

        crops: uint8 RGB ``(height, width, 3)`` of any size, one text line each. The whole batch is padded to its
            widest line: pass lines of like width (see ``plan_batches``).

        A crop without legible text gives an empty text with confidence 0, and never an exception.
        """
        reads = [NOTHING_READ] * len(crops)
        legible = [index for index, crop in enumerate(crops) if _may_hold_text(crop)]
        if not legible:
            return reads
        widths = [normalized_width_px(crops[index]) for index in legible]
        batch = np.zeros((len(legible), 3, LINE_HEIGHT_PX, max(widths)), np.float32)
        for row, index in enumerate(legible):
            batch[row, :, :, : widths[row]] = _normalize(crops[index], widths[row])
        (probabilities,) = self._session.run(None, {self._input_name: batch})
        columns_per_px = probabilities.shape[1] / batch.shape[3]
        for row, index in enumerate(legible):
            columns = widths[row] * columns_per_px
            reads[index] = self._decode(probabilities[row, : ceil(columns)], columns)
        return reads

    def _decode(self, probabilities: NDArray[np.float32], columns: float) -> ReadText:
        """Turn class probabilities ``(columns, classes)`` into text; ``columns`` is the crop's exact width."""
        path = _best_path(probabilities, self._characters)
        if not path.text:
            return NOTHING_READ
        is_space = find_spaces(path.space_probabilities)
        return _with_spaces(path, is_space, columns)


@dataclass(frozen=True, slots=True, eq=False)
class _BestPath:
    """The characters on the best path, without spaces; n of them.

    centers: float32 ``(n,)``, in columns. space_probabilities: float32 ``(n - 1,)``, the highest probability of
    the space class from one character to the next.
    """

    text: str
    confidences: NDArray[np.float32]
    centers: NDArray[np.float32]
    space_probabilities: NDArray[np.float32]


def _best_path(probabilities: NDArray[np.float32], characters: NDArray[np.str_]) -> _BestPath:
    best = probabilities.argmax(axis=1)
    starts = np.flatnonzero(np.diff(best, prepend=-1))
    ends = np.append(starts[1:], len(best))
    space = len(characters) - 1
    runs = [(start, end) for start, end in zip(starts, ends, strict=True) if best[start] not in (0, space)]
    between = zip(runs, runs[1:], strict=False)
    return _BestPath(
        text="".join(characters[best[start]] for start, _ in runs),
        confidences=np.array(
            [probabilities[start:end, best[start]].max() for start, end in runs], np.float32
        ),
        centers=np.array([(start + end) / 2 for start, end in runs], np.float32),
        space_probabilities=np.array(
            [probabilities[left[0] : right[1], space].max() for left, right in between], np.float32
        ),
    )


def _with_spaces(path: _BestPath, is_space: NDArray[np.bool_], columns: float) -> ReadText:
    """Put the spaces in and give each character its span, half-way to its neighbours or half a pitch."""
    steps = np.diff(path.centers)
    half_pitch = float(np.median(steps)) / 2 if len(steps) else 1.5
    reach = np.minimum(steps / 2, half_pitch)
    left = path.centers - np.append(half_pitch, reach).astype(np.float32)
    right = path.centers + np.append(reach, half_pitch).astype(np.float32)
    text = "".join(
        char + " " * int(space) for char, space in zip(path.text, np.append(is_space, False), strict=True)
    )
    gaps = np.flatnonzero(is_space)
    spans = np.insert(
        np.stack([left, right], axis=1), gaps + 1, np.stack([right[gaps], left[gaps + 1]], axis=1), axis=0
    )
    pairs = np.minimum(path.confidences[gaps], path.confidences[gaps + 1])
    return ReadText(
        text=text,
        confidence=float(path.confidences.mean()),
        char_confidences=np.insert(path.confidences, gaps + 1, pairs),
        char_spans=np.clip(spans / columns, 0.0, 1.0).astype(np.float32),
    )


def _may_hold_text(crop: Image) -> bool:
    """False for a crop too small for a glyph, and for one of a single colour."""
    return min(crop.shape[:2]) >= MIN_CROP_SIDE_PX and bool(np.ptp(crop) > 0)


def _normalize(crop: Image, width: int) -> NDArray[np.float32]:
    """Scale to ``(3, 48, width)``, values -1 to 1, channels in PP-OCR's order: blue, green, red."""
    scaled = cv2.resize(crop, (width, LINE_HEIGHT_PX), interpolation=cv2.INTER_LINEAR)
    return (scaled[:, :, ::-1].astype(np.float32) / 127.5 - 1.0).transpose(2, 0, 1)
