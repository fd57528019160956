"""One `ocr-server worker` as a child process: watched and started again like the servers it works with."""

import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from ocr_server.stack import tansu_shim
from ocr_server.stack.child_process import HOST, ServerProcess, answers_http, free_port

# It loads models, perhaps beside others that do.
_START_S = 120.0
# Longer than it lets a job go on.
_END_S = 20.0


class WorkerStartError(RuntimeError):
    """A worker cannot be started; the message shows what it said."""


class WorkerProcess(ServerProcess):
    """A worker that can be killed and started again. metrics_port: its only door."""

    def __init__(self, name: str, settings: Mapping[str, str], log_path: Path) -> None:
        self.metrics_port = free_port()
        super().__init__(
            name,
            [sys.executable, "-m", tansu_shim.__name__, "worker"],
            b"",
            log_path,
            serves=partial(answers_http, self.metrics_port, "/metrics"),
            error=WorkerStartError,
            start_s=_START_S,
            end_s=_END_S,
            variables={**os.environ, **settings, "OCR_METRICS_LISTEN": f"{HOST}:{self.metrics_port}"},
        )


@asynccontextmanager
async def run_worker(name: str, settings: Mapping[str, str], *, log_path: Path) -> AsyncIterator[WorkerProcess]:
    """Run a worker until the block ends, when the job it has may end too; it takes jobs when the block begins.

    settings: as environment variables, beside those of this process. Its address of metrics is its own.
    Raises WorkerStartError.
    """
    worker = WorkerProcess(name, settings, log_path)
    try:
        await worker.start()
        yield worker
    finally:
        await worker.stop()
