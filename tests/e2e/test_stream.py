"""RecognizeStream: progress, partial results, one terminal event, and a client that leaves."""

import asyncio
import urllib.request
from pathlib import Path

import grpc
import pytest

from benchmarks.server_process import ServerProcess
from ocr_server._pb.ocr.v1 import ocr_service_pb2, progress_pb2
from ocr_server._pb.ocr.v1.ocr_service_pb2 import RecognizeEvent, RecognizeRequest, RecognizeTerminal
from ocr_server._pb.ocr.v1.ocr_service_pb2_grpc import OcrServiceStub


async def _events(channel: grpc.aio.Channel, request: RecognizeRequest) -> list[RecognizeEvent]:
    return [event async for event in OcrServiceStub(channel).RecognizeStream(request)]


async def test_progress_grows_partial_results_come_and_the_last_event_is_terminal(
    channel: grpc.aio.Channel, samples: Path
) -> None:
    events = await _events(channel, RecognizeRequest(image=(samples / "product-label.jpg").read_bytes()))

    kinds = [event.WhichOneof("event") for event in events]
    assert kinds.count("terminal") == 1
    assert kinds[-1] == "terminal"
    assert {"progress", "lines", "barcodes"} <= set(kinds)
    fractions = [event.progress.fraction for event in events if event.HasField("progress")]
    assert fractions == sorted(fractions)
    stages = [event.progress.stage for event in events if event.HasField("progress")]
    assert stages.index(progress_pb2.STAGE_DECODE) < stages.index(progress_pb2.STAGE_DETECT)
    assert stages.index(progress_pb2.STAGE_DETECT) < stages.index(progress_pb2.STAGE_RECOGNIZE)


async def test_partial_lines_are_the_documents_lines(channel: grpc.aio.Channel, samples: Path) -> None:
    events = await _events(channel, RecognizeRequest(image=(samples / "receipt.png").read_bytes()))
    partial = sorted(line.text for event in events if event.HasField("lines") for line in event.lines.lines)
    final = events[-1].terminal.response.document
    assert partial == sorted(line.text for page in final.pages for line in page.lines)
    assert events[-1].terminal.state == RecognizeTerminal.SUCCEEDED


async def test_a_failure_while_reading_ends_in_a_terminal_event(channel: grpc.aio.Channel, samples: Path) -> None:
    torn = (samples / "receipt.png").read_bytes()[:2000]
    events = await _events(channel, RecognizeRequest(image=torn))
    terminal = events[-1].terminal
    assert terminal.state == RecognizeTerminal.FAILED
    assert terminal.error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]


async def test_a_request_that_cannot_be_understood_is_aborted(channel: grpc.aio.Channel) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await _events(channel, ocr_service_pb2.RecognizeRequest())
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


async def test_work_stops_when_the_client_leaves(
    server: ServerProcess, channel: grpc.aio.Channel, samples: Path
) -> None:
    call = OcrServiceStub(channel).RecognizeStream(RecognizeRequest(image=(samples / "receipt.png").read_bytes()))
    async for event in call:
        if event.HasField("progress") and event.progress.stage == progress_pb2.STAGE_DETECT:
            break
    lines_before = _metric(server, "ocr_stage_seconds_count", 'stage="structure"')
    call.cancel()
    for _ in range(200):  # the server learns of it a moment later
        if not _metric(server, "ocr_documents_running"):
            break
        await asyncio.sleep(0.05)
    assert _metric(server, "ocr_documents_running") == 0
    assert _metric(server, "ocr_stage_seconds_count", 'stage="structure"') == lines_before


def _metric(server: ServerProcess, name: str, labels: str = "") -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.metrics_port}/metrics") as page:
        for line in page.read().decode().splitlines():
            if line.startswith(name) and labels in line:
                return float(line.rsplit(" ", 1)[1])
    return 0.0
