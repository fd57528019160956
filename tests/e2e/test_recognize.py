"""Recognize and RecognizeRaw over a real channel."""

import io
import json
import uuid
from pathlib import Path

import grpc
import pillow_heif
import pytest
from google.api.httpbody_pb2 import HttpBody
from PIL import Image

from benchmarks.scoring import word_f1
from benchmarks.server_process import running_server
from ocr_server._pb.ocr.v1 import document_pb2, ocr_service_pb2
from ocr_server._pb.ocr.v1.ocr_service_pb2_grpc import OcrServiceStub
from tests.e2e.conftest import open_channel


def _as_format(picture: Path, name: str) -> bytes:
    image = Image.open(picture).convert("RGB")
    target = io.BytesIO()
    if name == "HEIF":
        pillow_heif.from_pillow(image).save(target, quality=90)
    elif name == "PDF":
        image.save(target, name, resolution=150)
    else:
        image.save(target, name)
    return target.getvalue()


def _text(document: document_pb2.Document) -> str:
    return "\n".join(line.text for page in document.pages for line in page.lines)


def _truth(samples: Path, name: str) -> str:
    return "\n".join(line["text"] for line in json.loads((samples / name).read_text())["pages"][0]["lines"])


async def test_a_receipt_becomes_a_document_with_its_fields_and_checks(
    channel: grpc.aio.Channel, samples: Path
) -> None:
    request = ocr_service_pb2.RecognizeRequest(image=(samples / "receipt.png").read_bytes())
    response = await OcrServiceStub(channel).Recognize(request)

    document = response.document
    assert document.document_type == document_pb2.DOCUMENT_TYPE_RECEIPT
    assert word_f1(_text(document), _truth(samples, "receipt.json")) > 0.95
    fields = json.loads((samples / "receipt.json").read_text())["fields"]
    assert document.receipt.merchant_name.text == fields["merchant_name"]
    assert document.receipt.total.money.amount == fields["total"]
    assert document.receipt.total.money.currency_code == fields["currency"]
    assert all(check.state != document_pb2.Check.FAILED for check in document.checks)
    assert response.timing.total_duration.ToTimedelta().total_seconds() > 0
    assert "line_detector:" in response.model_versions


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "HEIF", "PDF"])
async def test_every_format_reads_alike(channel: grpc.aio.Channel, samples: Path, name: str) -> None:
    request = ocr_service_pb2.RecognizeRequest(image=_as_format(samples / "receipt.png", name))
    response = await OcrServiceStub(channel).Recognize(request)
    assert word_f1(_text(response.document), _truth(samples, "receipt.json")) > 0.95


async def test_raw_and_message_requests_give_the_same_document(channel: grpc.aio.Channel, samples: Path) -> None:
    image = (samples / "product-label.jpg").read_bytes()
    stub = OcrServiceStub(channel)
    message = await stub.Recognize(ocr_service_pb2.RecognizeRequest(image=image))
    raw = await stub.RecognizeRaw(ocr_service_pb2.RecognizeRawRequest(image=HttpBody(data=image)))
    assert raw.document.pages == message.document.pages
    assert raw.document.barcodes == message.document.barcodes


async def test_a_labels_barcode_is_read_with_its_gtin(channel: grpc.aio.Channel, samples: Path) -> None:
    request = ocr_service_pb2.RecognizeRequest(image=(samples / "product-label.jpg").read_bytes())
    document = (await OcrServiceStub(channel).Recognize(request)).document
    truth = json.loads((samples / "product-label.json").read_text())["barcodes"]
    assert [barcode.text for barcode in document.barcodes] == [barcode["text"] for barcode in truth]
    assert document.barcodes[0].gtin == truth[0]["text"].zfill(14)


async def test_a_pdfs_own_text_is_used_and_named(channel: grpc.aio.Channel, samples: Path) -> None:
    request = ocr_service_pb2.RecognizeRequest(image=(samples / "invoice.pdf").read_bytes())
    document = (await OcrServiceStub(channel).Recognize(request)).document
    engines = {line.engine for page in document.pages for line in page.lines}
    assert engines == {document_pb2.ENGINE_PDF_TEXT}
    assert all(page.render_dpi > 0 for page in document.pages)


