"""Models that do not batch, as ours: one process hangs while the other answers, or all are busy and none hangs."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from tritonclient.grpc import InferInput
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from ocr_server.stack import stub_watch
from ocr_server.stack.supervisor import SupervisedTriton, supervised_triton
from tests.integration.processes import eventually
from tests.triton_fixture import ENVIRONMENT

MODELS = Path(__file__).with_name("hanging_models")
BACK_WITHIN_S = 15


@pytest.fixture
async def triton(tmp_path: Path) -> AsyncIterator[SupervisedTriton]:
    async with supervised_triton(ENVIRONMENT, MODELS, log_path=tmp_path / "log") as supervised:
        yield supervised
        supervised.process.kill()  # nobody waits for it to end in order


@pytest.fixture
async def client(triton: SupervisedTriton) -> AsyncIterator[InferenceServerClient]:
    async with InferenceServerClient(triton.process.url) as client:
        yield client


async def ask(client: InferenceServerClient, sleep_s: int = 0) -> int:
    """The process that answered."""
    sleep = InferInput("sleep_s", [1], "INT32").set_data_from_numpy(np.array([sleep_s], np.int32))
    return int((await client.infer("sleeper", [sleep], client_timeout=60)).as_numpy("pid")[0])


async def test_a_process_that_hangs_ends_and_is_replaced_while_the_other_answers(
    triton: SupervisedTriton, client: InferenceServerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stub_watch, "_RETIRED_AFTER_S", 1.0)
    server, stubs = triton.process.pid, {stub.pid for stub in triton.process.stubs()}
    hanging = asyncio.create_task(ask(client, sleep_s=3600))
    await asyncio.sleep(0.5)
    began_s = time.monotonic()
    answered_by = {await ask(client) for _ in range(20)}
    assert len(answered_by) == 1, "the one that does not hang"
    assert time.monotonic() - began_s < BACK_WITHIN_S
    with pytest.raises(InferenceServerException, match="not healthy"):
        await asyncio.wait_for(hanging, BACK_WITHIN_S)
    log_path = triton.process.log_path
    assert "in answer" in log_path.read_text(), "its traceback tells where it hung"

    await eventually(lambda: log_path.read_text().count("successfully loaded") == 2, within_s=BACK_WITHIN_S)
    assert not stubs & {await ask(client) for _ in range(20)}
    await eventually(lambda: not stubs & {stub.pid for stub in triton.process.stubs()}, within_s=BACK_WITHIN_S)
    assert triton.process.pid == server


@pytest.mark.usefixtures("impatient_canaries")
async def test_a_canary_that_waits_behind_real_work_kills_nothing(
    triton: SupervisedTriton, client: InferenceServerClient
) -> None:
    stubs = triton.process.stubs()
    # Each process has work for longer than a canary waits, yet finishes some of it in the meantime.
    await asyncio.gather(*(ask(client, sleep_s=1) for _ in range(10)))
    assert triton.process.stubs() == stubs
