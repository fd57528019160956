"""Our models and barcode readers called in a row, in one thread: what the orchestrator's own cost is held against.

It decodes, prepares, finds lines, sets them upright, cuts, reads and looks for barcodes. There are no words, polygons
in the original, reading order, fields, checks, deadlines, progress, pool of threads, protobuf or sockets.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

from benchmarks.readers.loop import answer_pages
from ocr_models.batching import plan_batches
from ocr_models.crop import crop_line
from ocr_models.ctc_recognizer import CtcRecognizer, normalized_width_px
from ocr_models.line_detector import LineDetector
from ocr_models.page_orientation import PageOrientation
from ocr_models.trocr.recognizer import TrocrRecognizer
from ocr_models.types import Image
from ocr_server.adapters.embedded.barcodes import open_barcode_readers
from ocr_server.pipeline.barcodes import read_barcodes
from ocr_server.pipeline.decode import decode_page
from ocr_server.pipeline.preprocess import prepare, set_rightwards
from ocr_server.pipeline.second_opinion import UNSURE_BELOW, settle
from ocr_server.pipeline.validate import inspect
from ocr_server.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")


class InPlace:
    """Port ``Compute`` without a pool: work is done where it is asked for."""

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See the port."""
        return work(*args, **kwargs)


class BareModels:
    """The models, and the calls that a program would make which only wants the text and the barcodes."""

    def __init__(self, settings: Settings) -> None:
        models = settings.model_repository
        self._limits = settings.limits
        self._detector = LineDetector(models / "line_detector/1/model.onnx")
        self._orientation = PageOrientation(models / "page_orientation/1/model.onnx")
        self._recognizer = TrocrRecognizer(models / "trocr/1")
        self._second = CtcRecognizer(models / "line_recognizer_ctc/1/model.onnx")
        self._barcode_readers = open_barcode_readers(InPlace())

    async def read(self, content: bytes) -> str:
        """Return the text of an image file of one page, lines in any order."""
        source = inspect(content, self._limits)
        prepared = prepare(decode_page(content, source, 1, self._limits).image)
        text = self._read_text(prepared.image)
        await read_barcodes(prepared.image, prepared.to_original, 1, self._barcode_readers, InPlace())
        return text

    def _read_text(self, image: Image) -> str:
        lines = self._detector.find(image)
        if turned := set_rightwards(image, lines):
            image, _ = turned
            lines = self._detector.find(image)
        if self._orientation.judge(image, lines).rotation_degrees in (90, 180):
            lines = lines.upside_down()
        crops = [crop_line(image, quad)[0] for quad in lines.quads]
        batches = self._recognizer.plan_batches(crops)
        return "\n".join(text for batch in batches for text in self._read_batch([crops[i] for i in batch]))

    def _read_batch(self, crops: Sequence[Image]) -> list[str]:
        lines = self._recognizer.read(crops)
        unsure = [index for index, line in enumerate(lines) if line.confidence < UNSURE_BELOW]
        for batch in plan_batches([normalized_width_px(crops[index]) for index in unsure]):
            for place, second in zip(batch, self._second.read([crops[unsure[place]] for place in batch]), strict=True):
                lines[unsure[place]] = settle(lines[unsure[place]], second)
        return [line.text for line in lines]


def main() -> None:
    models = BareModels(Settings())
    answer_pages("ocr_models as in ENGINE_BALANCED", lambda path: asyncio.run(models.read(path.read_bytes())))


if __name__ == "__main__":
    main()
