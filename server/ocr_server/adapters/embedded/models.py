"""The models in this process: ocr_models on the CPU pool, behind the model ports."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from ocr_models.batching import plan_batches
from ocr_models.ctc_recognizer import CtcRecognizer, normalized_width_px
from ocr_models.line_detector import LineDetector
from ocr_models.page_orientation import Orientation, PageOrientation
from ocr_models.types import DetectedLines, Image, ReadText
from ocr_server.domain.document import Engine
from ocr_server.ports import Compute


class EmbeddedLineDetector:
    """PP-OCRv6 small's line detector (adapter of LineDetector)."""

    def __init__(self, repository: Path, compute: Compute, *, max_side_px: int) -> None:
        """Raises FileNotFoundError if the weights are missing, as do the other two."""
        weights = _weights_path(repository, "line_detector")
        self._detector = LineDetector(weights, max_side_px=max_side_px)
        self._compute = compute
        self.version = _version("line_detector", weights)

    async def find_lines(self, image: Image) -> DetectedLines:
        """See the port."""
        return await self._compute.run(self._detector.find, image)


class EmbeddedOrientationJudge:
    """PP-OCR's upside-down classifier (adapter of OrientationJudge)."""

    def __init__(self, repository: Path, compute: Compute) -> None:
        weights = _weights_path(repository, "page_orientation")
        self._orientation = PageOrientation(weights)
        self._compute = compute
        self.version = _version("page_orientation", weights)

    async def judge(self, image: Image, lines: DetectedLines) -> Orientation:
        """See the port."""
        return await self._compute.run(self._orientation.judge, image, lines)


class EmbeddedCtcRecognizer:
    """PP-OCRv6 small's line recognizer (adapter of LineRecognizer)."""

    engine = Engine.PPOCR

    def __init__(self, repository: Path, compute: Compute) -> None:
        weights = _weights_path(repository, "line_recognizer_ctc")
        self._recognizer = CtcRecognizer(weights)
        self._compute = compute
        self.version = _version("line_recognizer_ctc", weights)

    def plan_batches(self, crops: Sequence[Image]) -> list[list[int]]:
        """See the port."""
        return plan_batches([normalized_width_px(crop) for crop in crops])

    async def read_lines(self, crops: Sequence[Image], languages: Sequence[str] = ()) -> list[ReadText]:
        """See the port; the languages are ignored, the model reads all it knows."""
        return await self._compute.run(self._recognizer.read, crops)


def _weights_path(repository: Path, model: str) -> Path:
    """The newest version's weights, as Triton's version policy would choose."""
    versions = sorted(int(folder.name) for folder in (repository / model).glob("[0-9]*") if folder.name.isdigit())
    return repository / model / str(versions[-1] if versions else 1) / "model.onnx"


def _version(model: str, weights: Path) -> str:
    """Name, version folder and the first digits of the weights' SHA-256: what a result can be traced to."""
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    return f"{model}:{weights.parent.name}-{digest[:8]}"
