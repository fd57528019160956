"""TrOCR for Triton's iterative sequences: a request is one line, and comes back until that is read.

The benchmark copies this and line_scheduler.py into a repository of its own. A caller sends ``sequence_id``, of its
own and never 0, and ``sequence_start``, but no ``sequence_end``, and waits for the one answer.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import triton_python_backend_utils as pb_utils
from line_scheduler import Line, LineScheduler

from ocr_models.triton.batch import pack_reads, unpack_crops


class TritonPythonModel:
    """One instance; inputs and outputs are those of ``trocr``."""

    def initialize(self, args: dict[str, str]) -> None:
        """Open the weights beside this file."""
        self._scheduler = LineScheduler(Path(args["model_repository"]) / args["model_version"])
        batcher = json.loads(args["model_config"])["sequence_batching"]["oldest"]
        self._most_lines = int(batcher["max_candidate_sequences"])
        self._lines: dict[int, Line] = {}

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        """Take a turn; whose line is not done then comes back in the next call."""
        lines = [self._line_of(request) for request in requests]
        while len(self._lines) > self._most_lines:  # whoever asked for the one longest unseen is gone
            self._lines.pop(next(iter(self._lines))).abandon()
        self._scheduler.turn(lines)
        return [self._respond(request, line) for request, line in zip(requests, lines, strict=True)]

    def finalize(self) -> None:
        """End what is under way."""
        for line in self._lines.values():
            line.abandon()

    def _line_of(self, request: Any) -> Line:
        line = self._lines.pop(request.correlation_id(), None)
        if line is None:
            crops, sizes_px = (pb_utils.get_input_tensor_by_name(request, name) for name in ("crops", "sizes_px"))
            (crop,) = unpack_crops(crops.as_numpy(), sizes_px.as_numpy())
            line = self._scheduler.begin(crop.copy())  # the request's memory is not ours for long
        if request.is_cancelled():
            line.abandon()
        self._lines[request.correlation_id()] = line
        return line

    def _respond(self, request: Any, line: Line) -> Any:
        if not line.is_done:
            request.set_release_flags(pb_utils.TRITONSERVER_REQUEST_RELEASE_RESCHEDULE)
            return None
        del self._lines[request.correlation_id()]
        if line.read is None:
            return pb_utils.InferenceResponse(error=pb_utils.TritonError(repr(line.error)))
        tensors = [pb_utils.Tensor(name, values) for name, values in pack_reads([line.read]).items()]
        return pb_utils.InferenceResponse(tensors)
