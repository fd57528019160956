"""ImageService over a real channel, and images that are read by their URI: from a folder, and from a bucket."""

import asyncio
import hashlib
import io
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import grpc
import pytest
from google.api.httpbody_pb2 import HttpBody
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from benchmarks.server_process import ServerProcess, running_server
from ocr_server._pb.ocr.v1 import image_service_pb2 as pb
from ocr_server._pb.ocr.v1.image_service_pb2_grpc import ImageServiceStub
from ocr_server._pb.ocr.v1.job_pb2 import Job
from ocr_server._pb.ocr.v1.job_service_pb2 import SubmitJobRequest, WatchJobRequest
from ocr_server._pb.ocr.v1.job_service_pb2_grpc import JobServiceStub
from ocr_server._pb.ocr.v1.ocr_service_pb2 import RecognizeRequest, RecognizeTerminal
from ocr_server._pb.ocr.v1.ocr_service_pb2_grpc import OcrServiceStub
from ocr_server.stack.swift_process import SwiftProcess
from tests.e2e.conftest import open_channel
from tests.swift_fixture import images_in
from tests.unit.pipeline.image_files import small_file

OTHER_SHOP = (("x-ocr-tenant", "other-shop"),)
PIECE_BYTES = 64 * 1024


async def pieces(content: bytes, sha256: str = "") -> AsyncIterator[pb.UploadImageRequest]:
    for at in range(0, len(content), PIECE_BYTES):
        chunk = HttpBody(data=content[at : at + PIECE_BYTES], content_type="text/plain")  # which nobody believes
        yield pb.UploadImageRequest(chunk=chunk, sha256=sha256 if at == 0 else "")


async def upload(channel: grpc.aio.Channel, content: bytes, sha256: str = "") -> pb.Image:
    image: pb.Image = await ImageServiceStub(channel).UploadImage(pieces(content, sha256))
    return image


def field_to_blame(error: grpc.aio.AioRpcError) -> str:
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        bad_request = BadRequest()
        if detail.Unpack(bad_request):
            return bad_request.field_violations[0].field
    return ""


def reason(status: Status | None) -> str:
    info = ErrorInfo()
    assert status is not None
    assert status.details[0].Unpack(info)
    return info.reason


async def test_an_image_is_sent_once_and_read_by_its_uri_as_often_as_wanted(
    channel: grpc.aio.Channel, samples: Path
) -> None:
    content = (samples / "product-label.jpg").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    image = await upload(channel, content, digest)
    assert image.image_id == digest
    assert image.uri == f"ocr:images/{digest}"
    assert (image.size_bytes, image.media_type, image.page_count) == (len(content), "image/jpeg", 1)
    assert image.width_px > 0
    assert image.HasField("create_time")
    assert not image.HasField("expire_time")  # no retention is set
    assert not image.download_url  # a folder has none
    assert await ImageServiceStub(channel).GetImage(pb.GetImageRequest(image_id=digest)) == image

    sent = await OcrServiceStub(channel).Recognize(RecognizeRequest(image=content))
    by_uri = await OcrServiceStub(channel).Recognize(RecognizeRequest(image_uri=image.uri))
    assert by_uri.document.pages == sent.document.pages

    events = [e async for e in OcrServiceStub(channel).RecognizeStream(RecognizeRequest(image_uri=image.uri))]
    assert events[-1].terminal.response.document.pages == sent.document.pages

    jobs = JobServiceStub(channel)
    job = await jobs.SubmitJob(SubmitJobRequest(image_uri=image.uri))
    states = [e.state async for e in jobs.WatchJob(WatchJobRequest(job_id=job.job_id))]
    assert states[-1] == Job.SUCCEEDED


async def test_a_repetition_by_uri_is_the_same_request_as_with_the_file(channel: grpc.aio.Channel) -> None:
    content, request_id = small_file("PNG"), str(uuid.uuid4())
    image = await upload(channel, content)
    stub = OcrServiceStub(channel)
    first = await stub.Recognize(RecognizeRequest(image=content, request_id=request_id))
    assert await stub.Recognize(RecognizeRequest(image_uri=image.uri, request_id=request_id)) == first


