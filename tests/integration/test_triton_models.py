"""The models of model_repository/ on a real tritonserver: what they refuse, what they tell, what their configs say."""

import asyncio
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format
from numpy.typing import NDArray
from tritonclient.grpc import InferInput, InferResult
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.grpc.model_config_pb2 import ModelConfig
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from ocr_models import batching
from ocr_models.trocr import recognizer
from ocr_server.adapters.production.model_roles import Roles
from ocr_server.stack.triton_process import TritonProcess

MODEL_REPOSITORY = Path(__file__).parents[2] / "model_repository"
MODELS = ["line_detector", "line_detector_tiny", "line_recognizer_ctc", "page_orientation", "trocr"]

Arrays = dict[str, NDArray[Any]]


def page(*shape: int, dtype: type = np.uint8, unclip_ratio: float = 1.0) -> Arrays:
    return {"image": np.zeros(shape, dtype), "unclip_ratio": np.array([unclip_ratio], np.float32)}


def lines(*sizes_px: tuple[int, int], height_px: int = 20, width_px: int = 90, rows: int | None = None) -> Arrays:
    crops = np.random.default_rng(1).integers(0, 256, (rows or len(sizes_px), height_px, width_px, 3), dtype=np.uint8)
    return {"crops": crops, "sizes_px": np.array(sizes_px, np.int32).reshape(-1, 2)}


def beginnings(*widths_px: int) -> Arrays:
    crops = np.zeros((len(widths_px), 48, 192, 3), np.uint8)
    return {"crops": crops, "widths_px": np.array(widths_px, np.int32)[:, None]}


GOOD = {
    "line_detector": page(64, 96, 3),
    "line_detector_tiny": page(64, 96, 3),
    "line_recognizer_ctc": lines((20, 90), (1, 1)),
    "page_orientation": beginnings(1, 192),
    "trocr": lines((20, 90), (1, 1)),
}
BAD = [
    *(
        (detector, inputs, why)
        for detector in ("line_detector", "line_detector_tiny")
        for inputs, why in [
            (page(33, 32, 3), "whole strides of 32 px"),
            (page(0, 32, 3), "whole strides of 32 px"),
            (page(32, 32, 1), "unexpected shape"),
            (page(32, 32), "unexpected shape"),
            (page(32, 32, 3, dtype=np.float32), "data-type"),
            (page(32, 32, 3, unclip_ratio=0.0), "unclip_ratio: must be above 0"),
            (page(32, 32, 3, unclip_ratio=float("nan")), "unclip_ratio: must be above 0"),
            ({"image": np.zeros((32, 32, 3), np.uint8)}, "expected 2 inputs but got 1"),
        ]
    ),
    *(
        (reader, inputs, why)
        for reader in ("line_recognizer_ctc", "trocr")
        for inputs, why in [
            (lines((20, 90), (0, 5)), "sizes_px: from 1x1 to 20x90"),
            (lines((20, 91)), "sizes_px: from 1x1 to 20x90"),
            (lines((21, 90)), "sizes_px: from 1x1 to 20x90"),
            (lines((-1, 90)), "sizes_px: from 1x1 to 20x90"),
            (lines((1, 1), height_px=0), "sizes_px: from 1x1 to 0x90"),
            (lines(*[(20, 90)] * 9), "batch-size"),
            (lines((20, 90), rows=2), "batch"),
            (lines(rows=0), "Expected 8, got 0"),
        ]
    ),
    ("page_orientation", beginnings(192, 0), "widths_px: must be from 1 to 192"),
    ("page_orientation", beginnings(193), "widths_px: must be from 1 to 192"),
    ("page_orientation", beginnings(*[192] * 9), "batch-size"),
]


@pytest.fixture
async def client(triton: TritonProcess) -> AsyncIterator[InferenceServerClient]:
    async with InferenceServerClient(triton.url) as client:
        yield client


async def ask(client: InferenceServerClient, model: str, arrays: Arrays) -> InferResult:
    inputs = [
        InferInput(name, values.shape, np_to_triton_dtype(values.dtype)).set_data_from_numpy(values)
        for name, values in arrays.items()
    ]
    return await client.infer(model, inputs)


@pytest.mark.parametrize(("model", "inputs", "why"), BAD)
async def test_a_bad_request_is_refused_with_the_reason(
    client: InferenceServerClient, model: str, inputs: Arrays, why: str
) -> None:
    with pytest.raises(InferenceServerException, match=why) as caught:
        await ask(client, model, inputs)
    assert caught.value.status() == "StatusCode.INVALID_ARGUMENT"


@pytest.mark.parametrize("model", MODELS)
async def test_a_bad_request_harms_none_beside_it(client: InferenceServerClient, model: str) -> None:
    bad = [inputs for name, inputs, _ in BAD if name == model]
    requests = [GOOD[model], *bad] * 3
    results = await asyncio.gather(*(ask(client, model, inputs) for inputs in requests), return_exceptions=True)
    alone = await ask(client, model, GOOD[model])
    outputs = [output.name for output in alone.get_response().outputs]
    for inputs, result in zip(requests, results, strict=True):
        if inputs is GOOD[model]:
            assert isinstance(result, InferResult)
            for name in outputs:
                np.testing.assert_array_equal(result.as_numpy(name), alone.as_numpy(name))
        else:
            assert isinstance(result, InferenceServerException)


async def test_what_was_read_is_counted_on_the_metrics_endpoint(
    client: InferenceServerClient, triton: TritonProcess
) -> None:
    counter = 'ocr_model_lines_total{model="page_orientation",version="1"}'
    before = await asyncio.to_thread(metric, triton, counter)
    await ask(client, "page_orientation", beginnings(5, 6, 7))
    assert await asyncio.to_thread(metric, triton, counter) == before + 3


def metric(triton: TritonProcess, name: str) -> float:
    with urllib.request.urlopen(triton.metrics_url) as page:
        (value,) = [line.split()[-1] for line in page.read().decode().splitlines() if line.startswith(name)]
    return float(value)


async def test_what_nobody_waits_for_any_more_is_not_computed(
    client: InferenceServerClient, triton: TritonProcess
) -> None:
    computed = 'ocr_model_request_lines_count{model="line_detector",version="1"}'
    before = await asyncio.to_thread(metric, triton, computed)
    calls = [asyncio.create_task(ask(client, "line_detector", page(960, 960, 3))) for _ in range(12)]
    await asyncio.sleep(0.1)
    for call in calls:
        call.cancel()
    await asyncio.wait(calls)
    assert all(call.cancelled() for call in calls)
    await asyncio.gather(*(ask(client, "line_detector", page(32, 32, 3)) for _ in range(2)))  # now the line is empty
    assert await asyncio.to_thread(metric, triton, computed) <= before + 2 + 2  # two were being computed already


@pytest.mark.parametrize("model", MODELS)
def test_configs_are_complete_and_hold_a_planned_batch(model: str) -> None:
    config = text_format.Parse((MODEL_REPOSITORY / model / "config.pbtxt").read_text(encoding="utf-8"), ModelConfig())
    assert (config.name, config.backend) == (model, "python")
    assert config.version_policy.latest.num_versions == 1 or Roles.of(config) == Roles((1,), 1)
    assert config.model_warmup
    assert "version" in {output.name for output in config.output}
    # A queue policy with one instance, or a batcher that waits, would hold requests back.
    assert not config.HasField("dynamic_batching")
    most_lines = {"line_recognizer_ctc": batching.MAX_LINES, "trocr": recognizer.MAX_LINES, "page_orientation": 8}
    assert config.max_batch_size == most_lines.get(model, 0)
