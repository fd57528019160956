"""Who takes part in the page benchmark: each reads in a process of its own, which can be measured from outside."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import grpc

from benchmarks.dataset import REPOSITORY
from benchmarks.peers_environment import prepare_peers
from benchmarks.process_cost import cpu_s, peak_bytes
from benchmarks.server_process import running_server
from ocr_server._pb.ocr.v1.document_pb2 import Engine
from ocr_server._pb.ocr.v1.ocr_service_pb2 import RecognizeRequest
from ocr_server._pb.ocr.v1.ocr_service_pb2_grpc import OcrServiceStub
from ocr_server._pb.ocr.v1.recognition_pb2 import RecognizeOptions

SERVERS = {
    f"ocr-server {engine}": Engine.Value(f"ENGINE_{engine.upper()}")
    for engine in ("fast", "balanced", "accurate", "trocr", "ppocr", "tesseract")
}
# The names of our own begin so; the three points of its curve.
OURS = "ocr-server"
POINTS = [f"{OURS} {engine}" for engine in ("fast", "balanced", "accurate")]
DEFAULT_SERVER, BARE_MODELS, FASTER_PADDLE = "ocr-server balanced", "bare models", "faster-paddle small"
NAMES = (*SERVERS, BARE_MODELS, FASTER_PADDLE, "faster-paddle tiny", "rapidocr", "tesseract")


@dataclass(frozen=True, slots=True)
class Startup:
    """What it cost until the first page could come: imports, models."""

    wall_s: float
    cpu_s: float


class Contender(Protocol):
    """Somebody who reads pages."""

    version: str
    startup: Startup

    @property
    def pid(self) -> int:
        """The process to measure."""
        ...

    def read(self, path: Path) -> str:
        """Return the text of one page."""
        ...

    def peak_bytes(self) -> int:
        """The most memory held at a time so far, by the process or one of those it started."""
        ...


@contextmanager
def open_contender(name: str, threads: int) -> Iterator[Contender]:
    """Start one of ``NAMES`` with so many threads for its work. Raises RuntimeError, saying why it cannot take part."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "OMP_THREAD_LIMIT": str(threads)}
    if name in SERVERS:
        with _open_server(SERVERS[name], threads) as server:
            yield server
    elif name == BARE_MODELS:
        with open_reader([sys.executable, "-m", "benchmarks.readers.bare_models"], environment) as reader:
            yield reader
    else:
        if name == "tesseract" and shutil.which(name) is None:
            raise RuntimeError("not installed: apt-get install tesseract-ocr")
        python = sys.executable if name == "tesseract" else str(prepare_peers())
        command = [python, "-m", "benchmarks.readers.peers", name, "--threads", str(threads)]
        with open_reader(command, environment) as reader:
            yield reader


class _Server:
    """This server over gRPC; the cost is the server's, not the client's."""

    version = f"ocr-server {version('ocr-server')}, over gRPC"

    def __init__(self, pid: int, channel: grpc.Channel, engine: Engine, startup: Startup) -> None:
        self.pid = pid
        self._options = RecognizeOptions(engine=engine)
        self.startup = startup
        self._stub = OcrServiceStub(channel)

    def read(self, path: Path) -> str:
        document = self._stub.Recognize(RecognizeRequest(image=path.read_bytes(), options=self._options)).document
        return "\n".join(line.text for page in document.pages for line in page.lines)

    def peak_bytes(self) -> int:
        return peak_bytes(self.pid)


class _Reader:
    """A program of ``benchmarks.readers``."""

    def __init__(self, process: subprocess.Popen[str], startup: Startup, version: str) -> None:
        self.startup = startup
        self.version = version
        self._process = process
        self._children_peak_bytes = 0

    @property
    def pid(self) -> int:
        return self._process.pid

    def read(self, path: Path) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        answer = _answer(self._process)
        self._children_peak_bytes = int(str(answer["children_peak_bytes"]))
        return str(answer["text"])

    def peak_bytes(self) -> int:
        return max(peak_bytes(self.pid), self._children_peak_bytes)


@contextmanager
def _open_server(engine: Engine, threads: int) -> Iterator[_Server]:
    started_s = time.perf_counter()
    with running_server(OCR_CPU_WORKERS=str(threads)) as server:
        startup = Startup(time.perf_counter() - started_s, cpu_s(server.pid))
        with grpc.insecure_channel(server.target, options=[("grpc.max_receive_message_length", -1)]) as channel:
            yield _Server(server.pid, channel, engine, startup)


@contextmanager
def open_reader(command: Sequence[str], environment: dict[str, str]) -> Iterator[Contender]:
    """Start a program of ``benchmarks.readers``. Raises RuntimeError if it ends before it is ready."""
    started_s = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        name = str(_answer(process)["version"])
        yield _Reader(process, Startup(time.perf_counter() - started_s, cpu_s(process.pid)), name)
    finally:
        process.terminate()
        process.communicate()


def _answer(process: subprocess.Popen[str]) -> dict[str, object]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("its process ended; what it said stands above")
    answer: dict[str, object] = json.loads(line)
    return answer
