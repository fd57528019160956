"""Images over the wire: where an image is, what is asked for an upload, and what is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from google.api.httpbody_pb2 import HttpBody

from ocr_server._pb.ocr.v1 import image_service_pb2 as pb
from ocr_server._pb.ocr.v1.job_service_pb2 import BatchItem, SubmitJobRequest
from ocr_server._pb.ocr.v1.ocr_service_pb2 import RecognizeRequest
from ocr_server.domain.errors import InvalidRequest
from ocr_server.domain.image import ImageInfo, StoredImage
from ocr_server.grpc_api import convert
from ocr_server.grpc_api.convert.images import MAX_PIECE_BYTES, SourceRequest
from ocr_server.ports import PresignedUpload

DIGEST = "0123456789abcdef" * 4
STORED_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
IMAGE = ImageInfo(DIGEST, 1000, "image/jpeg", 1, 640, 480, STORED_AT)

WITH_SOURCE = (RecognizeRequest, SubmitJobRequest, BatchItem)


@pytest.mark.parametrize("request_type", WITH_SOURCE)
def test_the_uri_of_an_image_is_understood_wherever_one_may_stand(request_type: type[SourceRequest]) -> None:
    uri = convert.image_to_pb(IMAGE).uri
    assert uri == f"ocr:images/{DIGEST}"
    assert convert.image_source_from_pb(request_type(image_uri=uri)) == StoredImage(DIGEST)
    assert convert.image_source_from_pb(request_type(image=b"file")) == b"file"


@pytest.mark.parametrize(
    "uri",
    [
        "",
        DIGEST,
        "ocr:images/",
        f"ocr:images/{DIGEST[1:]}",
        f"ocr:images/{DIGEST.upper()}",
        f"ocr:images/{DIGEST}\n",
        f"ocr:images/ocr:images/{DIGEST}",
        "ocr:images/../../etc/passwd",
        "https://example.com/receipt.jpg",
        "s3://bucket/key",
        "file:///etc/passwd",
    ],
)
@pytest.mark.parametrize("request_type", WITH_SOURCE)
def test_any_other_uri_is_refused(request_type: type[SourceRequest], uri: str) -> None:
    with pytest.raises(InvalidRequest, match="ImageService") as refused:
        convert.image_source_from_pb(request_type(image_uri=uri), prefix="items[3].")
    assert refused.value.field == "items[3].image_uri"


@pytest.mark.parametrize("request_type", WITH_SOURCE)
def test_no_image_at_all_blames_image(request_type: type[SourceRequest]) -> None:
    for request in (request_type(), request_type(image=b"")):
        with pytest.raises(InvalidRequest) as refused:
            convert.image_source_from_pb(request, prefix="items[3].")
        assert refused.value.field == "items[3].image"


@pytest.mark.parametrize(
    ("told", "media_type"),
    [("", "application/octet-stream"), ("image/jpeg", "image/jpeg"), ("image/svg+xml", "image/svg+xml")],
)
def test_an_upload_is_asked_for_as_sent(told: str, media_type: str) -> None:
    wanted = convert.upload_request_from_pb(pb.CreateUploadRequest(sha256=DIGEST, size_bytes=7, media_type=told))
    assert (wanted.digest, wanted.size_bytes, wanted.media_type) == (DIGEST, 7, media_type)


@pytest.mark.parametrize("told", ["jpeg", "image/", "/jpeg", "image/jpeg; q=1", "image/jpeg\r\nx: y", "a/b/c", "ü/x"])
def test_what_is_no_media_type_is_refused(told: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        convert.upload_request_from_pb(pb.CreateUploadRequest(sha256=DIGEST, size_bytes=7, media_type=told))
    assert refused.value.field == "media_type"


@pytest.mark.parametrize("told", ["", "x", DIGEST.upper(), DIGEST + "0", DIGEST[:-1] + "g", "../" + DIGEST[3:]])
def test_what_is_no_digest_is_refused(told: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        convert.upload_request_from_pb(pb.CreateUploadRequest(sha256=told, size_bytes=7))
    assert refused.value.field == "sha256"


def test_a_piece_may_be_as_large_as_the_contract_says() -> None:
    piece = b"x" * MAX_PIECE_BYTES
    assert MAX_PIECE_BYTES == 1024 * 1024
    assert convert.piece_from_pb(pb.UploadImageRequest(chunk=HttpBody(data=piece))) == piece
    with pytest.raises(InvalidRequest) as refused:
        convert.piece_from_pb(pb.UploadImageRequest(chunk=HttpBody(data=piece + b"x")))
    assert refused.value.field == "chunk"


def test_an_upload_is_told_with_what_to_send_or_that_nothing_is_to_be_sent() -> None:
    upload = PresignedUpload("https://s3/x?signature", "PUT", {"Content-Type": "image/jpeg"}, STORED_AT)
    message = convert.upload_to_pb(DIGEST, upload)
    assert (message.image_id, message.url, message.method) == (DIGEST, upload.url, "PUT")
    assert dict(message.headers) == {"Content-Type": "image/jpeg"}
    assert message.expire_time.ToDatetime(UTC) == STORED_AT
    assert convert.upload_to_pb(DIGEST, None) == pb.Upload(image_id=DIGEST)


def test_all_that_is_known_of_an_image_is_told() -> None:
    known = replace(IMAGE, expires_at=STORED_AT + timedelta(days=30), download_url="https://s3/y")
    message = convert.image_to_pb(known)
    assert {field.name for field, _ in message.ListFields()} == set(pb.Image.DESCRIPTOR.fields_by_name)
    assert (message.image_id, message.size_bytes, message.media_type) == (DIGEST, 1000, "image/jpeg")
    assert (message.page_count, message.width_px, message.height_px) == (1, 640, 480)
    assert message.create_time.ToDatetime(UTC) == STORED_AT
    assert message.expire_time.ToDatetime(UTC) == STORED_AT + timedelta(days=30)
    assert message.download_url == "https://s3/y"
    assert not convert.image_to_pb(IMAGE).HasField("expire_time")
