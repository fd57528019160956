"""One instance of a model inside a stub of Triton's Python backend: every request is answered by itself.

What a line reads as depends on the lines that share its batch: padding and int8 scales are the batch's. So a request
is one batch, planned where the page is known, and is never joined with others: a page reads the same whatever else is
read at the time.
"""

import faulthandler
import json
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr_models.model_version import version_of

Arrays = Mapping[str, NDArray[Any]]

# Longer than any model works on one request, on a busy machine too.
_LONGEST_REQUEST_S = 15.0
_BATCH_LINES = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 32.0, 64.0, 128.0, 256.0]


class InvalidInput(ValueError):
    """A request that no model could answer; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The outputs of one request by name; how many lines and characters they hold, for the metrics."""

    outputs: Arrays
    lines: int
    characters: int = 0


@dataclass(frozen=True, slots=True)
class OpenModel:
    """What answers a request's inputs, and the files that decide about its answers.

    answer: raises InvalidInput.
    """

    answer: Callable[[Arrays], Answer]
    files: Sequence[Path]


# Opens the version folder at the precision and with the provider that the model's config.pbtxt tells.
Opener = Callable[[Path, Mapping[str, str]], OpenModel]


class Serving:
    """What a model.py hands its requests to."""

    def __init__(self, pb_utils: Any, args: Mapping[str, str], open_model: Opener) -> None:
        """Open the model; whatever it raises keeps Triton from serving it.

        pb_utils: Triton's module ``triton_python_backend_utils``, which only exists in a stub. args: as Triton
        passes them to ``initialize``.
        """
        config = json.loads(args["model_config"])
        parameters = {name: value["string_value"] for name, value in config.get("parameters", {}).items()}
        self._has_rows = config["max_batch_size"] > 0
        self._model = open_model(Path(args["model_repository"]) / args["model_version"], parameters)
        self._version = version_of(self._model.files).encode()
        self._pb_utils = pb_utils
        self._metrics = _Metrics(pb_utils, {"model": args["model_name"], "version": args["model_version"]})

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        """Answer each request, in order; one that is refused or fails harms none of the others.

        One that hangs ends this process, which whoever minds Triton replaces; its traceback is in Triton's log.
        """
        return [self._respond(request) for request in requests]

    def _respond(self, request: Any) -> Any:
        codes = self._pb_utils.TritonError
        if request.is_cancelled():
            return self._refuse("the caller has gone", codes.CANCELLED)
        try:
            with _ended_if_it_hangs():
                answer = self._model.answer({tensor.name(): tensor.as_numpy() for tensor in request.inputs()})
        except InvalidInput as error:
            return self._refuse(str(error), codes.INVALID_ARG)
        except Exception as error:
            self._pb_utils.Logger.log_error(traceback.format_exc())
            return self._refuse(f"the model failed: {type(error).__name__}", codes.UNKNOWN)
        self._metrics.observe(answer)
        rows = (answer.lines, 1) if self._has_rows else (1,)
        outputs = {**answer.outputs, "version": np.full(rows, self._version, np.object_)}
        asked = request.requested_output_names()
        tensors = [self._pb_utils.Tensor(name, values) for name, values in outputs.items() if name in asked]
        return self._pb_utils.InferenceResponse(tensors)

    def _refuse(self, message: str, code: int) -> Any:
        return self._pb_utils.InferenceResponse(error=self._pb_utils.TritonError(message, code))


@contextmanager
def _ended_if_it_hangs() -> Iterator[None]:
    """End the process if the block takes too long, even in native code that never returns."""
    faulthandler.dump_traceback_later(_LONGEST_REQUEST_S, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


class _Metrics:
    """What Triton's own metrics do not tell, on its metrics endpoint. A metric lives as long as its family is held."""

    def __init__(self, pb_utils: Any, labels: Mapping[str, str]) -> None:
        family = pb_utils.MetricFamily
        lines = family("ocr_model_lines_total", "Lines found or read.", family.COUNTER)
        characters = family("ocr_model_characters_total", "Characters read.", family.COUNTER)
        batches = family("ocr_model_request_lines", "Lines of a request.", family.HISTOGRAM)
        self._families = lines, characters, batches
        self._lines = lines.Metric(labels=labels)
        self._characters = characters.Metric(labels=labels)
        self._batches = batches.Metric(labels=labels, buckets=_BATCH_LINES)

    def observe(self, answer: Answer) -> None:
        self._lines.increment(answer.lines)
        self._batches.observe(answer.lines)
        if answer.characters:
            self._characters.increment(answer.characters)
