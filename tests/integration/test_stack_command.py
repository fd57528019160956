"""`ocr-server stack` as a shell sees it, with the real models: Triton and the server come and go as one."""

import asyncio
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

import grpc
import psutil

from ocr_server._pb.ocr.v1 import ocr_service_pb2, recognition_pb2
from ocr_server._pb.ocr.v1.ocr_service_pb2_grpc import OcrServiceStub
from tests.integration.processes import runs
from tests.triton_fixture import ENVIRONMENT

READY = re.compile(r"ready gRPC on port (\d+)")


@dataclass(frozen=True)
class Stack:
    process: subprocess.Popen[bytes]
    log_path: Path

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
def running_stack(folder: Path, **settings: str) -> Iterator[Stack]:
    environment = {
        "PATH": os.environ["PATH"],
        "OCR_GRPC_LISTEN": "127.0.0.1:0",
        "OCR_METRICS_LISTEN": "",
        "OCR_RESULT_CACHE_TTL_S": "0",  # what is read again is to be read again
        "OCR_DATA_DIR": str(folder / "data"),
        "OCR_TRITON_ENVIRONMENT": str(ENVIRONMENT),
        **settings,
    }
    log_path = folder / "stack.log"
    with log_path.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "ocr_server", "stack"],
            env=environment,
            stderr=stderr,
            # As in a terminal: what a script runs in the background, these tests perhaps, does not hear of Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    try:
        yield Stack(process, log_path)
    finally:
        process.kill()
        process.wait()


async def test_the_stack_reads_survives_a_killed_triton_and_ends_in_order(tmp_path: Path, samples: Path) -> None:
    request = ocr_service_pb2.RecognizeRequest(image=(samples / "receipt.png").read_bytes())
    with running_stack(tmp_path) as stack:
        port = int((await asyncio.to_thread(stack.wait_for, READY))[1])
        for model in ("line_detector", "line_recognizer_ctc", "page_orientation", "trocr"):
            assert model in stack.log
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            service = OcrServiceStub(channel)
            first = await service.Recognize(request)
            assert "triton:" in first.model_versions

            triton = next(child for child in stack.children() if "tritonserver" in child.name())
            triton.kill()
            assert (await _read_after_a_while(service, request)).document.pages == first.document.pages

            done = await asyncio.to_thread(_run, tmp_path, "model", "rollback", "trocr")
            assert (done.returncode, done.stderr.split(": ")[-1].strip()) == (1, "there is nothing to go back from")

            children = stack.children()
            last = service.Recognize(request)
            await asyncio.sleep(0.1)
            stack.process.send_signal(signal.SIGINT)
            assert (await last).document.pages == first.document.pages, "what runs may finish"
        assert await asyncio.to_thread(stack.process.wait, 60) == 0
    assert stack.log.index("server.stopping") < stack.log.index("Triton ends")
    assert "Traceback" not in stack.log
    assert not any(runs(child.pid) for child in children)


def test_ctrl_c_while_triton_still_loads_leaves_nothing_behind(tmp_path: Path) -> None:
    with running_stack(tmp_path) as stack:
        while not (children := [child for child in stack.children() if "triton" in child.name()]):
            assert stack.process.poll() is None, stack.log
            time.sleep(0.01)
        stack.process.send_signal(signal.SIGINT)
        assert stack.process.wait(60) == 130
    assert "Traceback" not in stack.log
    assert not any(runs(child.pid) for child in children)


def test_a_model_cannot_be_changed_while_no_triton_runs(tmp_path: Path) -> None:
    done = _run(tmp_path, "model", "promote", "trocr", "2")
    assert done.returncode == 1
    assert "no Triton is known" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_environment_is_told_in_one_sentence(tmp_path: Path) -> None:
    with running_stack(tmp_path, OCR_TRITON_ENVIRONMENT=str(tmp_path / "nowhere")) as stack:
        assert stack.process.wait(60) == 1
    assert "no virtual environment for Triton" in stack.log
    assert "setup-triton.sh" in stack.log
    assert "Traceback" not in stack.log


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command beside the stack whose folder this is; its width keeps sentences on one line."""
    environment = {"PATH": os.environ["PATH"], "OCR_DATA_DIR": str(folder / "data"), "COLUMNS": "200"}
    command = [sys.executable, "-m", "ocr_server", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


async def _read_after_a_while(
    service: OcrServiceStub, request: ocr_service_pb2.RecognizeRequest
) -> recognition_pb2.RecognizeResponse:
    """The first answer; until then, calls may only fail in the way that says: try again."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await service.Recognize(request)
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
                await asyncio.sleep(0.2)
