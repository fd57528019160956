"""Ways for the lines of a page to reach TrOCR on Triton. A new one is a row of LINE_CONTENDERS."""

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from google.protobuf import text_format
from tritonclient.grpc import InferInput
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.grpc.model_config_pb2 import ModelConfig
from tritonclient.utils import np_to_triton_dtype

from ocr_models.triton.batch import pack_crops, unpack_reads
from ocr_models.trocr.recognizer import plan_columns
from ocr_models.types import Image
from ocr_server.adapters.production.triton_client import connect_triton

_JOINING_MODEL = Path(__file__).with_name("joining_model.py")
_INFLIGHT_MODEL, _SCHEDULER = (Path(__file__).with_name(name) for name in ("inflight_model.py", "line_scheduler.py"))
_OUTPUTS = ("text", "confidence", "char_confidences", "char_spans")
# The batcher hands over what waits, up to so many lines; the model groups them by width, eight at most, as ever.
_JOINED_LINES = 32
# Triton forgets a sequence that rests longer: its caller gets no answer, and a cancelled one's place is free again. The
# default of one second is too short for a busy machine.
_LONGEST_REST_US = 10_000_000
_LONGEST_CALL_S = 30.0
# Twice what two instances can be handed. More wait here, as they do in the server: a call's timeout runs in Triton.
_REQUESTS_IN_FLIGHT = 4 * _JOINED_LINES

# Told which of a page's lines were answered, and their texts.
Answered = Callable[[Sequence[int], Sequence[str]], None]
# Reads all lines of a page, given as RGB crops.
ReadPage = Callable[[Sequence[Image], Answered], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class LineContender:
    """One way.

    model: the folder it serves from. write_model: makes that of the folder of ``trocr`` as it is served.
    open: connects to Triton at a URL.
    """

    model: str
    write_model: Callable[[Path, Path], None]
    open: Callable[[str], AbstractAsyncContextManager[ReadPage]]


@asynccontextmanager
async def _by_requests(
    url: str, *, model: str, plan: Callable[[Sequence[Image]], list[list[int]]]
) -> AsyncIterator[ReadPage]:
    """``plan`` tells which lines share a request; all of a page's requests are sent at once."""
    turns = asyncio.Semaphore(_REQUESTS_IN_FLIGHT)
    async with connect_triton(url) as triton:

        async def read(crops: Sequence[Image], answered: Answered) -> None:
            async def ask(lines: Sequence[int]) -> None:
                async with turns:
                    answer = await triton.ask_once(model, pack_crops([crops[i] for i in lines]), _OUTPUTS, version="")
                answered(lines, [read.text for read in unpack_reads(answer, len(lines))])

            async with asyncio.TaskGroup() as requests:
                for lines in plan(crops):
                    requests.create_task(ask(lines))

        yield read


@asynccontextmanager
async def _by_sequences(url: str, *, model: str) -> AsyncIterator[ReadPage]:
    """Each line is a sequence of one request."""
    turns, sequence_ids = asyncio.Semaphore(_REQUESTS_IN_FLIGHT), itertools.count(1)
    async with InferenceServerClient(url) as triton:

        async def read(crops: Sequence[Image], answered: Answered) -> None:
            async def ask(line: int) -> None:
                inputs = [
                    InferInput(name, values.shape, np_to_triton_dtype(values.dtype)).set_data_from_numpy(values)
                    for name, values in pack_crops([crops[line]]).items()
                ]
                async with turns:
                    found = await triton.infer(
                        model,
                        inputs,
                        sequence_id=next(sequence_ids),
                        sequence_start=True,
                        client_timeout=_LONGEST_CALL_S,
                    )
                (read,) = unpack_reads({name: found.as_numpy(name) for name in _OUTPUTS}, 1)
                answered([line], [read.text])

            async with asyncio.TaskGroup() as requests:
                for line in range(len(crops)):
                    requests.create_task(ask(line))

        yield read


def _copy(served: Path, folder: Path) -> None:
    shutil.copytree(served, folder)


def _write_joining(served: Path, folder: Path) -> None:
    """Let the dynamic batcher join requests of any widths, and the model read their lines together."""
    config = _copy_with(_JOINING_MODEL, served, folder)
    config.max_batch_size = _JOINED_LINES
    config.dynamic_batching.SetInParent()
    _write_config(config, folder)


def _write_inflight(served: Path, folder: Path) -> None:
    """Let requests come back until their lines are read."""
    config = _copy_with(_INFLIGHT_MODEL, served, folder)
    for version in folder.glob("*/model.py"):
        shutil.copy(_SCHEDULER, version.parent)
    config.max_batch_size = _JOINED_LINES
    config.sequence_batching.iterative_sequence = True
    config.sequence_batching.max_sequence_idle_microseconds = _LONGEST_REST_US
    config.sequence_batching.oldest.max_candidate_sequences = _JOINED_LINES
    config.ClearField("model_warmup")  # no sequence
    _write_config(config, folder)


def _copy_with(model: Path, served: Path, folder: Path) -> ModelConfig:
    """Copy the served model with another model.py; return its configuration, renamed, for crops of any widths."""
    shutil.copytree(served, folder)
    for model_file in folder.glob("*/model.py"):
        shutil.copyfile(model, model_file)
    config = text_format.Parse((folder / "config.pbtxt").read_text(encoding="utf-8"), ModelConfig())
    config.name = folder.name
    for tensor in config.input:
        tensor.allow_ragged_batch = True
    return config


def _write_config(config: ModelConfig, folder: Path) -> None:
    (folder / "config.pbtxt").write_text(text_format.MessageToString(config), encoding="utf-8")


def _one_by_one(crops: Sequence[Image]) -> list[list[int]]:
    return [[index] for index in range(len(crops))]


# The way that the server takes.
SERVED = "planned"
LINE_CONTENDERS: Mapping[str, LineContender] = {
    "serial": LineContender("trocr", _copy, partial(_by_requests, model="trocr", plan=_one_by_one)),
    SERVED: LineContender("trocr", _copy, partial(_by_requests, model="trocr", plan=plan_columns)),
    "dynamic": LineContender(
        "trocr_dynamic", _write_joining, partial(_by_requests, model="trocr_dynamic", plan=_one_by_one)
    ),
    "in-flight": LineContender("trocr_inflight", _write_inflight, partial(_by_sequences, model="trocr_inflight")),
}
