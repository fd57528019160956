"""Reads upright line crops with a PP-OCR recognizer: one pass over the columns, CTC, then the spaces.

Model: PP-OCRv6 small, https://github.com/PaddlePaddle/PaddleOCR (Apache-2.0).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr_models.character_spans import character_spans
from ocr_models.crop import as_gray, may_hold_text
from ocr_models.ctc_decoder import CtcDecoder
from ocr_models.sessions import CPU, infer, open_session
from ocr_models.spacing import find_spaces, gap_features, ink_columns, white_between
from ocr_models.types import Image, ReadText

_HEIGHT_PX = 48
_COLUMN_PX = 8  # the network's stride
# About 130 characters. A longer line is squeezed to this: memory stays bounded whatever is passed in.
_MAX_WIDTH_PX = 3200


def normalized_width_px(crop: Image) -> int:
    """Width of ``crop`` in pixels as the recognizer sees it: scaled to its height, whole columns."""
    height, width = int(crop.shape[0]), int(crop.shape[1])
    columns = ceil(width * _HEIGHT_PX / max(height, 1) / _COLUMN_PX)
    return min(max(columns * _COLUMN_PX, 2 * _COLUMN_PX), _MAX_WIDTH_PX)


@dataclass(frozen=True, slots=True, eq=False)
class LocatedText:
    """The n characters of a line, without spaces, and what is between them. Pixels are those of the scaled crop.

    confidences: float32 ``(n,)``, 0 to 1. centers_px: float32 ``(n,)``. ink: bool ``(width,)``, columns that hold some.
    white_px: float32 ``(n - 1, 2)``, the white stretch in each gap. gap_features: float32 ``(n - 1, 3)``, see
    ``ocr_models.spacing``.
    """

    text: str
    confidences: NDArray[np.float32]
    centers_px: NDArray[np.float32]
    ink: NDArray[np.bool_]
    white_px: NDArray[np.float32]
    gap_features: NDArray[np.float32]


class CtcRecognizer:
    """A PP-OCR line recognizer. Threads may share it."""

    def __init__(self, model_path: Path, *, provider: str = CPU) -> None:
        """Open the ONNX model at ``model_path``; its metadata key ``character`` holds its dictionary.

        Raises FileNotFoundError if the weights are not there, RuntimeError if the provider cannot run here.
        """
        self._session = open_session(model_path, provider=provider)
        dictionary = self._session.get_modelmeta().custom_metadata_map["character"].split("\n")
        self._decoder = CtcDecoder(dictionary)

    def read(self, crops: Sequence[Image]) -> list[ReadText]:
        """Read one batch of upright line crops; the results stand in the order of ``crops``.

        crops: uint8 RGB ``(height, width, 3)`` of any size, one text line each. The whole batch is padded to its
            widest line: pass lines of like width (see ``plan_batches``).

        A character's confidence is the highest probability the network gives it on its way; a line's is that of
        its least sure character, which tells right lines from wrong ones better than the mean does. A crop without
        legible text, however odd its shape, gives an empty text with confidence 0.
        """
        return [_with_spaces(located) if located.text else ReadText.nothing() for located in self.locate(crops)]

    def locate(self, crops: Sequence[Image]) -> list[LocatedText]:
        """Find the characters of each crop and what tells of spaces between them; see ``read``."""
        legible = [index for index, crop in enumerate(crops) if may_hold_text(crop)]
        located = [_locate_nothing()] * len(crops)
        if not legible:
            return located
        lines = [_scale(crops[index]) for index in legible]
        tensor = np.zeros((len(lines), 3, _HEIGHT_PX, max(line.shape[1] for line in lines)), np.float32)
        for row, line in enumerate(lines):
            # Values from -1 to 1, channels in PP-OCR's order: blue, green, red.
            tensor[row, :, :, : line.shape[1]] = line[:, :, ::-1].transpose(2, 0, 1) / np.float32(127.5) - 1
        probabilities = infer(self._session, tensor)
        for index, line, columns in zip(legible, lines, probabilities, strict=True):
            located[index] = self._locate(line, columns[: line.shape[1] // _COLUMN_PX])
        return located

    def _locate(self, line: Image, probabilities: NDArray[np.float32]) -> LocatedText:
        path = self._decoder.decode(probabilities)
        if not path.text:
            return _locate_nothing()
        ink = ink_columns(as_gray(line))
        centers_px = path.centers * _COLUMN_PX
        white_px = white_between(ink, centers_px)
        return LocatedText(
            text=path.text,
            confidences=path.confidences,
            centers_px=centers_px,
            ink=ink,
            white_px=white_px,
            gap_features=gap_features(path.space_probabilities, centers_px, white_px),
        )


def _scale(crop: Image) -> Image:
    scaled = cv2.resize(crop, (normalized_width_px(crop), _HEIGHT_PX), interpolation=cv2.INTER_LINEAR)
    return np.asarray(scaled, np.uint8)


def _locate_nothing() -> LocatedText:
    none = np.zeros(0, np.float32)
    return LocatedText("", none, none, np.zeros(0, bool), np.zeros((0, 2), np.float32), np.zeros((0, 3), np.float32))


def _with_spaces(located: LocatedText) -> ReadText:
    """Put the spaces in."""
    is_space = find_spaces(located.gap_features)
    gaps = np.flatnonzero(is_space)
    spans = character_spans(located.ink, located.centers_px, located.white_px, is_space)
    space_confidences = np.minimum(located.confidences[gaps], located.confidences[gaps + 1])
    text = "".join(
        f"{character} " if space else character
        for character, space in zip(located.text, np.append(is_space, False), strict=True)
    )
    return ReadText(
        text=text,
        confidence=float(located.confidences.min()),
        char_confidences=np.insert(located.confidences, gaps + 1, space_confidences),
        char_spans=np.clip(spans / len(located.ink), 0.0, 1.0).astype(np.float32),
    )
