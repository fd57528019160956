"""TrOCR for Triton's dynamic batcher: the lines of all requests handed over together are read together.

The benchmark copies this into a repository of its own; see ocr_models/triton/serving.py for why nobody is served so.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import triton_python_backend_utils as pb_utils

from ocr_models.triton.batch import pack_reads, unpack_crops
from ocr_models.trocr.recognizer import TrocrRecognizer
from ocr_models.types import ReadText


class TritonPythonModel:
    """One instance; inputs and outputs are those of ``trocr``."""

    def initialize(self, args: dict[str, str]) -> None:
        """Open the weights beside this file."""
        self._recognizer = TrocrRecognizer(Path(args["model_repository"]) / args["model_version"])

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        """Join the lines of all requests, read them in batches of like width, and part them again."""
        pages = [unpack_crops(_input(request, "crops"), _input(request, "sizes_px")) for request in requests]
        crops = [crop for page in pages for crop in page]
        reads: dict[int, ReadText] = {}
        for batch in self._recognizer.plan_batches(crops):
            reads |= zip(batch, self._recognizer.read([crops[index] for index in batch]), strict=True)
        in_order = (reads[index] for index in range(len(crops)))
        return [_answer([next(in_order) for _ in page]) for page in pages]


def _input(request: Any, name: str) -> Any:
    return pb_utils.get_input_tensor_by_name(request, name).as_numpy()


def _answer(reads: Sequence[ReadText]) -> Any:
    return pb_utils.InferenceResponse([pb_utils.Tensor(name, values) for name, values in pack_reads(reads).items()])
