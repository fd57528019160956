"""This server as a real process, started for a measurement or a test and stopped after it."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.process_cost import peak_bytes
from ocr_server.stack.child_process import free_port

_READY = re.compile(r"gRPC on port (\d+)")
_POLL_S = 0.02
_START_S = 60
_STOP_S = 30


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """One ``ocr-server serve``, or ``stack``, and the ports it listens on."""

    process: subprocess.Popen[bytes]
    port: int
    metrics_port: int

    @property
    def pid(self) -> int:
        """The process to measure."""
        return self.process.pid

    @property
    def target(self) -> str:
        """Where a gRPC channel connects to."""
        return f"127.0.0.1:{self.port}"

    @property
    def peak_rss_bytes(self) -> int:
        """The most memory that the process has held so far."""
        return peak_bytes(self.pid)

    def kill(self) -> None:
        """End it with no time to clean up, as a crash would."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running_server(data_dir: Path | None = None, *, command: str = "serve", **settings: str) -> Iterator[ServerProcess]:
    """Start a server on free ports with an empty environment but for ``settings``; stop it at the end.

    data_dir: where it keeps its data; by default a new folder that goes with it.
    command: ``stack`` starts Triton as well.
    Raises RuntimeError with its log if it does not start.
    """
    metrics_port = free_port()
    with tempfile.TemporaryDirectory(prefix="ocr-server-") as folder:
        environment = {
            "PATH": os.environ["PATH"],
            "OCR_GRPC_LISTEN": "127.0.0.1:0",
            "OCR_METRICS_LISTEN": f"127.0.0.1:{metrics_port}",
            "OCR_DATA_DIR": str(data_dir or folder),
            "OCR_RESULT_CACHE_TTL_S": "0",  # what is read again is to be read again
            **settings,
        }
        log = Path(folder) / "log"
        with log.open("wb") as stderr:
            process = subprocess.Popen([sys.executable, "-m", "ocr_server", command], env=environment, stderr=stderr)
        try:
            yield ServerProcess(process, _wait_for_port(process, log), metrics_port)
        finally:
            process.terminate()
            process.wait(_STOP_S)


def _wait_for_port(process: subprocess.Popen[bytes], log: Path) -> int:
    started_s = time.monotonic()
    while process.poll() is None and time.monotonic() - started_s < _START_S:
        if found := _READY.search(log.read_text(encoding="utf-8")):
            return int(found[1])
        time.sleep(_POLL_S)
    raise RuntimeError(f"the server did not start:\n{log.read_text(encoding='utf-8')}")
