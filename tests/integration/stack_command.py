"""`ocr-server stack` as a process of its own, for tests."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.triton_fixture import ENVIRONMENT

READY = re.compile(r"ready gRPC on port (\d+)")


@dataclass(frozen=True)
class Stack:
    process: subprocess.Popen[bytes]
    log_path: Path
    out_path: Path

    @property
    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8")

    def wait_for(self, pattern: "str | re.Pattern[str]", within_s: float = 120) -> re.Match[str]:
        """Wait until it has said so; fail with all that it said if it ends or falls silent instead."""
        deadline_s = time.monotonic() + within_s
        while not (found := re.search(pattern, self.log)):
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline_s, self.log
            time.sleep(0.05)
        return found

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@contextmanager
def running_stack(folder: Path, *options: str, **settings: str) -> Iterator[Stack]:
    """Run `ocr-server stack` with these options and settings; kill it at the end unless it has ended."""
    environment = {
        "PATH": os.environ["PATH"],
        "COLUMNS": "200",  # keeps sentences on one line
        "OCR_GRPC_LISTEN": "127.0.0.1:0",
        "OCR_METRICS_LISTEN": "",
        "OCR_RESULT_CACHE_TTL_S": "0",  # what is read again is to be read again
        "OCR_DATA_DIR": str(folder / "data"),
        "OCR_TRITON_ENVIRONMENT": str(ENVIRONMENT),
        **settings,
    }
    log_path, out_path = folder / "stack.log", folder / "stack.out"
    with log_path.open("wb") as stderr, out_path.open("wb") as stdout:
        process = subprocess.Popen(
            [sys.executable, "-m", "ocr_server", "stack", *options],
            env=environment,
            stdout=stdout,
            stderr=stderr,
            # As in a terminal: what a script runs in the background, these tests perhaps, does not hear of Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    try:
        yield Stack(process, log_path, out_path)
    finally:
        process.kill()
        process.wait()
