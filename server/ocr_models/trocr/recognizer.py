"""Reads upright line crops with a TrOCR network: any checkpoint that ``export/trocr`` has exported."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocr_models.batching import plan_batches
from ocr_models.crop import as_gray, may_hold_text
from ocr_models.sessions import CPU
from ocr_models.trocr.beams import write_with_beams
from ocr_models.trocr.columns import ColumnReading, read_columns
from ocr_models.trocr.description import SquareImage
from ocr_models.trocr.drafts import write_drafted
from ocr_models.trocr.guards import is_believed, token_limit, without_loop
from ocr_models.trocr.line_image import COLUMN_PX, natural_width_px, to_line
from ocr_models.trocr.long_lines import split_long
from ocr_models.trocr.network import Encoded, Pixels, TrocrNetwork, pad
from ocr_models.trocr.placement import attention_centers, column_centers, grid_centers, shared_centers
from ocr_models.trocr.reading import Characters, LineReading, PieceReading, as_read_text, joined
from ocr_models.trocr.writing import Writing, write_greedily
from ocr_models.types import Image, ReadText

# CPU a receipt line with 1 / 4 / 6 / 8 / 12 / 16 lines a batch: 6.4 / 4.0 / 3.7 / 3.5 / 3.3 / 3.4 ms. Two cores share
# a page better in small batches.
MAX_LINES = 8
# A batch's memory grows with its width, padding included. Eight lines of a usual length stay below.
MAX_BATCH_PX = 2048
# A longer line is squeezed to this: memory stays bounded whatever is passed in.
_MAX_LINE_PX = 4000
_MAX_SQUARES = 4
# Condensed print whose characters come out narrower than two columns is read again in a wider image, unless it was
# read for sure, and the surer of the two readings stands.
_NARROW_CHARACTER_PX = 8.0
_SURE = 0.97
_WIDER = 1.5


def plan_columns(crops: Sequence[Image]) -> list[list[int]]:
    """Group crops for a network that looks at lines as columns: see ``TrocrRecognizer.plan_batches``."""
    return plan_batches([_width_px(crop) for crop in crops], max_lines=MAX_LINES, max_width_px=MAX_BATCH_PX)


class TrocrRecognizer:
    """A TrOCR line recognizer. Threads may share it."""

    def __init__(self, folder: Path, *, precision: str = "int8", beams: int = 1, provider: str = CPU) -> None:
        """Open the model in ``folder``.

        precision: "int8" or "fp32" on a CPU, "fp16" on a GPU. beams: hypotheses kept for each line; 1 is greedy.
        provider: an execution provider of onnxruntime.

        Raises FileNotFoundError if the weights are not there, ValueError for a model that cannot be served.
        """
        self._network = TrocrNetwork(folder, precision=precision, provider=provider)
        self._beams = beams

    def plan_batches(self, crops: Sequence[Image]) -> list[list[int]]:
        """Group crops worth one call of ``read`` each, narrow ones first; every index stands in exactly one batch."""
        if isinstance(self._network.description.image, SquareImage):
            return [
                list(range(len(crops)))[start : start + _MAX_SQUARES] for start in range(0, len(crops), _MAX_SQUARES)
            ]
        return plan_columns(crops)

    def read(self, crops: Sequence[Image]) -> list[ReadText]:
        """Read one batch of upright line crops; the results stand in the order of ``crops``.

        crops: uint8 RGB ``(height, width, 3)`` of any size, one text line each. The whole batch is padded to its
            widest line: pass lines of like width (see ``plan_batches``).

        Confidences are calibrated where the model folder says how; else a character's is the decoder's probability
        of its token, and a line's that of its least sure one. A crop without legible text gives an empty text with
        confidence 0.
        """
        legible = [index for index, crop in enumerate(crops) if may_hold_text(crop)]
        reads = [ReadText.nothing()] * len(crops)
        if legible:
            calibration = self._network.description.calibration
            for index, reading in zip(legible, self.look([crops[index] for index in legible]), strict=True):
                reads[index] = as_read_text(reading, calibration)
        return reads

    def look(self, crops: Sequence[Image]) -> list[LineReading]:
        """What is seen on each of at least one crop that may hold text, before confidences are calibrated."""
        if isinstance(self._network.description.image, SquareImage):
            lines = [to_line(as_gray(crop)) for crop in crops]
            pixels = self._network.prepare(crops)
            pieces = self._read_pieces(pixels, [line.shape[1] for line in lines])
            return [joined([piece], [0], line) for piece, line in zip(pieces, lines, strict=True)]
        widths_px = [_width_px(crop) for crop in crops]
        readings = self._look_at(crops, widths_px)
        narrow = [
            index
            for index, (reading, width_px) in enumerate(zip(readings, widths_px, strict=True))
            if width_px < _NARROW_CHARACTER_PX * len(reading.text) and reading.whole.least < _SURE
        ]
        if narrow:
            wider_px = [min(round(_WIDER * widths_px[index]), _MAX_LINE_PX) for index in narrow]
            for index, again in zip(narrow, self._look_at([crops[index] for index in narrow], wider_px), strict=True):
                readings[index] = max(readings[index], again, key=lambda reading: reading.whole.least)
        return readings

    def _look_at(self, crops: Sequence[Image], widths_px: Sequence[int]) -> list[LineReading]:
        """Read each crop in an image of the given width, cut where that is too wide for one look."""
        lines = [to_line(as_gray(crop), width_px) for crop, width_px in zip(crops, widths_px, strict=True)]
        cuts = [split_long(line) for line in lines]
        pixels = pad([line[:, start:end] for line, places in zip(lines, cuts, strict=True) for start, end in places])
        pieces = iter(self._read_pieces(pixels, [end - start for places in cuts for start, end in places]))
        return [
            joined([next(pieces) for _ in places], [start for start, _ in places], line)
            for line, places in zip(lines, cuts, strict=True)
        ]

    def _read_pieces(self, pixels: Pixels, widths_px: Sequence[int]) -> list[PieceReading]:
        encoded = self._network.encode(pixels)
        seen = self._seen(encoded, widths_px)
        writings = self._write(encoded, seen)
        return [self._judge(*each) for each in zip(writings, seen, widths_px, strict=True)]

    def _seen(self, encoded: Encoded, widths_px: Sequence[int]) -> list[ColumnReading | None]:
        blank = self._network.description.blank_token
        if blank is None or encoded.column_tokens is None or encoded.column_probabilities is None:
            return [None] * len(encoded)
        columns = zip(encoded.column_tokens, encoded.column_probabilities, widths_px, strict=True)
        return [
            read_columns(tokens[: -(-width // COLUMN_PX)], probabilities[: -(-width // COLUMN_PX)], blank)
            for tokens, probabilities, width in columns
        ]

    def _write(self, encoded: Encoded, seen: Sequence[ColumnReading | None]) -> list[Writing]:
        decoder = self._network.description.decoder
        limits = [token_limit(each, decoder.max_tokens) for each in seen]
        if self._beams > 1:
            return write_with_beams(self._network.begin(encoded), decoder, limits, self._beams)
        drafts = [each for each in seen if each is not None]
        if len(drafts) < len(seen):
            return write_greedily(self._network.begin(encoded), decoder, limits)
        return write_drafted(self._network, encoded, drafts, limits)

    def _judge(self, writing: Writing, seen: ColumnReading | None, width_px: int) -> PieceReading:
        """Decide between the decoder and the dense head."""
        if seen is None:
            square = isinstance(self._network.description.image, SquareImage)
            centers_px = grid_centers(writing) * width_px if square else attention_centers(writing) * COLUMN_PX
            kept = without_loop(writing.tokens.tolist())
            written = self._characters(writing.tokens[:kept], writing.probabilities, centers_px)
            return PieceReading(written, _least(writing.probabilities), None)
        by_columns = self._characters(seen.tokens, seen.probabilities, seen.centers * COLUMN_PX)
        if not is_believed(writing, seen):
            return PieceReading(by_columns, 0.0, by_columns)
        centers_px = column_centers(writing, seen) * COLUMN_PX
        written = self._characters(writing.tokens, writing.probabilities, centers_px)
        return PieceReading(written, _least(writing.probabilities), by_columns)

    def _characters(
        self, tokens: NDArray[np.int64], probabilities: NDArray[np.float32], centers_px: NDArray[np.float32]
    ) -> Characters:
        spelling = self._network.vocabulary.spell(tokens.tolist())
        at = np.array(spelling.token_at, np.intp)
        return Characters(spelling.text, probabilities[at], shared_centers(centers_px, at))


def _width_px(crop: Image) -> int:
    return min(natural_width_px(max(crop.shape[0], 1), crop.shape[1]), _MAX_LINE_PX)


def _least(probabilities: NDArray[np.float32]) -> float:
    return float(probabilities.min(initial=1.0))
