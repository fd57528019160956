"""A server's life: parts first, sockets last; on a signal the sockets close first, and what runs may finish."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import start_http_server

from ocr_server.bootstrap import App, open_app
from ocr_server.grpc_api.server import GrpcServer
from ocr_server.settings import Settings

# How long running calls and jobs may go on after a signal.
_GRACE_S = 15.0

log = structlog.get_logger()


async def serve(
    settings: Settings, on_ready: Callable[[int], None] = lambda port: None, stop: asyncio.Event | None = None
) -> None:
    """Serve until SIGINT, SIGTERM or ``stop``. ``on_ready`` is called with the gRPC port once calls are accepted.

    Raises FileNotFoundError if weights are missing and RuntimeError if an address or the data folder is in use.
    """
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    # Tesseract's own threads would fight the CPU pool's: one thread is faster and far steadier.
    os.environ["OMP_THREAD_LIMIT"] = "1"
    async with open_app(settings) as app:
        await _serve(app, settings, stop, on_ready)


async def _serve(app: App, settings: Settings, stop: asyncio.Event, on_ready: Callable[[int], None]) -> None:
    server = GrpcServer(
        app.reader,
        app.jobs,
        app.metrics,
        listen=settings.grpc_listen,
        max_image_bytes=settings.limits.max_image_bytes,
    )
    with _metrics_endpoint(app, settings.metrics_listen):
        async with asyncio.TaskGroup() as background:
            await app.jobs.recover()
            tasks = [background.create_task(app.metrics.watch_loop(), name="watch-loop")]
            tasks += [
                background.create_task(app.jobs.run_worker(), name=f"job-worker-{number}")
                for number in range(app.job_workers)
            ]
            await server.start()
            log.info("server.ready", port=server.port)
            on_ready(server.port)
            await stop.wait()
            log.info("server.stopping", grace_s=_GRACE_S)
            await server.stop(_GRACE_S)
            for task in tasks:  # a job that runs is taken up again at the next start
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