async def test_a_repeated_request_id_gets_the_first_answer_again(channel: grpc.aio.Channel, samples: Path) -> None:
    image = (samples / "receipt.png").read_bytes()
    stub = OcrServiceStub(channel)
    request = ocr_service_pb2.RecognizeRequest(image=image, request_id=str(uuid.uuid4()))
    first, second = await stub.Recognize(request), await stub.Recognize(request)
    assert first == second

    request.image = (samples / "product-label.jpg").read_bytes()
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.Recognize(request)
    assert refused.value.code() == grpc.StatusCode.ALREADY_EXISTS


async def test_request_ids_do_not_meet_across_tenants(channel: grpc.aio.Channel, samples: Path) -> None:
    stub = OcrServiceStub(channel)
    request = ocr_service_pb2.RecognizeRequest(
        image=(samples / "receipt.png").read_bytes(), request_id=str(uuid.uuid4())
    )
    mine = await stub.Recognize(request, metadata=(("x-ocr-tenant", "a"),))
    theirs = await stub.Recognize(request, metadata=(("x-ocr-tenant", "b"),))
    assert mine.document.document_id != theirs.document.document_id


@pytest.mark.parametrize(
    ("engine", "models", "readers"),
    [
        ("ENGINE_FAST", {"line_detector_tiny", "trocr"}, {"ENGINE_TROCR"}),
        ("ENGINE_BALANCED", {"line_detector", "trocr", "line_recognizer_ctc"}, {"ENGINE_TROCR", "ENGINE_PPOCR"}),
        ("ENGINE_ACCURATE", {"line_detector", "trocr", "line_recognizer_ctc"}, {"ENGINE_TROCR", "ENGINE_PPOCR"}),
        ("ENGINE_TROCR", {"line_detector", "trocr"}, {"ENGINE_TROCR"}),
        ("ENGINE_PPOCR", {"line_detector", "line_recognizer_ctc"}, {"ENGINE_PPOCR"}),
    ],
)
async def test_a_result_tells_who_read_it(
    channel: grpc.aio.Channel, samples: Path, engine: str, models: set[str], readers: set[str]
) -> None:
    request = ocr_service_pb2.RecognizeRequest(image=(samples / "receipt.png").read_bytes())
    request.options.engine = document_pb2.Engine.Value(engine)
    response = await OcrServiceStub(channel).Recognize(request)

    text_models = {"line_detector", "line_detector_tiny", "trocr", "line_recognizer_ctc"}
    assert {version.split(":")[0] for version in response.model_versions.split()} & text_models == models
    (page,) = response.document.pages
    assert {document_pb2.Engine.Name(line.engine) for line in page.lines} <= readers


async def test_an_engine_that_does_not_run_here_says_so_and_the_others_read(samples: Path) -> None:
    request = ocr_service_pb2.RecognizeRequest(image=(samples / "receipt.png").read_bytes())
    with running_server(OCR_TROCR_MODEL="none-of-this-name") as server:
        async with open_channel(server) as channel:
            assert (await OcrServiceStub(channel).Recognize(request)).document.pages
            request.options.engine = document_pb2.ENGINE_TROCR
            with pytest.raises(grpc.aio.AioRpcError, match="does not run on this server") as refused:
                await OcrServiceStub(channel).Recognize(request)
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION


async def test_a_deadline_is_kept(channel: grpc.aio.Channel, samples: Path) -> None:
    request = ocr_service_pb2.RecognizeRequest(image=(samples / "receipt.png").read_bytes())
    with pytest.raises(grpc.aio.AioRpcError) as late:
        await OcrServiceStub(channel).Recognize(request, timeout=0.05)
    assert late.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


async def test_the_request_id_header_comes_back(channel: grpc.aio.Channel, samples: Path) -> None:
    call = OcrServiceStub(channel).Recognize(
        ocr_service_pb2.RecognizeRequest(image=(samples / "receipt.png").read_bytes()),
        metadata=(("x-request-id", "from-the-gateway-1"),),
    )
    assert ("x-request-id", "from-the-gateway-1") in tuple(await call.initial_metadata())
    await call
