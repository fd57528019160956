"""One tritonserver as a child process: started, waited for, ended, and nothing of it left behind."""

import asyncio
import secrets
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import structlog
from grpc_health.v1 import health_pb2, health_pb2_grpc

from ocr_server.stack.child_process import HOST, free_port, is_free, kill_group, spawn
from ocr_server.stack.environment import TritonEnvironment, TritonStartError
from ocr_server.stack.stubs import Stub, living_stubs

_SHARED_MEMORY = Path("/dev/shm")
# How long Triton waits for requests in flight after SIGTERM, and how much longer until it is killed.
_DRAIN_S = 10
_AFTER_DRAIN_S = 5
_POLL_S = 0.1
# By itself a channel that is refused waits longer and longer, up to two minutes, and shares that with its likes.
CHANNEL_OPTIONS = (
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 100),
)
_LONGEST_WORDS = 400
_NO_GPU = "CudaDriverHelper has not been initialized"  # said on every machine without one

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TritonProcess:
    """A running tritonserver.

    url: host:port for gRPC. models: those it was told to load. shared_memory_prefix: how the names of its regions
    in /dev/shm begin.
    """

    url: str
    metrics_url: str
    models: tuple[str, ...]
    shared_memory_prefix: str
    log_path: Path
    _log_start_bytes: int
    _process: Process

    @property
    def pid(self) -> int:
        """The server's process id, which is its process group's too."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; minus the signal if one killed it."""
        return self._process.returncode

    def stubs(self) -> list[Stub]:
        """The living processes its models run in."""
        return living_stubs(self.pid)

    def kill(self) -> None:
        """Kill it and its stubs."""
        kill_group(self.pid)

    async def wait(self) -> int:
        """Wait until it has ended."""
        return await self._process.wait()

    async def wait_ready(self, timeout_s: float = 120.0) -> None:
        """Wait until every model is loaded. Raises TritonStartError if it ends before, or is not ready in time."""
        async with grpc.aio.insecure_channel(self.url, CHANNEL_OPTIONS) as channel:
            health = health_pb2_grpc.HealthStub(channel)
            try:
                async with asyncio.timeout(timeout_s):
                    while not await _serves(health):
                        if self.returncode is not None:
                            raise TritonStartError(f"tritonserver ended with {self.returncode}: {self._last_words()}")
                        await asyncio.sleep(_POLL_S)
            except TimeoutError:
                raise TritonStartError(f"Triton was not ready in {timeout_s:.0f} s; its log: {self.log_path}") from None

    def _last_words(self) -> str:
        """What its log says went wrong, each line cut in the middle: tracebacks are lines there."""
        with self.log_path.open("rb") as log_file:
            log_file.seek(self._log_start_bytes)
            lines = log_file.read().decode(errors="replace").splitlines()
        errors = [line for line in lines if line.startswith(("E", "error:")) and _NO_GPU not in line] or lines
        return f"{' / '.join(_shortened(line) for line in errors[-2:])} (its log: {self.log_path})"


@asynccontextmanager
async def run_triton(
    environment: Path,
    repository: Path,
    *,
    log_path: Path,
    models: Sequence[str] | None = None,
    grpc_port: int = 0,
    metrics_port: int = 0,
) -> AsyncIterator[TritonProcess]:
    """Run tritonserver until the block ends; ``TritonProcess.wait_ready`` waits for its models.

    environment: a virtual environment with nvidia-pytriton.
    repository: the folder of models; those named are loaded, or all that have a config.pbtxt.
    log_path: what it prints goes there, after what is there already.
    ports: 0 picks a free one. Both listen on this machine only.

    It runs in a process group of its own, so that Ctrl-C in a terminal reaches the caller alone, who ends it in
    order; and it ends by itself should the caller be killed. At the end requests in flight may finish; its stubs
    and its shared memory are gone afterwards, however it ended. Raises TritonStartError if it cannot be started.
    """
    found = await asyncio.to_thread(TritonEnvironment.find, environment)
    names = tuple(models) if models is not None else models_in(repository)
    grpc_port, metrics_port = grpc_port or free_port(), metrics_port or free_port()
    for port in (grpc_port, metrics_port):
        if not is_free(port):
            raise TritonStartError(f"port {port} is in use")
    prefix = f"ocr-triton-{secrets.token_hex(6)}-"
    with tempfile.TemporaryDirectory(prefix=prefix) as backends, log_path.open("ab") as log_file:
        found.link_backends(Path(backends))
        arguments = [
            *_arguments(repository, names, grpc_port=grpc_port, metrics_port=metrics_port),
            f"--backend-directory={backends}",
            f"--backend-config=python,shm-region-prefix-name={prefix}",
        ]
        log_start_bytes = log_file.tell()
        process = await spawn(
            str(found.binary), *arguments, death_signal="TERM", log_file=log_file, variables=found.variables
        )
        metrics_url = f"http://{HOST}:{metrics_port}/metrics"
        try:
            yield TritonProcess(f"{HOST}:{grpc_port}", metrics_url, names, prefix, log_path, log_start_bytes, process)
        finally:
            try:
                await _end(process)
            finally:
                kill_group(process.pid)
                _remove_shared_memory(prefix)


def models_in(repository: Path) -> tuple[str, ...]:
    """The models of a repository that Triton can load. Raises TritonStartError if there are none."""
    names = tuple(sorted(config.parent.name for config in repository.glob("*/config.pbtxt")))
    if not names:
        raise TritonStartError(f"no model with a config.pbtxt in {repository}")
    return names


def _arguments(repository: Path, models: Sequence[str], *, grpc_port: int, metrics_port: int) -> list[str]:
    return [
        f"--model-repository={repository.absolute()}",
        "--model-control-mode=explicit",
        *(f"--load-model={model}" for model in models),
        "--disable-auto-complete-config",
        "--allow-http=false",
        f"--grpc-address={HOST}",
        f"--grpc-port={grpc_port}",
        f"--metrics-address={HOST}",
        f"--metrics-port={metrics_port}",
        "--allow-gpu-metrics=false",
        f"--exit-timeout-secs={_DRAIN_S}",
        # One model after another, which is no slower: all at once starve on a busy machine, and Triton aborts when a
        # stub is silent for too long.
        "--model-load-thread-count=1",
    ]


async def _serves(health: health_pb2_grpc.HealthStub) -> bool:
    try:
        answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=1.0)
    except grpc.aio.AioRpcError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_DRAIN_S + _AFTER_DRAIN_S):
            await process.wait()
    except TimeoutError:
        log.warning("triton.killed", pid=process.pid, after_s=_DRAIN_S + _AFTER_DRAIN_S)


def _shortened(line: str) -> str:
    half = _LONGEST_WORDS // 2
    return line if len(line) <= _LONGEST_WORDS else f"{line[:half]} … {line[-half:]}"


def _remove_shared_memory(prefix: str) -> None:
    for region in _SHARED_MEMORY.glob(f"{prefix}*"):
        region.unlink(missing_ok=True)
