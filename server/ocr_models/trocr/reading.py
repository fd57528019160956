"""From what decoder and dense head said of a line to the text that leaves: its confidences and its places."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr_models.character_spans import character_spans
from ocr_models.spacing import ink_columns, white_between
from ocr_models.trocr.calibration import Calibration, logit, raised_to
from ocr_models.trocr.unit_spaces import missing_spaces
from ocr_models.types import ReadText

Gray = NDArray[np.uint8]
Floats = NDArray[np.float32]

# Characters of the dense head this far outside of a word still count as read there.
_NEAR_PX = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Characters:
    """The n characters of a text, words separated by single spaces: probability of each, 0 to 1, and its center."""

    text: str
    probabilities: Floats
    centers_px: Floats


@dataclass(frozen=True, slots=True, eq=False)
class PieceReading:
    """A line that was looked at once, or a piece of one. Pixels are those of its image (32, W).

    written: what is believed. least: the least sure token of it, the end among them. seen: what the dense head
    reads, None without one.
    """

    written: Characters
    least: float
    seen: Characters | None


@dataclass(frozen=True, slots=True, eq=False)
class LineReading:
    """A whole line, its pieces joined; ``spans_px`` float64 ``(n, 2)`` are the edges of the written characters."""

    whole: PieceReading
    spans_px: NDArray[np.float64]
    width_px: int

    @property
    def text(self) -> str:
        """What is believed."""
        return self.whole.written.text


def joined(pieces: Sequence[PieceReading], offsets_px: Sequence[int], line: Gray) -> LineReading:
    """Pieces of ``line`` (32, W), from left to right, with a space between any two that hold text."""
    seen = [piece.seen for piece in pieces if piece.seen is not None]
    ink = ink_columns(line)
    whole = PieceReading(
        written=_with_unit_spaces(_joined([piece.written for piece in pieces], offsets_px), ink),
        least=min((piece.least for piece in pieces if piece.written.text), default=0.0),
        seen=_joined(seen, offsets_px) if len(seen) == len(pieces) else None,
    )
    return LineReading(whole, _spans_px(whole.written, ink), line.shape[1])


def _with_unit_spaces(written: Characters, ink: NDArray[np.bool_]) -> Characters:
    text, probabilities, centers = written.text, written.probabilities, written.centers_px
    for place in reversed(missing_spaces(text, centers, ink)):
        text = f"{text[:place]} {text[place:]}"
        probabilities = np.insert(probabilities, place, probabilities[place - 1 : place + 1].min())
        centers = np.insert(centers, place, centers[place - 1 : place + 1].mean())
    return Characters(text, probabilities, centers)


def _joined(pieces: Sequence[Characters], offsets_px: Sequence[int]) -> Characters:
    text, probabilities, centers = "", list[Floats](), list[Floats]()
    for piece, offset in zip(pieces, offsets_px, strict=True):
        if not piece.text:
            continue
        if text:
            text += " "
            probabilities.append(np.minimum(probabilities[-1][-1:], piece.probabilities[:1]))
            centers.append(np.array([offset], np.float32))
        text += piece.text
        probabilities.append(piece.probabilities)
        centers.append(piece.centers_px + np.float32(offset))
    none = np.zeros(0, np.float32)
    return Characters(text, np.concatenate([none, *probabilities]), np.concatenate([none, *centers]))


def as_read_text(reading: LineReading, calibration: Calibration | None) -> ReadText:
    """What is told of a line; without calibration the network's own confidences."""
    text = reading.text
    if not text:
        return ReadText.nothing()
    confidences = reading.whole.written.probabilities.copy()
    confidence = min(float(confidences.min()), reading.whole.least)
    if calibration is not None:
        confidence = float(calibration.line(line_features(reading))[0])
        for (start, end), least in zip(words(text), calibration.word(word_features(reading)).tolist(), strict=True):
            confidences[start:end] = raised_to(confidences[start:end], least)
    for space in (index for index, character in enumerate(text) if character == " "):
        confidences[space] = min(confidences[space - 1], confidences[space + 1])
    spans = np.clip(reading.spans_px / reading.width_px, 0.0, 1.0).astype(np.float32)
    return ReadText(text, confidence, confidences, spans)


def words(text: str) -> list[tuple[int, int]]:
    """Start and end of each word."""
    ends = [*(index for index, character in enumerate(text) if character == " "), len(text)]
    return list(zip([0, *(end + 1 for end in ends[:-1])], ends, strict=True))


def line_features(reading: LineReading) -> NDArray[np.float64]:
    """What a line's confidence is found from: one row ``(1, 4)`` of ``calibration.FEATURES``."""
    written, seen = reading.whole.written, reading.whole.seen
    logits = logit(np.append(written.probabilities, np.float32(reading.whole.least)))
    if seen is None:
        return np.array([[logits.min(), logits.mean(), logits.min(), 1.0]])
    least_seen = logit(float(seen.probabilities.min()) if seen.text else 0.0)
    agrees = _without_spaces(written.text) == _without_spaces(seen.text)
    return np.array([[logits.min(), logits.mean(), float(least_seen), float(agrees)]])


def word_features(reading: LineReading) -> NDArray[np.float64]:
    """The same for each of its n words, at least one: ``(n, 4)``."""
    written, seen = reading.whole.written, reading.whole.seen
    places = np.array(words(written.text))
    logits = logit(written.probabilities)
    bounds = places.ravel()[:-1]  # every other stretch is a space
    least = np.minimum.reduceat(logits, bounds)[::2]
    mean = np.add.reduceat(logits, bounds)[::2] / (places[:, 1] - places[:, 0])
    if seen is None:
        return np.stack([least, mean, least, np.ones(len(places))], axis=1)
    left, right = reading.spans_px[places[:, 0], 0] - _NEAR_PX, reading.spans_px[places[:, 1] - 1, 1] + _NEAR_PX
    near = np.searchsorted(seen.centers_px, np.stack([left, right], axis=1)).tolist()
    probabilities = seen.probabilities.tolist()
    least_seen = logit(np.array([min(probabilities[first:last], default=0.0) for first, last in near], np.float32))
    agrees = [
        _without_spaces(seen.text[first:last]) == written.text[start:end]
        for (first, last), (start, end) in zip(near, places.tolist(), strict=True)
    ]
    return np.stack([least, mean, least_seen, np.array(agrees, np.float64)], axis=1)


def _without_spaces(text: str) -> str:
    return text.replace(" ", "")


def _spans_px(written: Characters, ink: NDArray[np.bool_]) -> NDArray[np.float64]:
    if not written.text:
        return np.zeros((0, 2))
    is_space = np.array([character == " " for character in written.text])
    centers_px = written.centers_px[~is_space]
    before_space = is_space[np.flatnonzero(~is_space)[:-1] + 1]
    return character_spans(ink, centers_px, white_between(ink, centers_px), before_space)
