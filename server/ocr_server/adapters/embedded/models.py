"""The models in this process: ocr_models on the CPU pool, behind the model ports."""

from collections.abc import Sequence
from copy import copy
from functools import partial
from pathlib import Path

from ocr_models.batching import plan_batches
from ocr_models.ctc_recognizer import CtcRecognizer, normalized_width_px
from ocr_models.line_detector import LETTER_PX, UNCLIP_RATIO, LineDetector
from ocr_models.model_version import version_of
from ocr_models.page_orientation import Orientation, PageOrientation
from ocr_models.types import DetectedLines, Image
from ocr_server.adapters.embedded.model_folders import newest_version
from ocr_server.domain.document import Engine
from ocr_server.ports import Compute, ReadLine


class EmbeddedLineDetector:
    """A line detector of PP-OCRv6 (adapter of LineDetector)."""

    def __init__(self, repository: Path, compute: Compute, *, model: str = "line_detector") -> None:
        """Raises FileNotFoundError if the weights are missing, as do the others.

        model: ``line_detector``, PP-OCRv6 small's, or ``line_detector_tiny``.
        """
        weights = newest_version(repository, model) / "model.onnx"
        self._find = LineDetector(weights).find
        self._compute = compute
        self.version = version_of([weights])

    def adjusted(self, *, letter_px: float = LETTER_PX, unclip_ratio: float = UNCLIP_RATIO) -> "EmbeddedLineDetector":
        """The same network in the same memory, looking more or less closely; see ocr_models.line_detector."""
        other = copy(self)
        other._find = partial(self._find, letter_px=letter_px, unclip_ratio=unclip_ratio)
        return other

    async def find_lines(self, image: Image) -> DetectedLines:
        """See the port."""
        return await self._compute.run(self._find, image)


class EmbeddedOrientationJudge:
    """PP-OCR's upside-down classifier (adapter of OrientationJudge)."""

    def __init__(self, repository: Path, compute: Compute) -> None:
        weights = newest_version(repository, "page_orientation") / "model.onnx"
        self._orientation = PageOrientation(weights)
        self._compute = compute
        self.version = version_of([weights])

    async def judge(self, image: Image, lines: DetectedLines) -> Orientation:
        """See the port."""
        return await self._compute.run(self._orientation.judge, image, lines)


class EmbeddedCtcRecognizer:
    """PP-OCRv6 small's line recognizer (adapter of LineRecognizer)."""

    def __init__(self, repository: Path, compute: Compute) -> None:
        weights = newest_version(repository, "line_recognizer_ctc") / "model.onnx"
        self._recognizer = CtcRecognizer(weights)
        self._compute = compute
        self.version = version_of([weights])

    def plan_batches(self, crops: Sequence[Image]) -> list[list[int]]:
        """See the port."""
        return plan_batches([normalized_width_px(crop) for crop in crops])

    async def read_lines(self, crops: Sequence[Image], languages: Sequence[str] = ()) -> list[ReadLine]:
        """See the port; the languages are ignored, the model reads all it knows."""
        return [ReadLine(text, Engine.PPOCR) for text in await self._compute.run(self._recognizer.read, crops)]
