"""The models on a Triton server, behind the model ports. What a model needs of a page is made here, on the CPU pool."""

import time
from collections.abc import Callable, Sequence
from copy import copy
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from ocr_models.batching import plan_batches
from ocr_models.ctc_recognizer import normalized_width_px
from ocr_models.line_detector import LETTER_PX, UNCLIP_RATIO, Look, look_at
from ocr_models.page_orientation import LineCrops, Orientation, sample_lines
from ocr_models.triton.batch import MalformedAnswer, pack_crops, unpack_lines, unpack_probabilities, unpack_reads
from ocr_models.trocr.recognizer import plan_columns
from ocr_models.types import DetectedLines, Image, ReadText
from ocr_server.adapters.production.shadow import Question, Shadows
from ocr_server.adapters.production.triton_client import Arrays, TritonClient
from ocr_server.domain.document import Engine
from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.ports import Compute, ReadLine

T = TypeVar("T")

_BLANK: Image = np.full((64, 64, 3), 255, np.uint8)


class _Model:
    """One model there, and the version of it that answered last."""

    def __init__(self, triton: TritonClient, name: str, outputs: Sequence[str]) -> None:
        self.version = ""
        self.name = name
        self.outputs = (*outputs, "version")
        self._triton = triton

    async def ask(self, inputs: Arrays, unpack: Callable[[Arrays], T]) -> T:
        """Ask and unpack the answer. Raises what TritonClient.infer does; a malformed answer is none."""
        answer = await self._triton.infer(self.name, inputs, self.outputs)
        try:
            unpacked = unpack(answer)
            version = bytes(answer["version"].flat[0]).decode()
        except (MalformedAnswer, UnicodeDecodeError, IndexError) as error:
            raise DependencyUnavailable(f"The model {self.name} on Triton gave a malformed answer.") from error
        self.version = f"{version} triton:{self._triton.server_version}"
        return unpacked


class TritonLineDetector:
    """A line detector of PP-OCRv6 (adapter of LineDetector)."""

    def __init__(self, triton: TritonClient, compute: Compute, *, model: str = "line_detector") -> None:
        """``model``: ``line_detector``, PP-OCRv6 small's, or ``line_detector_tiny``."""
        self._model = _Model(triton, model, ("quads", "scores"))
        self._compute = compute
        self._letter_px, self._unclip_ratio = LETTER_PX, UNCLIP_RATIO

    @property
    def version(self) -> str:
        """See the port."""
        return self._model.version

    def adjusted(self, *, letter_px: float = LETTER_PX, unclip_ratio: float = UNCLIP_RATIO) -> Self:
        """The same model, looking more or less closely; see ocr_models.line_detector."""
        other = copy(self)
        other._letter_px, other._unclip_ratio = letter_px, unclip_ratio
        return other

    async def find_lines(self, image: Image) -> DetectedLines:
        """See the port."""
        look: Look = await self._compute.run(look_at, image, self._letter_px)
        inputs: Arrays = {"image": look.image, "unclip_ratio": np.array([self._unclip_ratio], np.float32)}
        return look.lead_back(await self._model.ask(inputs, unpack_lines))

    async def check(self) -> None:
        """Ask about a blank page: raises what find_lines does if the model cannot be asked."""
        await self.find_lines(_BLANK)


class TritonOrientationJudge:
    """PP-OCR's upside-down classifier (adapter of OrientationJudge)."""

    def __init__(self, triton: TritonClient, compute: Compute) -> None:
        self._model = _Model(triton, "page_orientation", ("upside_down",))
        self._compute = compute

    @property
    def version(self) -> str:
        """See the port."""
        return self._model.version

    async def judge(self, image: Image, lines: DetectedLines) -> Orientation:
        """See the port."""
        sample = await self._compute.run(sample_lines, image, lines)
        if sample is None:
            return Orientation.unknown()
        upside_down = await self._ask(sample.few)
        if sample.wavers(upside_down):
            upside_down = np.concatenate([upside_down, await self._ask(sample.more)])
        return sample.conclude(upside_down)

    async def check(self) -> None:
        """Ask about one blank line."""
        height_px, width_px = _BLANK.shape[:2]
        corners = [[0, 0], [width_px, 0], [width_px, height_px], [0, height_px]]
        await self.judge(_BLANK, DetectedLines(np.array([corners], np.float32), np.ones(1, np.float32)))

    async def _ask(self, crops: LineCrops) -> NDArray[np.float32]:
        inputs: Arrays = {"crops": crops.pixels, "widths_px": crops.widths_px[:, None]}
        return await self._model.ask(inputs, lambda answer: unpack_probabilities(answer, len(crops)))


class TritonRecognizer:
    """A line recognizer (adapter of LineRecognizer)."""

    def __init__(
        self,
        triton: TritonClient,
        compute: Compute,
        *,
        model: str,
        engine: Engine,
        plan: Callable[[Sequence[Image]], list[list[int]]],
        shadows: Shadows | None = None,
    ) -> None:
        self._model = _Model(triton, model, ("text", "confidence", "char_confidences", "char_spans"))
        self._compute = compute
        self._engine = engine
        self._plan = plan
        self._shadows = shadows

    @classmethod
    def trocr(
        cls, triton: TritonClient, compute: Compute, *, model: str = "trocr", shadows: Shadows | None = None
    ) -> Self:
        """Any TrOCR there; ``shadows`` compares its version on trial, if it has one."""
        return cls(triton, compute, model=model, engine=Engine.TROCR, plan=plan_columns, shadows=shadows)

    @classmethod
    def ctc(cls, triton: TritonClient, compute: Compute) -> Self:
        """PP-OCRv6 small's recognizer."""
        return cls(triton, compute, model="line_recognizer_ctc", engine=Engine.PPOCR, plan=_plan_ctc)

    @property
    def version(self) -> str:
        """See the port."""
        return self._model.version

    def plan_batches(self, crops: Sequence[Image]) -> list[list[int]]:
        """See the port."""
        return self._plan(crops)

    async def read_lines(self, crops: Sequence[Image], languages: Sequence[str] = ()) -> list[ReadLine]:
        """See the port; the languages are ignored, the model reads all it knows."""
        if not crops:
            return []
        inputs = await self._compute.run(pack_crops, crops)

        def unpack(answer: Arrays) -> list[ReadText]:
            return unpack_reads(answer, len(crops))

        started_s = time.perf_counter()
        texts = await self._model.ask(inputs, unpack)
        if self._shadows:
            question = Question(self._model.name, inputs, self._model.outputs, unpack)
            await self._shadows.consider(question, texts, time.perf_counter() - started_s)
        return [ReadLine(text, self._engine) for text in texts]

    async def check(self) -> None:
        """Ask about a blank line."""
        await self.read_lines([_BLANK])


def _plan_ctc(crops: Sequence[Image]) -> list[list[int]]:
    return plan_batches([normalized_width_px(crop) for crop in crops])
