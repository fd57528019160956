"""Ways for the lines of a page to reach TrOCR on Triton. A new one is a row of LINE_CONTENDERS."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import ModelConfig

from ocr_models.triton.batch import pack_crops, unpack_reads
from ocr_models.trocr.recognizer import plan_columns
from ocr_models.types import Image
from ocr_server.adapters.production.triton_client import connect_triton

_JOINING_MODEL = Path(__file__).with_name("joining_model.py")
_OUTPUTS = ("text", "confidence", "char_confidences", "char_spans")
# The batcher hands over what waits, up to so many lines; the model groups them by width, eight at most, as ever.
_JOINED_LINES = 32
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


def _copy(served: Path, folder: Path) -> None:
    shutil.copytree(served, folder)


def _write_joining(served: Path, folder: Path) -> None:
    """Let the dynamic batcher join requests of any widths, and the model read their lines together."""
    shutil.copytree(served, folder)
    for model_file in folder.glob("*/model.py"):
        shutil.copyfile(_JOINING_MODEL, model_file)
    config_path = folder / "config.pbtxt"
    config = text_format.Parse(config_path.read_text(encoding="utf-8"), ModelConfig())
    config.name = folder.name
    config.max_batch_size = _JOINED_LINES
    config.dynamic_batching.SetInParent()
    for tensor in config.input:
        tensor.allow_ragged_batch = True
    config_path.write_text(text_format.MessageToString(config), encoding="utf-8")


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
}
