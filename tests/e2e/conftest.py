"""A real server in its own process, and real channels to it."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pytest

READY = re.compile(r"gRPC on port (\d+)")
START_TIMEOUT_S = 60


@dataclass
class RunningServer:
    """One `ocr-server serve` process."""

    process: subprocess.Popen[str]
    port: int
    metrics_port: int
    log: list[str] = field(default_factory=list)

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def peak_rss_bytes(self) -> int:
        """The most memory the process has held so far (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def running_server(data_dir: Path, **settings: str) -> Iterator[RunningServer]:
    """Start a server on free ports with an empty environment but for ``settings``; stop it at the end."""
    metrics_port = _free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "OCR_GRPC_LISTEN": "127.0.0.1:0",
        "OCR_METRICS_LISTEN": f"127.0.0.1:{metrics_port}",
        "OCR_DATA_DIR": str(data_dir),
        **settings,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "ocr_server", "serve"], env=environment, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    log: list[str] = []
    ports: list[int] = []
    ready = threading.Event()

    def follow() -> None:
        for line in process.stderr or ():
            log.append(line)
            if found := READY.search(line):
                ports.append(int(found[1]))
                ready.set()
        ready.set()

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    try:
        ready.wait(START_TIMEOUT_S)
        assert ports, "the server did not start:\n" + "".join(log)
        yield RunningServer(process, ports[0], metrics_port, log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(30)
        follower.join(5)
        process.stderr.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The server that tests share which do not change its settings."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
async def channel(server: RunningServer) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the shared server."""
    async with open_channel(server) as opened:
        yield opened


def open_channel(server: RunningServer) -> grpc.aio.Channel:
    """A channel that accepts answers of any size."""
    return grpc.aio.insecure_channel(server.target, options=[("grpc.max_receive_message_length", -1)])
