"""``ocr-server stack`` as a process of its own, and callers that read pages from it without pause."""

import asyncio
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import psutil
from grpc_status import rpc_status

from benchmarks.dataset import REPOSITORY
from benchmarks.server_process import running_server
from ocr_server._pb.ocr.v1.ocr_service_pb2 import RecognizeRequest
from ocr_server._pb.ocr.v1.ocr_service_pb2_grpc import OcrServiceStub
from ocr_server.cli.swap import URL_FILE
from ocr_server.grpc_api.status import retry_after_s
from ocr_server.stack.stubs import living_stubs

DEADLINE_S = 20.0
# A call may end this much later than its deadline: the answer has to be scheduled and read.
GRACE_S = 0.5
BACK_WITHIN_S = 60.0
CALM_S = 2.0


@dataclass(slots=True)
class Load:
    """Callers that read pages in turn, and how their calls ended."""

    service: OcrServiceStub
    images: Sequence[bytes]
    right: dict[bytes, Any]
    ended: Counter[str] = field(default_factory=Counter)
    latencies_s: list[float] = field(default_factory=list)
    last_right_s: float = 0.0

    def forget(self) -> None:
        """Begin to count anew."""
        self.ended.clear()
        self.latencies_s.clear()

    async def call_on(self, index: int) -> None:
        """Call without pause, but for that which a refusal asks for."""
        while True:
            index += 1
            image = self.images[index % len(self.images)]
            started_s = time.monotonic()
            how, wait_s = await self._call(image)
            took_s = time.monotonic() - started_s
            self.ended["late" if took_s > DEADLINE_S + GRACE_S else how] += 1
            self.latencies_s.append(took_s)
            await asyncio.sleep(wait_s)

    async def _call(self, image: bytes) -> tuple[str, float]:
        try:
            answer = await self.service.Recognize(RecognizeRequest(image=image), timeout=DEADLINE_S)
        except grpc.aio.AioRpcError as error:
            status = rpc_status.from_call(error)
            return str(error.code().name), (status and retry_after_s(status)) or 0.1
        if list(answer.document.pages) != self.right[image]:
            return "wrong", 0.0
        self.last_right_s = time.monotonic()
        return "right", 0.0


@dataclass(frozen=True, slots=True)
class Stack:
    """The stack under load, and how many processes each model has."""

    pid: int
    load: Load
    trocr: Path
    url: str
    processes: Counter[str]

    def triton_pid(self) -> int | None:
        """The tritonserver that runs, if one does."""
        for child in psutil.Process(self.pid).children():
            if child.name().startswith("tritonserver") and child.status() != psutil.STATUS_ZOMBIE:
                return child.pid
        return None

    def stubs(self) -> dict[int, str]:
        """The living processes of models."""
        pid = self.triton_pid()
        return {stub.pid: stub.model for stub in living_stubs(pid)} if pid else {}

    async def back_after_s(self, replaced: Collection[int] = ()) -> float:
        """Wait until every model has all its processes, without those that are to be replaced, and a page is right."""
        began_s = time.monotonic()
        await _until(lambda: self._processes(replaced) >= self.processes)
        whole_s = time.monotonic()
        await _until(lambda: self.load.last_right_s > whole_s)
        return self.load.last_right_s - began_s

    def _processes(self, without: Collection[int] = ()) -> Counter[str]:
        return Counter(model for pid, model in self.stubs().items() if pid not in without)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(BACK_WITHIN_S):
        while not holds():  # noqa: ASYNC110 - other processes tell no event
            await asyncio.sleep(0.02)


@asynccontextmanager
async def stack_under_load(callers: int, images: Sequence[bytes]) -> AsyncIterator[Stack]:
    """Start the stack with a copy of the models, two versions of TrOCR among them, and the callers."""
    with tempfile.TemporaryDirectory(prefix="ocr-recovery-") as folder:
        models, data = Path(folder, "models"), Path(folder, "data")
        shutil.copytree(REPOSITORY / "model_repository", models)
        shutil.copytree(models / "trocr/1", models / "trocr/2")
        with running_server(data, command="stack", OCR_MODEL_REPOSITORY=str(models)) as server:
            async with grpc.aio.insecure_channel(server.target) as channel:
                service = OcrServiceStub(channel)
                right = {
                    image: list((await service.Recognize(RecognizeRequest(image=image))).document.pages)
                    for image in images
                }
                load = Load(service, images, right)
                async with asyncio.TaskGroup() as group:
                    tasks = [group.create_task(load.call_on(caller)) for caller in range(callers)]
                    await asyncio.sleep(CALM_S)
                    url = (data / URL_FILE).read_text(encoding="utf-8")
                    stack = Stack(server.pid, load, models / "trocr", url, Counter())
                    stack.processes.update(stack.stubs().values())
                    yield stack
                    for task in tasks:
                        task.cancel()
