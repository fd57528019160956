"""What `make stack-full` does: every server that production has, on this machine, and ours in the midst of them."""

import asyncio
import fcntl
import json
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ocr_server.adapters.embedded.private_folder import make_private
from ocr_server.adapters.production.postgres_migrations import migrate
from ocr_server.cli.stack import triton_known
from ocr_server.lifespan import serve
from ocr_server.logs import configure_logging
from ocr_server.settings import Settings
from ocr_server.stack import probes
from ocr_server.stack.child_process import HOST
from ocr_server.stack.keeper import Keeper, keeping
from ocr_server.stack.part import Health, Part
from ocr_server.stack.servers import Servers, start_servers
from ocr_server.stack.supervisor import supervised_triton
from ocr_server.stack.tansu_shim import teach_aiokafka_version_3
from ocr_server.stack.worker_process import run_worker

_BUCKET = "ocr-images"
_COLOURS = {Health.STARTING: "yellow", Health.UP: "green", Health.DOWN: "red"}


async def run(settings: Settings, *, workers: int, with_triton: bool, as_json: bool) -> None:
    """Serve until SIGINT or SIGTERM; then our own processes end in order, and last those they work with.

    workers: how many processes work on jobs; with 0 the server itself does.
    as_json: print a line on stdout once all is up: process ids, and the settings with which others can join.

    Raises RuntimeError, alone or in an ExceptionGroup, which says what is missing.
    """
    teach_aiokafka_version_3()
    folder = make_private(settings.data_dir / "stack")
    parts: list[Part] = []
    environment, repository = settings.triton_environment, settings.model_repository
    triton = supervised_triton(environment, repository, log_path=folder / "triton.log") if with_triton else None
    with _only_one(folder), _shown(parts, settings) as console:
        async with keeping(parts) as keeper:
            servers = await start_servers(keeper, settings.servers_environment, folder, triton=triton)
            for name in await migrate(servers.postgres.url):
                console.print(f"applied {name}", highlight=False)
            joining = _settings_that_join(servers)
            with triton_known(settings, servers.triton.process.url) if servers.triton else nullcontext():
                await _serve_with_workers(settings, joining, folder, parts, console, workers=workers, as_json=as_json)


async def _serve_with_workers(
    settings: Settings,
    joining: dict[str, str],
    folder: Path,
    parts: list[Part],
    console: Console,
    *,
    workers: int,
    as_json: bool,
) -> None:
    variables = {f"OCR_{name.upper()}": value for name, value in joining.items()}
    served: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    # Where others work on jobs, the server has its cores for calls.
    own = {"job_workers": 0} if workers else {}
    joined = Settings.model_validate({**settings.model_dump(), **joining, **own})
    async with keeping(parts) as keeper:
        _keep_server(keeper, served)
        for number in range(1, workers + 1):
            _keep_worker(keeper, f"worker {number}", variables, folder)
        announcing = asyncio.create_task(_announce(parts, served, variables if as_json else None, console))
        try:
            await serve(joined, served.set_result)
        finally:
            announcing.cancel()


def _keep_server(keeper: Keeper, served: "asyncio.Future[int]") -> None:
    """This process, which ends with the stack; nobody starts it again."""

    @asynccontextmanager
    async def open_() -> AsyncIterator[str]:
        yield f"{HOST}:{await served}"

    keeper.watch("server", open_(), url=str, probe=probes.ask_grpc, pid=lambda address: os.getpid())


def _keep_worker(keeper: Keeper, name: str, variables: dict[str, str], folder: Path) -> None:
    keeper.keep(
        name,
        run_worker(name, variables, log_path=folder / f"{name.replace(' ', '-')}.log"),
        url=lambda worker: f"{HOST}:{worker.metrics_port}/metrics",
        probe=lambda worker: probes.ask_metrics(worker.metrics_port),
    )


async def _announce(
    parts: Sequence[Part], served: "asyncio.Future[int]", variables: dict[str, str] | None, console: Console
) -> None:
    """Say that all is up, once it is; to scripts in JSON if there are variables."""
    port = await asyncio.shield(served)
    for part in parts:
        await part.has_been_up.wait()
    if not console.is_terminal:
        console.print(_table(parts))
    if variables is not None:
        line = {"grpc": f"{HOST}:{port}", "pids": {part.name: part.pid for part in parts}, "settings": variables}
        print(json.dumps(line), flush=True)
    console.print(f"[green]ready[/green] gRPC on port {port}; Ctrl-C ends all")


def _settings_that_join(servers: Servers) -> dict[str, str]:
    """What a process must be set to that works with these servers."""
    settings = {
        "database_url": servers.postgres.url,
        "redis_url": servers.redis.url,
        "s3_bucket": _BUCKET,
        "s3_endpoint": servers.swift.url,
        "s3_region": servers.swift.region,
        "s3_access_key": servers.swift.access_key,
        "s3_secret_key": servers.swift.secret_key,
        "kafka_bootstrap": servers.kafka.bootstrap,
    }
    return settings | ({"triton_url": servers.triton.process.url} if servers.triton else {})


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Two Redis that write one file would spoil it."""
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError(f"another stack runs in {folder}: give this one another OCR_DATA_DIR") from None
        yield


@contextmanager
def _shown(parts: Sequence[Part], settings: Settings) -> Iterator[Console]:
    """In a terminal, a table that is always up to date, below what is logged; elsewhere the log alone tells."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield console
        return
    try:
        with Live(get_renderable=lambda: _table(parts), console=console, transient=True):
            configure_logging(settings)  # to the stderr that prints above the table
            yield console
    finally:
        configure_logging(settings)


def _table(parts: Sequence[Part]) -> Table:
    table = Table("part", "address", "version", "pid", "restarts", "health")
    for part in parts:
        health = Text(part.health.value, style=_COLOURS[part.health])
        if part.why:
            health.append(f" {part.why}", style="dim")
        table.add_row(part.name, part.address, part.version, str(part.pid or ""), str(part.restarts or ""), health)
    return table
