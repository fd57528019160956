"""Triton under load while its parts are killed: every request ends, nothing wrong is returned, and it comes back."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from ocr_server.stack.environment import TritonStartError
from ocr_server.stack.supervisor import SupervisedTriton, supervised_triton
from tests.integration.processes import eventually, runs
from tests.integration.triton_echo import MODELS, ask, copy_of_models, shared_memory
from tests.triton_fixture import ENVIRONMENT

# A machine that does other things as well is given more time than the 5 s that it takes a quiet one at most.
BACK_WITHIN_S = 15


@pytest.fixture
async def triton(tmp_path: Path) -> AsyncIterator[SupervisedTriton]:
    async with supervised_triton(ENVIRONMENT, MODELS, log_path=tmp_path / "log") as supervised:
        yield supervised
        supervised.process.kill()  # nobody waits for it to end in order


class Load:
    """Callers that ask without pause; a request that fails in a way that may be tried again is told so and goes on."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.answered_by: list[int] = []

    async def back(self, died: "set[int]") -> None:
        """Wait until the next twenty requests are answered, by none of the dead."""
        failures, answers = -1, -1
        async with asyncio.timeout(BACK_WITHIN_S):
            while answers < 0 or len(self.answered_by) < answers + 20:
                if len(self.failures) != failures:
                    failures, answers = len(self.failures), len(self.answered_by)
                await asyncio.sleep(0.05)
        assert not died & set(self.answered_by[answers:])

    async def call(self, url: str, caller: int) -> None:
        number = caller * 1_000_000
        async with InferenceServerClient(url) as client:
            while True:
                number += 1
                try:
                    self.answered_by.append(await ask(client, number, sleep_ms=10))
                except InferenceServerException as error:
                    may_be_tried_again = error.status() in ("StatusCode.UNAVAILABLE", "StatusCode.NOT_FOUND")
                    if not may_be_tried_again and "is not healthy" not in error.message():
                        raise
                    self.failures.append(error.message())
                    await asyncio.sleep(0.05)


@asynccontextmanager
async def load(url: str) -> AsyncIterator[Load]:
    callers = Load()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(callers.call(url, caller)) for caller in range(6)]
        await eventually(lambda: len(callers.answered_by) >= 20, within_s=BACK_WITHIN_S)
        yield callers
        for task in tasks:
            task.cancel()


@pytest.mark.parametrize("killed", [1, 2])
async def test_a_model_is_whole_again_after_its_processes_were_killed(triton: SupervisedTriton, killed: int) -> None:
    server = triton.process.pid
    dead = {stub.pid for stub in triton.process.stubs()[:killed]}
    async with load(triton.process.url) as callers:
        for pid in dead:
            os.kill(pid, signal.SIGKILL)
        await eventually(lambda: _whole(triton, dead), within_s=BACK_WITHIN_S)
        await callers.back(dead)
    assert triton.process.pid == server, "one model's death is no reason to restart them all"


async def test_a_killed_server_is_back_at_the_same_address_and_leaves_nothing_behind(triton: SupervisedTriton) -> None:
    first = triton.process
    dead = {stub.pid for stub in first.stubs()}
    async with load(first.url) as callers:
        os.kill(first.pid, signal.SIGKILL)
        await eventually(lambda: triton.process is not first, within_s=BACK_WITHIN_S)
        await callers.back(dead)
    assert callers.failures
    assert triton.process.url == first.url
    assert not any(runs(pid) for pid in dead)
    assert not shared_memory(first.shared_memory_prefix)


async def test_a_process_that_stands_still_is_replaced(triton: SupervisedTriton) -> None:
    stopped = triton.process.stubs()[0].pid
    async with load(triton.process.url) as callers:
        os.kill(stopped, signal.SIGSTOP)
        await eventually(lambda: _whole(triton, {stopped}), within_s=BACK_WITHIN_S)
        await callers.back({stopped})


@pytest.mark.usefixtures("impatient_canaries")
async def test_a_server_that_hangs_is_replaced(triton: SupervisedTriton) -> None:
    first = triton.process
    os.kill(first.pid, signal.SIGSTOP)
    await eventually(lambda: triton.process is not first, within_s=2 * BACK_WITHIN_S)
    async with load(triton.process.url) as callers:
        await callers.back({stub.pid for stub in first.stubs()})


@pytest.mark.usefixtures("impatient_canaries")
async def test_a_model_all_of_whose_processes_hang_is_killed_and_loaded_anew(triton: SupervisedTriton) -> None:
    server, hung = triton.process.pid, {stub.pid for stub in triton.process.stubs()}
    async with InferenceServerClient(triton.process.url) as client:
        lost = []
        for number in range(2):
            lost.append(asyncio.create_task(ask(client, number, sleep_ms=-1, timeout_s=BACK_WITHIN_S)))
            await asyncio.sleep(0.5)
        await eventually(lambda: _whole(triton, hung), within_s=BACK_WITHIN_S)
        outcomes = await asyncio.gather(*lost, return_exceptions=True)
    assert all(isinstance(outcome, InferenceServerException) for outcome in outcomes)
    async with load(triton.process.url) as callers:
        await callers.back(hung)
    assert triton.process.pid == server


async def test_a_model_unloaded_in_order_is_left_alone(triton: SupervisedTriton) -> None:
    async with InferenceServerClient(triton.process.url) as client:
        await client.unload_model("echo")
        await eventually(lambda: not triton.process.stubs(), within_s=BACK_WITHIN_S)
        await asyncio.sleep(1.5)
        assert not triton.process.stubs()


async def test_a_server_that_keeps_dying_is_started_less_and_less_often(tmp_path: Path) -> None:
    repository = copy_of_models(tmp_path)
    async with supervised_triton(ENVIRONMENT, repository, log_path=tmp_path / "log") as triton:
        (repository / "echo/1/model.py").write_text("raise RuntimeError('the weights are gone')\n")
        triton.process.kill()
        began_s = time.monotonic()
        await eventually(lambda: _failed_starts(tmp_path / "log") >= 3, within_s=3 * BACK_WITHIN_S)
        assert time.monotonic() - began_s > 0.5 + 1.0, "all restarts but the first had to wait"


async def test_a_first_start_that_fails_is_told_at_once(tmp_path: Path) -> None:
    repository = copy_of_models(tmp_path)
    (repository / "echo/1/model.py").write_text("raise RuntimeError('the weights are gone')\n")
    with pytest.RaisesGroup(pytest.RaisesExc(TritonStartError, match="the weights are gone")):
        async with supervised_triton(ENVIRONMENT, repository, log_path=tmp_path / "log"):
            pytest.fail("it cannot have started")


def _whole(triton: SupervisedTriton, dead: set[int]) -> bool:
    living = {stub.pid for stub in triton.process.stubs()}
    return len(living - dead) >= 2 and not any(runs(pid) for pid in dead)


def _failed_starts(log: Path) -> int:
    return sum(line.startswith("error: creating server") for line in log.read_text().splitlines())
