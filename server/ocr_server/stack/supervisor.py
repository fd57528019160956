"""Keeps a tritonserver running: starts it again when it dies, and mends what dies or hangs inside of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from tritonclient.grpc.aio import InferenceServerClient

from ocr_server.stack.backoff import Backoff
from ocr_server.stack.canary import watch_by_canary
from ocr_server.stack.child_process import free_port
from ocr_server.stack.environment import TritonStartError
from ocr_server.stack.stub_watch import watch_stubs
from ocr_server.stack.triton_process import TritonProcess, run_triton

log = structlog.get_logger()

_Start = Callable[[], AbstractAsyncContextManager[TritonProcess]]


@dataclass(slots=True)
class SupervisedTriton:
    """A tritonserver that comes back. ``process`` is the present one, or the last; its addresses never change."""

    process: TritonProcess


@asynccontextmanager
async def supervised_triton(
    environment: Path, repository: Path, *, log_path: Path, models: Sequence[str] | None = None
) -> AsyncIterator[SupervisedTriton]:
    """Run tritonserver until the block ends, as ``run_triton`` does; entered when every model is ready.

    From then on, whatever dies is noticed within 1 s. A server that died is started again, at once or, if it keeps
    dying, after a pause that grows to four seconds. A model that lost a process is loaded anew beside its old self,
    which serves until then. A model that answers nothing, while it finishes nothing else either, is killed and
    loaded anew.

    Raises TritonStartError, in an ExceptionGroup, if the first start fails.
    """
    start = partial(
        run_triton,
        environment,
        repository,
        log_path=log_path,
        models=models,
        grpc_port=free_port(),
        metrics_port=free_port(),
    )
    first: asyncio.Future[SupervisedTriton] = asyncio.get_running_loop().create_future()
    async with asyncio.TaskGroup() as group:
        keeper = group.create_task(_keep(start, repository, first), name="triton-keeper")
        yield await first
        keeper.cancel()


async def _keep(start: _Start, repository: Path, first: "asyncio.Future[SupervisedTriton]") -> None:
    loop = asyncio.get_running_loop()
    backoff = Backoff()
    while True:
        started_s = loop.time()
        try:
            async with start() as process:
                await process.wait_ready()
                log.info("triton.ready", url=process.url, pid=process.pid, after_s=round(loop.time() - started_s, 1))
                if first.done():
                    first.result().process = process
                else:
                    first.set_result(SupervisedTriton(process))
                await _watch(process, repository)
            why = f"tritonserver ended with {process.returncode}"
        except TritonStartError as error:
            if not first.done():
                raise
            why = str(error)
        pause_s = backoff.after(loop.time() - started_s)
        log.error("triton.died", why=why, lived_s=round(loop.time() - started_s, 1), restart_in_s=pause_s)
        await asyncio.sleep(pause_s)


async def _watch(process: TritonProcess, repository: Path) -> None:
    """Watch the server until it has ended."""
    async with InferenceServerClient(process.url) as client, asyncio.TaskGroup() as group:
        watchers = [group.create_task(watch_stubs(process, client), name="triton-stubs")]
        watchers += [
            group.create_task(watch_by_canary(process, client, repository, model), name=f"triton-canary-{model}")
            for model in process.models
        ]
        await process.wait()
        for watcher in watchers:
            watcher.cancel()
