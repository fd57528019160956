"""A process's life: parts first, sockets last; on a signal the sockets close first, and what runs may finish."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
from prometheus_client import start_http_server

from ocr_server.bootstrap import App, OpenParts, open_app
from ocr_server.bootstrap.reading import open_parts
from ocr_server.grpc_api.server import GrpcServer
from ocr_server.settings import Settings

# How long running calls and jobs may go on after a signal.
_GRACE_S = 15.0

log = structlog.get_logger()


async def serve(
    settings: Settings,
    on_ready: Callable[[int], None] = lambda port: None,
    stop: asyncio.Event | None = None,
    open_parts: OpenParts = open_parts,
) -> None:
    """Serve until SIGINT, SIGTERM or ``stop``. ``on_ready`` is called with the gRPC port once calls are accepted.

    Raises FileNotFoundError if weights are missing and RuntimeError if an address or the data folder is in use.
    """
    async with _started(settings, stop, open_parts) as (app, stopped):
        server = GrpcServer(
            reader=app.reader,
            answers=app.answers,
            images=app.images,
            jobs=app.jobs,
            feedback=app.feedback,
            metrics=app.metrics,
            listen=settings.grpc_listen,
            max_image_bytes=settings.limits.max_image_bytes,
        )
        async with _at_work(app):
            await server.start()
            log.info("server.ready", port=server.port)
            on_ready(server.port)
            await stopped.wait()
            log.info("server.stopping", grace_s=_GRACE_S)
            await server.stop(_GRACE_S)


async def work(
    settings: Settings,
    on_ready: Callable[[], None] = lambda: None,
    stop: asyncio.Event | None = None,
    open_parts: OpenParts = open_parts,
) -> None:
    """Work on jobs, without a socket for calls, until SIGINT, SIGTERM or ``stop``; any number of processes may.

    Raises RuntimeError if the jobs are in a file of one server, where no other process can work on them.
    """
    if not settings.database_url.get_secret_value():
        raise RuntimeError("A worker shares the jobs of others: set OCR_DATABASE_URL, and see 'ocr-server migrate'.")
    async with _started(settings, stop, open_parts) as (app, stopped), _at_work(app):
        log.info("worker.ready", jobs_at_a_time=app.background.workers)
        on_ready()
        await stopped.wait()
        log.info("worker.stopping", grace_s=_GRACE_S)


@asynccontextmanager
async def _started(
    settings: Settings, stop: asyncio.Event | None, open_parts: OpenParts
) -> AsyncIterator[tuple[App, asyncio.Event]]:
    """What every process has: signals that set the event, its parts, and metrics."""
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    # Tesseract's own threads would fight the CPU pool's: one thread is faster and far steadier.
    os.environ["OMP_THREAD_LIMIT"] = "1"
    async with open_app(settings, open_parts) as app:
        with _metrics_endpoint(app, settings.metrics_listen):
            yield app, stop


@asynccontextmanager
async def _at_work(app: App) -> AsyncIterator[None]:
    """Jobs are worked on during the block; at its end no more are taken, and those that run have the grace to end."""
    behind = app.background
    if behind.is_alone:
        await behind.sweeper.sweep(silent_for_s=0.0)
    async with asyncio.TaskGroup() as group:

        def start(name: str, task: Coroutine[None, None, None]) -> asyncio.Task[None]:
            return group.create_task(task, name=name)

        side_tasks = [
            start("watch-loop", app.metrics.watch_loop()),
            start("sweeper", behind.sweeper.run()),
            start("relay", behind.relay.run()),
        ]
        workers = [start(f"job-worker-{number}", behind.worker.run()) for number in range(behind.workers)]
        try:
            yield
        finally:
            behind.worker.drain()
            if workers:
                await asyncio.wait(workers, timeout=_GRACE_S)
            for task in (*workers, *side_tasks):  # who still has a job puts it back for others
                task.cancel()


@contextmanager
def _metrics_endpoint(app: App, listen: str) -> Iterator[None]:
    if not listen:
        yield
        return
    host, _, port = listen.rpartition(":")
    endpoint, thread = start_http_server(int(port), addr=host, registry=app.metrics.registry)
    try:
        yield
    finally:
        endpoint.shutdown()
        endpoint.server_close()
        thread.join()
