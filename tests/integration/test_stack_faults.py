"""The real models under load while parts of Triton die: every call ends right or may be tried again, in time."""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from ocr_server.bootstrap import open_reader
from ocr_server.domain.document import Recognition, RecognizeOptions
from ocr_server.domain.errors import DependencyUnavailable, Overloaded
from ocr_server.reader import DocumentReader
from ocr_server.settings import Settings
from ocr_server.stack.environment import TritonEnvironment
from ocr_server.stack.supervisor import SupervisedTriton, supervised_triton
from tests.integration.processes import eventually
from tests.same_pages import check_same_pages
from tests.triton_fixture import ENVIRONMENT, MODEL_REPOSITORY

# On a machine that does other things as well; a quiet one takes less than 5 s, as benchmarks/recovery.py measures.
BACK_WITHIN_S = 60
DEADLINE_S = 30.0
GRACE_S = 5.0
CALLERS = 4


class Load:
    """Callers that read the same page without pause; a wrong page, or an end that is none, fails the test."""

    def __init__(self, reader: DocumentReader, page: bytes, right: Recognition) -> None:
        self._reader = reader
        self._page = page
        self._right = right
        self.ended: Counter[str] = Counter()

    async def call(self) -> None:
        while True:
            began_s = time.monotonic()
            try:
                read = await self._reader.read(self._page, RecognizeOptions(), time_remaining_s=DEADLINE_S)
                check_same_pages(read, self._right)  # nothing wrong is ever returned
                self.ended["right"] += 1
            except (DependencyUnavailable, Overloaded) as error:
                self.ended["retryable"] += 1
                await asyncio.sleep(error.retry_after_s)
            assert time.monotonic() - began_s < DEADLINE_S + GRACE_S

    async def right_again(self) -> None:
        """Wait until as many calls as callers have been answered from now on."""
        right = self.ended["right"]
        await eventually(lambda: self.ended["right"] >= right + CALLERS, within_s=BACK_WITHIN_S)


@asynccontextmanager
async def load(triton: SupervisedTriton, page: bytes, right: Recognition) -> AsyncIterator[Load]:
    async with open_reader(Settings(triton_url=triton.process.url)) as reader:
        callers = Load(reader, page, right)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(callers.call()) for _ in range(CALLERS)]
            yield callers
            for task in tasks:
                task.cancel()


@pytest.fixture
def page(samples: Path) -> bytes:
    return (samples / "receipt.png").read_bytes()


@pytest.fixture
async def right(page: bytes) -> Recognition:
    """As the models in this process read it."""
    async with open_reader(Settings()) as reader:
        return await reader.read(page, RecognizeOptions())


@asynccontextmanager
async def supervised(folder: Path) -> AsyncIterator[SupervisedTriton]:
    async with supervised_triton(ENVIRONMENT, MODEL_REPOSITORY, log_path=folder / "log") as triton:
        yield triton
        triton.process.kill()  # nobody waits for it to end in order


async def test_killed_processes_and_a_killed_server_cost_no_caller_a_wrong_answer(
    tmp_path: Path, page: bytes, right: Recognition
) -> None:
    async with supervised(tmp_path) as triton, load(triton, page, right) as callers:
        await callers.right_again()
        first = triton.process
        replaced = {stub.pid for stub in first.stubs() if stub.model == "trocr"}
        os.kill(min(replaced), signal.SIGKILL)
        await eventually(
            lambda: sum(stub.model == "trocr" and stub.pid not in replaced for stub in first.stubs()) == len(replaced),
            within_s=BACK_WITHIN_S,
        )
        await callers.right_again()
        assert triton.process is first, "one model's death is no reason to restart them all"

        os.kill(first.pid, signal.SIGKILL)
        await eventually(lambda: triton.process is not first, within_s=BACK_WITHIN_S)
        await callers.right_again()


@pytest.mark.usefixtures("triton_with_little_shared_memory")
async def test_full_shared_memory_costs_no_caller_a_wrong_answer(
    tmp_path: Path, page: bytes, right: Recognition
) -> None:
    async with supervised(tmp_path) as triton:
        filler = Path(f"/proc/{triton.process.pid}/root/dev/shm/filler")
        # Before the first page: its models' regions have yet to grow.
        _fill(filler)
        async with load(triton, page, right) as callers:
            await eventually(lambda: callers.ended["retryable"] >= CALLERS, within_s=BACK_WITHIN_S)
            filler.unlink()  # noqa: ASYNC240 - it is memory
            await callers.right_again()


def _fill(filler: Path) -> None:
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(2**14)):
            pass


@pytest.fixture
def triton_with_little_shared_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tritonserver see a /dev/shm of its own, just as large as the models need."""
    mount = "mount -t tmpfs -o size=64m tmpfs /dev/shm"
    unshare = shutil.which("unshare")
    if not unshare or subprocess.run([unshare, "-m", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("a /dev/shm of its own needs root and unshare")
    program = tmp_path / "tritonserver"
    real = TritonEnvironment.find(ENVIRONMENT).binary
    program.write_text(f'#!/bin/sh\nexec {unshare} -m sh -c \'{mount} && exec "$0" "$@"\' {real} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(TritonEnvironment, "binary", property(lambda environment: program))
