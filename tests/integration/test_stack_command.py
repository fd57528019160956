"""`ocr-server stack` as a shell sees it, with the real models: Triton and the server come and go as one."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import grpc

from ocr_server._pb.ocr.v1 import ocr_service_pb2, recognition_pb2
from ocr_server._pb.ocr.v1.ocr_service_pb2_grpc import OcrServiceStub
from tests.integration.processes import runs
from tests.integration.stack_command import READY, running_stack


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
