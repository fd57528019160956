"""Lines and what was found on them as arrays, on the way to a model and back; both ends of the wire are here."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr_models.triton.serving import Arrays, InvalidInput
from ocr_models.types import DetectedLines, Image, ReadText


class MalformedAnswer(ValueError):
    """An answer that no model of ours gives."""


def pack_crops(crops: Sequence[Image]) -> dict[str, NDArray[Any]]:
    """Pack RGB crops of any sizes, at least one of at least 1x1.

    Returns ``crops``, uint8 ``(n, height, width, 3)`` as large as the largest of them, zeros to the right and below,
    and ``sizes_px``, int32 ``(n, 2)``: the height and width of each.
    """
    sizes_px = np.array([crop.shape[:2] for crop in crops], np.int32)
    packed = np.zeros((len(crops), *sizes_px.max(axis=0), 3), np.uint8)
    for row, crop in zip(packed, crops, strict=True):
        row[: crop.shape[0], : crop.shape[1]] = crop
    return {"crops": packed, "sizes_px": sizes_px}


def unpack_crops(packed: Image, sizes_px: NDArray[np.int32]) -> list[Image]:
    """Undo ``pack_crops``, without copying. Raises InvalidInput for a size that is not within its row."""
    if (sizes_px < 1).any() or (sizes_px > packed.shape[1:3]).any():
        raise InvalidInput(f"sizes_px: from 1x1 to {packed.shape[1]}x{packed.shape[2]} here, not {sizes_px.tolist()}")
    return [row[:height, :width] for row, (height, width) in zip(packed, sizes_px.tolist(), strict=True)]


def pack_reads(reads: Sequence[ReadText]) -> dict[str, NDArray[Any]]:
    """Pack what was read on n lines.

    Returns ``text``, UTF-8 bytes ``(n, 1)``; ``confidence``, float64 ``(n, 1)``; and for the longest text's C
    characters, zeros beyond a shorter one's end: ``char_confidences``, float32 ``(n, C)``, and ``char_spans``, float32
    ``(n, C, 2)``. C is at least 1.
    """
    longest = max(1, *(len(read.text) for read in reads))
    confidences = np.zeros((len(reads), longest), np.float32)
    spans = np.zeros((len(reads), longest, 2), np.float32)
    for index, read in enumerate(reads):
        confidences[index, : len(read.text)] = read.char_confidences
        spans[index, : len(read.text)] = read.char_spans
    return {
        "text": np.array([[read.text.encode()] for read in reads], np.object_),
        "confidence": np.array([[read.confidence] for read in reads], np.float64),
        "char_confidences": confidences,
        "char_spans": spans,
    }


def unpack_reads(answer: Arrays, count: int) -> list[ReadText]:
    """Undo ``pack_reads`` for ``count`` lines. Raises MalformedAnswer for any other answer."""
    text, confidence = answer["text"], answer["confidence"]
    confidences, spans = answer["char_confidences"], answer["char_spans"]
    if text.shape != (count, 1) or confidence.shape != (count, 1):
        raise MalformedAnswer(f"{text.shape[0]} texts and {confidence.shape[0]} confidences for {count} lines")
    if confidences.ndim != 2 or len(confidences) != count or spans.shape != (*confidences.shape, 2):
        raise MalformedAnswer(f"characters of shapes {confidences.shape} and {spans.shape} for {count} lines")
    if not all(_are_shares(values) for values in (confidence, confidences, spans)):
        raise MalformedAnswer("confidences or spans that are not from 0 to 1")
    try:
        texts = [bytes(line).decode() for line in text[:, 0]]
    except UnicodeDecodeError as error:
        raise MalformedAnswer("a text that is not UTF-8") from error
    if any(len(line) > confidences.shape[1] for line in texts):
        raise MalformedAnswer("a text longer than its confidences")
    return [
        ReadText(line, float(confidence[index, 0]), confidences[index, : len(line)], spans[index, : len(line)])
        for index, line in enumerate(texts)
    ]


def unpack_lines(answer: Arrays) -> DetectedLines:
    """``quads``, float32 ``(n, 4, 2)``, and ``scores``, float32 ``(n,)``. Raises MalformedAnswer for anything else."""
    quads, scores = answer["quads"], answer["scores"]
    if scores.ndim != 1 or quads.shape != (len(scores), 4, 2):
        raise MalformedAnswer(f"quads {quads.shape} and scores {scores.shape}")
    if not np.isfinite(quads).all() or not _are_shares(scores):
        raise MalformedAnswer("quads that are not finite, or scores that are not from 0 to 1")
    return DetectedLines(quads, scores)


def unpack_probabilities(answer: Arrays, count: int) -> NDArray[np.float32]:
    """``upside_down``, float32 ``(count, 1)``, as ``(count,)``. Raises MalformedAnswer for anything else."""
    probabilities: NDArray[np.float32] = answer["upside_down"]
    if probabilities.shape != (count, 1) or not _are_shares(probabilities):
        raise MalformedAnswer(f"probabilities {probabilities.shape} for {count} lines, or not from 0 to 1")
    return probabilities[:, 0]


def _are_shares(values: NDArray[np.floating[Any]]) -> bool:
    return bool(((values >= 0) & (values <= 1)).all())  # NaN is neither
