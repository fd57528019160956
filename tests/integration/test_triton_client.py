"""The way to Triton when things go wrong there: a real tritonserver is reloaded, stopped and started again."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from tritonclient.grpc.aio import InferenceServerClient

from ocr_server.adapters.production import triton_client
from ocr_server.adapters.production.triton_client import TritonClient, connect_triton
from ocr_server.bootstrap import open_reader
from ocr_server.domain.document import Engine, RecognizeOptions
from ocr_server.domain.errors import DeadlineExceeded, DependencyUnavailable, EngineUnavailable
from ocr_server.domain.progress import Stage
from ocr_server.pipeline.trace import Trace
from ocr_server.settings import Settings
from ocr_server.stack.environment import TritonStartError
from ocr_server.stack.triton_process import TritonProcess, run_triton
from tests.triton_fixture import ENVIRONMENT

MODEL_REPOSITORY = Path(__file__).parents[2] / "model_repository"
MODEL = "page_orientation"
CROPS = {"crops": np.zeros((8, 48, 192, 3), np.uint8), "widths_px": np.full((8, 1), 100, np.int32)}


@pytest.fixture
async def client(triton: TritonProcess) -> AsyncIterator[TritonClient]:
    async with connect_triton(triton.url) as client:
        yield client


async def ask(client: TritonClient) -> None:
    answer = await client.infer(MODEL, CROPS, ["upside_down"])
    assert answer["upside_down"].shape == (8, 1)


async def test_no_call_is_lost_while_the_model_is_loaded_anew(client: TritonClient, triton: TritonProcess) -> None:
    done = asyncio.Event()

    async def keep_asking() -> int:
        answered = 0
        while not done.is_set():
            await ask(client)
            answered += 1
        return answered

    async with asyncio.TaskGroup() as callers, InferenceServerClient(triton.url) as control:
        asking = [callers.create_task(keep_asking()) for _ in range(16)]
        await asyncio.sleep(0.1)
        for _ in range(2):
            await control.unload_model(MODEL)
            await control.load_model(MODEL)
            await asyncio.sleep(0.2)
        done.set()
    assert min(caller.result() for caller in asking) >= 3  # before, between and after


async def test_an_unknown_model_is_unavailable_and_others_still_answer(
    client: TritonClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(triton_client, "_PATIENCE_S", 0.2)
    with pytest.raises(DependencyUnavailable, match="no_such_model"):
        await client.infer("no_such_model", CROPS, ["upside_down"])
    await ask(client)


async def test_a_question_that_the_model_refuses_is_this_servers_fault(client: TritonClient) -> None:
    with pytest.raises(RuntimeError, match="widths_px: must be from 1 to 192"):
        await client.infer(MODEL, CROPS | {"widths_px": np.zeros((8, 1), np.int32)}, ["upside_down"])


async def test_an_output_that_the_model_does_not_have_is_no_answer(client: TritonClient) -> None:
    with pytest.raises((RuntimeError, DependencyUnavailable), match=MODEL):
        await client.infer(MODEL, CROPS, ["quads"])


async def test_the_deadline_of_the_step_ends_the_call_there_as_well(client: TritonClient) -> None:
    page = {"image": np.zeros((1920, 1920, 3), np.uint8), "unclip_ratio": np.ones(1, np.float32)}
    trace = Trace(lambda progress: None, deadline_s=asyncio.get_running_loop().time() + 0.1)
    with pytest.raises(DeadlineExceeded):
        async with trace.step(Stage.DETECT):
            await client.infer("line_detector", page, ["scores"])


async def test_a_trocr_that_is_not_there_is_an_engine_that_does_not_run(
    triton: TritonProcess, monkeypatch: pytest.MonkeyPatch, samples: Path
) -> None:
    monkeypatch.setattr(triton_client, "_PATIENCE_S", 0.2)
    content = (samples / "receipt.png").read_bytes()
    async with open_reader(Settings(triton_url=triton.url, trocr_model="trocr-large")) as reader:
        reader.check(content, RecognizeOptions(Engine.BALANCED))
        with pytest.raises(EngineUnavailable):
            reader.check(content, RecognizeOptions(Engine.TROCR))


async def test_a_model_whose_provider_does_not_run_is_not_served_by_another_one(tmp_path: Path) -> None:
    shutil.copytree(MODEL_REPOSITORY / "trocr", tmp_path / "trocr")
    config = tmp_path / "trocr/config.pbtxt"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("CPUExecutionProvider", "CoreMLExecutionProvider"), encoding="utf-8")
    with pytest.raises(TritonStartError, match="CoreMLExecutionProvider does not run here"):
        async with run_triton(ENVIRONMENT, tmp_path, log_path=tmp_path / "triton.log") as process:
            await process.wait_ready()


async def test_where_triton_never_was_the_error_tells_where_it_was_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(triton_client, "_START_S", 0.1)
    with pytest.raises(DependencyUnavailable, match=r"Triton does not answer at 127\.0\.0\.1:1"):
        async with connect_triton("127.0.0.1:1"):
            pass


async def test_a_triton_that_is_gone_is_not_waited_for_and_found_again_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(triton_client, "_PATIENCE_S", 0.5)

    port = 0

    @asynccontextmanager
    async def running_triton() -> AsyncIterator[str]:
        log_path = tmp_path / "triton.log"
        async with run_triton(
            ENVIRONMENT, MODEL_REPOSITORY, log_path=log_path, models=[MODEL], grpc_port=port
        ) as process:
            await process.wait_ready()
            yield process.url

    async with AsyncExitStack() as stack:
        async with running_triton() as url:
            client = await stack.enter_async_context(connect_triton(url))
            await ask(client)
        with pytest.raises(DependencyUnavailable, match="Triton cannot be reached"):
            await ask(client)
        started_s = time.monotonic()
        with pytest.raises(DependencyUnavailable, match="Triton cannot be reached"):
            await ask(client)
        assert time.monotonic() - started_s < 0.05
        port = int(url.rpartition(":")[2])
        async with running_triton():
            await asyncio.sleep(1.0)  # the circuit lets an attempt through once a second
            await ask(client)
