"""Versions of a model change on a real Triton while callers ask, and no request is lost."""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from tritonclient.utils import InferenceServerException

from ocr_server.adapters.production.model_roles import NoRoles, Roles
from ocr_server.adapters.production.triton_client import TritonClient, connect_triton
from ocr_server.cli.swap import apply
from ocr_server.stack.triton_process import TritonProcess, run_triton
from tests.integration.triton_echo import copy_of_models
from tests.triton_fixture import ENVIRONMENT

# Longer than servers take to hear of a change.
HEARD_S = 1.5


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Version 2 gives each number back doubled."""
    models = copy_of_models(tmp_path)
    shutil.copytree(models / "echo/1", models / "echo/2")
    second = models / "echo/2/model.py"
    second.write_text(second.read_text().replace('Tensor("number", number)', 'Tensor("number", number * 2)'))
    return models


@pytest.fixture
async def triton(repository: Path, tmp_path: Path) -> AsyncIterator[TritonProcess]:
    async with run_triton(ENVIRONMENT, repository, log_path=tmp_path / "log") as process:
        await process.wait_ready()
        yield process
        process.kill()  # nobody waits for it to end in order


@pytest.fixture
async def client(triton: TritonProcess) -> AsyncIterator[TritonClient]:
    async with connect_triton(triton.url) as client:
        yield client


async def version_that_answers(client: TritonClient, number: int = 7) -> int:
    inputs = {"number": np.array([[number]], np.int32), "sleep_ms": np.array([[2]], np.int32)}
    answer = await client.infer("echo", inputs, ["number"])
    version, rest = divmod(int(answer["number"][0, 0]), number)
    assert rest == 0
    return version


@asynccontextmanager
async def callers(client: TritonClient, count: int) -> AsyncIterator[Counter[int]]:
    """Callers without pause; any failure fails the test."""
    answers: Counter[int] = Counter()

    async def call(number: int) -> None:
        while True:
            answers[await version_that_answers(client, number)] += 1

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(call(1 + number)) for number in range(count)]
        yield answers
        for task in tasks:
            task.cancel()


async def test_swaps_under_sixteen_callers_lose_no_request(
    client: TritonClient, triton: TritonProcess, repository: Path
) -> None:
    async def change(how: Callable[[Roles], Roles]) -> None:
        await apply(repository / "echo", triton.url, how)

    async with callers(client, 16) as answers:
        for serving in (2, 1, 2):
            if serving == 2:
                await change(lambda roles: roles.with_loaded(2))
                await change(lambda roles: roles.promoted(2))
            else:
                await change(Roles.rolled_back)
            await asyncio.sleep(HEARD_S)
            before = answers.copy()
            await asyncio.sleep(0.3)
            assert set(answers - before) == {serving}


async def test_a_version_that_is_loaded_answers_nobody_until_it_is_promoted(
    client: TritonClient, triton: TritonProcess, repository: Path
) -> None:
    async with callers(client, 4) as answers:
        await apply(repository / "echo", triton.url, lambda roles: roles.with_loaded(2))
        await asyncio.sleep(HEARD_S)
    assert set(answers) == {1}


async def test_what_was_promoted_serves_after_a_restart_too(
    triton: TritonProcess, repository: Path, tmp_path: Path
) -> None:
    for change in (lambda roles: roles.with_loaded(2), lambda roles: roles.promoted(2)):
        await apply(repository / "echo", triton.url, change)
    async with run_triton(ENVIRONMENT, repository, log_path=tmp_path / "log") as again:
        await again.wait_ready()
        async with connect_triton(again.url) as client:
            assert await version_that_answers(client) == 2


@pytest.mark.parametrize(
    "broken",
    [
        "raise RuntimeError('the weights are gone')\n",
        "class TritonPythonModel:\n  def execute(self, requests):\n    raise RuntimeError('the weights are gone')\n",
    ],
    ids=["does not load", "does not answer"],
)
async def test_a_broken_version_changes_nothing(
    client: TritonClient, triton: TritonProcess, repository: Path, broken: str
) -> None:
    (repository / "echo/2/model.py").write_text(broken)
    config = (repository / "echo/config.pbtxt").read_text()
    async with callers(client, 4) as answers:
        with pytest.raises(InferenceServerException, match="the weights are gone"):
            await apply(repository / "echo", triton.url, lambda roles: roles.with_loaded(2))
        await asyncio.sleep(HEARD_S)
    assert set(answers) == {1}
    assert (repository / "echo/config.pbtxt").read_text() == config


async def test_a_version_without_a_folder_is_refused_before_triton_hears_of_it(
    triton: TritonProcess, repository: Path
) -> None:
    config = (repository / "echo/config.pbtxt").read_text()
    with pytest.raises(NoRoles, match=r"no folder .*echo/3"):
        await apply(repository / "echo", triton.url, lambda roles: roles.with_loaded(3))
    assert (repository / "echo/config.pbtxt").read_text() == config