async def test_another_tenants_image_is_not_found(channel: grpc.aio.Channel) -> None:
    image = await upload(channel, small_file("WebP"))
    calls = (
        ImageServiceStub(channel).GetImage(pb.GetImageRequest(image_id=image.image_id), metadata=OTHER_SHOP),
        OcrServiceStub(channel).Recognize(RecognizeRequest(image_uri=image.uri), metadata=OTHER_SHOP),
        JobServiceStub(channel).SubmitJob(SubmitJobRequest(image_uri=image.uri), metadata=OTHER_SHOP),
    )
    for call in calls:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call
        assert refused.value.code() == grpc.StatusCode.NOT_FOUND
    request = RecognizeRequest(image_uri=image.uri)
    events = [e async for e in OcrServiceStub(channel).RecognizeStream(request, metadata=OTHER_SHOP)]
    assert [e.terminal.state for e in events] == [RecognizeTerminal.FAILED]
    assert events[0].terminal.error.code == grpc.StatusCode.NOT_FOUND.value[0]


@pytest.mark.parametrize("uri", ["https://example.com/receipt.jpg", "ocr:images/x"])
async def test_a_uri_of_anything_else_is_refused(channel: grpc.aio.Channel, uri: str) -> None:
    for call in (
        OcrServiceStub(channel).Recognize(RecognizeRequest(image_uri=uri)),
        JobServiceStub(channel).SubmitJob(SubmitJobRequest(image_uri=uri)),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call
        assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert field_to_blame(refused.value) == "image_uri"


@pytest.mark.parametrize(
    ("content", "sha256", "field"),
    [
        (b"not an image", "", "image"),
        (small_file("PNG"), "0" * 64, "sha256"),
        (small_file("PNG"), "x", "sha256"),
    ],
)
async def test_a_bad_upload_is_refused_with_its_reason(
    channel: grpc.aio.Channel, content: bytes, sha256: str, field: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await upload(channel, content, sha256)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert field_to_blame(refused.value) == field


async def test_an_upload_of_nothing_and_one_of_a_huge_piece_are_refused(channel: grpc.aio.Channel) -> None:
    stub = ImageServiceStub(channel)
    huge = pb.UploadImageRequest(chunk=HttpBody(data=b"x" * (2**20 + 1)))
    for sent, field in (([], "image"), ([huge], "chunk")):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.UploadImage(iter(sent))
        assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert field_to_blame(refused.value) == field


async def test_an_upload_is_counted_and_has_its_request_id_as_every_call(
    server: ServerProcess, channel: grpc.aio.Channel
) -> None:
    call = ImageServiceStub(channel).UploadImage(pieces(b"not an image"), metadata=(("x-request-id", "my-upload"),))
    assert dict(await call.initial_metadata())["x-request-id"] == "my-upload"
    with pytest.raises(grpc.aio.AioRpcError):
        await call
    async with aiohttp.request("GET", f"http://127.0.0.1:{server.metrics_port}/metrics") as answer:
        counted = [line for line in (await answer.text()).splitlines() if "UploadImage" in line]
    assert any("INVALID_ARGUMENT" in line for line in counted), counted


@pytest.fixture(scope="module")
def small_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that reads no image of more than 1 MiB, and waits for none for more than three seconds."""
    limits = {"OCR_LIMITS__MAX_IMAGE_BYTES": str(2**20), "OCR_LIMITS__MAX_REQUEST_S": "3"}
    with running_server(tmp_path_factory.mktemp("small"), **limits) as running:
        yield running


async def test_too_large_a_file_is_refused_while_it_is_being_sent(small_server: ServerProcess) -> None:
    sent = 0

    def endless() -> Iterator[pb.UploadImageRequest]:
        nonlocal sent
        while True:
            sent += 1
            yield pb.UploadImageRequest(chunk=HttpBody(data=b"x" * PIECE_BYTES))

    # With grpc.aio a client that is just writing when the refusal comes is sometimes told INTERNAL by its own core.
    with grpc.insecure_channel(small_server.target) as channel, pytest.raises(grpc.RpcError) as refused:
        await asyncio.to_thread(ImageServiceStub(channel).UploadImage, endless(), timeout=30)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert sent >= 16
    async with open_channel(small_server) as channel:
        assert (await upload(channel, small_file("PNG"))).image_id


async def test_a_client_that_stops_sending_is_not_waited_for(small_server: ServerProcess) -> None:
    async def stalling() -> AsyncIterator[pb.UploadImageRequest]:
        async for piece in pieces(small_file("PNG")):
            yield piece
        await asyncio.Event().wait()

    async with open_channel(small_server) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await ImageServiceStub(channel).UploadImage(stalling(), timeout=30)
        assert refused.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        assert "3 s" in str(refused.value.details())


async def test_a_folder_has_no_upload_urls_and_says_so(small_server: ServerProcess) -> None:
    async with open_channel(small_server) as channel:
        stub = ImageServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.CreateUpload(pb.CreateUploadRequest(sha256="0" * 64, size_bytes=1000))
        assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION
        assert "UploadImage" in str(refused.value.details())
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.CreateUpload(pb.CreateUploadRequest(sha256="0" * 64, size_bytes=2**20 + 1))
        assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert field_to_blame(refused.value) == "size_bytes"


@pytest.fixture(scope="module")
def bucket_server(swift: SwiftProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    settings = images_in(swift, f"test-{uuid.uuid4()}") | {"OCR_IMAGE_RETENTION_DAYS": "30"}
    with running_server(tmp_path_factory.mktemp("bucket"), **settings) as running:
        yield running


async def test_an_image_goes_past_the_server_into_the_bucket_and_is_read_by_its_uri(
    bucket_server: ServerProcess, samples: Path
) -> None:
    content = (samples / "product-label.jpg").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    wanted = pb.CreateUploadRequest(sha256=digest, size_bytes=len(content), media_type="text/html")
    async with open_channel(bucket_server) as channel, aiohttp.ClientSession() as http:
        stub = ImageServiceStub(channel)
        to_send = await stub.CreateUpload(wanted)
        assert (to_send.image_id, to_send.method) == (digest, "PUT")
        assert to_send.HasField("expire_time")

        # What is not there yet is not found, and other bytes do not get there.
        with pytest.raises(grpc.aio.AioRpcError) as missing:
            await stub.GetImage(pb.GetImageRequest(image_id=digest))
        assert missing.value.code() == grpc.StatusCode.NOT_FOUND
        other = content[:-1] + bytes([content[-1] ^ 1])
        for body, status in ((other, 400), (content, 200)):
            sending = http.request(to_send.method, to_send.url, data=io.BytesIO(body), headers=dict(to_send.headers))
            async with sending as answer:
                assert answer.status == status

        image = await stub.GetImage(pb.GetImageRequest(image_id=digest))
        assert (image.uri, image.size_bytes) == (f"ocr:images/{digest}", len(content))
        assert image.media_type == "image/jpeg"
        assert (image.expire_time.ToDatetime() - image.create_time.ToDatetime()).days == 30
        async with http.get(image.download_url) as answer:
            assert (await answer.read(), answer.headers["Content-Type"]) == (content, "image/jpeg")

        response = await OcrServiceStub(channel).Recognize(RecognizeRequest(image_uri=image.uri))
        assert len(response.document.pages[0].lines) > 0
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await OcrServiceStub(channel).Recognize(RecognizeRequest(image_uri=image.uri), metadata=OTHER_SHOP)
        assert refused.value.code() == grpc.StatusCode.NOT_FOUND

        # The same file is not sent twice, but another tenant sends its own.
        assert await stub.CreateUpload(wanted) == pb.Upload(image_id=digest)
        assert (await stub.CreateUpload(wanted, metadata=OTHER_SHOP)).url


async def test_what_was_sent_past_the_server_and_is_no_image_is_refused_when_it_is_read(
    bucket_server: ServerProcess,
) -> None:
    content = b"<html>not an image</html>"
    digest = hashlib.sha256(content).hexdigest()
    async with open_channel(bucket_server) as channel, aiohttp.ClientSession() as http:
        stub = ImageServiceStub(channel)
        to_send = await stub.CreateUpload(pb.CreateUploadRequest(sha256=digest, size_bytes=len(content)))
        async with http.put(to_send.url, data=io.BytesIO(content), headers=dict(to_send.headers)) as answer:
            assert answer.status == 200
        for call in (
            stub.GetImage(pb.GetImageRequest(image_id=digest)),
            OcrServiceStub(channel).Recognize(RecognizeRequest(image_uri=f"ocr:images/{digest}")),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await call
            assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
            assert reason(rpc_status.from_call(refused.value)) == "INVALID_IMAGE"
        jobs = JobServiceStub(channel)
        job = await jobs.SubmitJob(SubmitJobRequest(image_uri=f"ocr:images/{digest}"))
        last = [event async for event in jobs.WatchJob(WatchJobRequest(job_id=job.job_id))][-1]
        assert last.state == Job.FAILED
        assert reason(last.error) == "INVALID_IMAGE"
