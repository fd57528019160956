"""Tesseract as a line recognizer: one process reads a whole batch of crops."""

import itertools
import math
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytesseract

from ocr_models.types import Image, ReadText
from ocr_server.domain.document import Engine
from ocr_server.domain.errors import EngineUnavailable, InvalidRequest
from ocr_server.ports import Compute, ReadLine

# Measured on receipt lines: Tesseract reads best at about this height with some white around.
_LINE_HEIGHT_PX = 48
_BORDER_PX = 10
_MAX_WIDTH_PX = 4800
# Loading its language data costs Tesseract as much as reading some ten lines.
_BATCH_LINES = 24
_BATCH_TIMEOUT_S = 60.0
_ONE_LINE = "--psm 7"

# BCP 47 primary tags to the names of Tesseract's data files.
_LANGUAGES = {
    "de": "deu", "en": "eng", "es": "spa", "fr": "fra", "it": "ita", "nl": "nld", "pt": "por", "pl": "pol",
    "sv": "swe", "da": "dan", "nb": "nor", "fi": "fin", "cs": "ces", "el": "ell", "ru": "rus", "uk": "ukr",
    "tr": "tur", "ar": "ara", "he": "heb", "hi": "hin", "th": "tha", "vi": "vie", "ms": "msa", "id": "ind",
    "ja": "jpn", "ko": "kor", "zh": "chi_sim",
}  # fmt: skip


class TesseractRecognizer:
    """Debian's Tesseract behind pytesseract (adapter of LineRecognizer)."""

    def __init__(self, compute: Compute) -> None:
        """Raises EngineUnavailable, saying what to install, if there is no tesseract on the path."""
        if shutil.which("tesseract") is None:
            raise EngineUnavailable("Tesseract is not installed: apt-get install tesseract-ocr tesseract-ocr-eng")
        self.version = f"tesseract:{pytesseract.get_tesseract_version()}"
        self._installed = frozenset(pytesseract.get_languages())
        self._compute = compute

    def plan_batches(self, crops: Sequence[Image]) -> list[list[int]]:
        """See the port; neighbours stay together, sizes do not matter."""
        count = math.ceil(len(crops) / _BATCH_LINES)
        return [batch.tolist() for batch in np.array_split(np.arange(len(crops)), count)] if count else []

    async def read_lines(self, crops: Sequence[Image], languages: Sequence[str] = ()) -> list[ReadLine]:
        """See the port. Raises InvalidRequest for a language whose data is not installed."""
        texts = await self._compute.run(self._read, crops, self._data_names(languages))
        return [ReadLine(text, Engine.TESSERACT) for text in texts]

    def _data_names(self, languages: Sequence[str]) -> str:
        names = [_LANGUAGES.get(tag.split("-")[0].lower(), tag) for tag in languages] or ["eng"]
        for tag, name in zip(languages, names, strict=False):
            if name not in self._installed:
                raise InvalidRequest(
                    f"Tesseract has no data for the language {tag} here; it has: {', '.join(sorted(self._installed))}.",
                    field="options.languages",
                )
        return "+".join(names)

    def _read(self, crops: Sequence[Image], data_names: str) -> list[ReadText]:
        with tempfile.TemporaryDirectory(prefix="ocr-tesseract-") as folder:
            paths = [Path(folder) / f"{index}.png" for index in range(len(crops))]
            scales = [_write_line(path, crop) for path, crop in zip(paths, crops, strict=True)]
            listing = Path(folder) / "lines.txt"
            listing.write_text("\n".join(map(str, paths)))
            try:
                table = pytesseract.image_to_data(
                    str(listing),
                    lang=data_names,
                    config=_ONE_LINE,
                    output_type=pytesseract.Output.DICT,
                    timeout=_BATCH_TIMEOUT_S,
                )
            except (pytesseract.TesseractError, subprocess.SubprocessError) as error:
                raise EngineUnavailable("Tesseract failed to read.") from error
        words: list[list[tuple[str, float, float, float]]] = [[] for _ in crops]
        for page, text, confidence, left, width in zip(
            table["page_num"], table["text"], table["conf"], table["left"], table["width"], strict=True
        ):
            if text.strip():
                span_px = (left - _BORDER_PX, left + width - _BORDER_PX)
                start, end = (min(max(x / scales[page - 1], 0.0), 1.0) for x in span_px)
                words[page - 1].append((text.strip(), max(float(confidence), 0.0) / 100, start, end))
        return [_join(line) for line in words]


def _write_line(path: Path, crop: Image) -> float:
    """Write the crop at Tesseract's favourite size; return the width in pixels its ink area got there."""
    height_px, width_px = crop.shape[:2]
    scaled_width_px = min(max(1, round(width_px * _LINE_HEIGHT_PX / height_px)), _MAX_WIDTH_PX)
    gray = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    line = cv2.resize(gray, (scaled_width_px, _LINE_HEIGHT_PX), interpolation=cv2.INTER_AREA)
    padded = np.pad(line, _BORDER_PX, constant_values=255)
    cv2.imwrite(str(path), padded, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return float(scaled_width_px)


def _join(words: Sequence[tuple[str, float, float, float]]) -> ReadText:
    """Spread each word's confidence and span over its characters; Tesseract's table tells no more."""
    text, confidences, spans = "", list[float](), list[tuple[float, float]]()
    for word, confidence, start, end in words:
        if text:
            text += " "
            confidences.append(min(confidences[-1], confidence))
            spans.append((spans[-1][1], max(start, spans[-1][1])))
        edges = np.linspace(start, end, len(word) + 1)
        text += word
        confidences += [confidence] * len(word)
        spans += list(itertools.pairwise(edges))
    return ReadText(
        text=text,
        confidence=float(np.mean(confidences)) if confidences else 0.0,
        char_confidences=np.asarray(confidences, dtype=np.float32),
        char_spans=np.asarray(spans, dtype=np.float32).reshape(-1, 2),
    )
