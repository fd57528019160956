"""Presigned URLs against a real S3 server: what clients may do with them, and everything else that is refused."""

import asyncio
import base64
import hashlib
import io
from collections.abc import AsyncIterator, Mapping

import aiohttp
import pytest

from ocr_server.adapters.production.s3_blobs import S3Blobs
from ocr_server.domain.errors import InvalidRequest, NotFound
from ocr_server.ports import PresignedUpload

IMAGE = b"an image" * 1000
NONE: Mapping[str, str] = {}
DIGEST = hashlib.sha256(IMAGE).hexdigest()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def presigned(blobs: S3Blobs, *, expires_s: int = 60) -> PresignedUpload:
    return await blobs.presign_upload(
        "shop-a", DIGEST, size_bytes=len(IMAGE), media_type="image/jpeg", expires_s=expires_s
    )


async def send(
    http: aiohttp.ClientSession, upload: PresignedUpload, body: bytes = IMAGE, headers: Mapping[str, str] = NONE
) -> int:
    """Do what a client does, but for the changes; return the HTTP status."""
    sent = {**upload.headers, "Content-Length": str(len(body)), **headers}
    async with http.request(upload.method, upload.url, data=io.BytesIO(body), headers=sent) as answer:
        return answer.status


async def test_a_client_sends_and_fetches_an_image_past_the_server(
    s3_blobs: S3Blobs, http: aiohttp.ClientSession
) -> None:
    assert await send(http, await presigned(s3_blobs)) == 200
    assert await s3_blobs.get("shop-a", DIGEST) == IMAGE
    async with http.get(
        await s3_blobs.presign_download("shop-a", DIGEST, media_type="image/png", expires_s=60)
    ) as answer:
        assert (answer.status, await answer.read()) == (200, IMAGE)
        assert answer.headers["Content-Type"] == "image/png"  # not what the client said that it sends
        assert answer.headers["Content-Disposition"] == "attachment"
    with pytest.raises(NotFound):
        await s3_blobs.get("shop-b", DIGEST)


@pytest.mark.parametrize(
    ("body", "status"),
    [(IMAGE + b"!", 403), (IMAGE * 1000, 403), (IMAGE[:-1], 403), (b"", 403), (IMAGE[:-1] + b"!", 400)],
    ids=["too large", "far too large", "too small", "empty", "other bytes of that size"],
)
async def test_a_body_of_another_size_or_content_is_refused(
    s3_blobs: S3Blobs, http: aiohttp.ClientSession, body: bytes, status: int
) -> None:
    assert await send(http, await presigned(s3_blobs), body) == status
    with pytest.raises(NotFound):
        await s3_blobs.stat("shop-a", DIGEST)


async def test_changed_headers_are_refused(s3_blobs: S3Blobs, http: aiohttp.ClientSession) -> None:
    upload = await presigned(s3_blobs)
    other = IMAGE[:-1] + b"!"
    checksum = base64.b64encode(hashlib.sha256(other).digest()).decode()
    assert await send(http, upload, other, {"x-amz-checksum-sha256": checksum}) == 403
    assert await send(http, upload, headers={"Content-Type": "text/html"}) == 403
    with pytest.raises(NotFound):
        await s3_blobs.stat("shop-a", DIGEST)


async def test_headers_left_out_are_refused(s3_blobs: S3Blobs, http: aiohttp.ClientSession) -> None:
    upload = await presigned(s3_blobs)
    async with http.put(upload.url, data=IMAGE, headers={"Content-Type": "image/jpeg"}) as answer:
        assert answer.status == 403


async def in_pieces() -> AsyncIterator[bytes]:
    yield IMAGE
    yield IMAGE


async def test_a_body_of_untold_length_is_refused(s3_blobs: S3Blobs, http: aiohttp.ClientSession) -> None:
    upload = await presigned(s3_blobs)
    sent = {name: value for name, value in upload.headers.items() if name != "Content-Length"}
    async with http.put(upload.url, data=in_pieces(), headers=sent) as answer:
        assert answer.status in (403, 411)


async def test_a_tampered_url_is_refused(s3_blobs: S3Blobs, http: aiohttp.ClientSession) -> None:
    digest = await s3_blobs.put("shop-a", IMAGE)
    other = await s3_blobs.put("shop-a", b"another image")
    download = await s3_blobs.presign_download("shop-a", digest, media_type="image/png", expires_s=60)
    for tampered in (
        download.replace(digest, other).replace(f"/{digest[:2]}/", f"/{other[:2]}/"),
        download.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        download[:-1] + ("0" if download[-1] != "0" else "1"),
    ):
        async with http.get(tampered) as answer:
            assert answer.status == 403
    async with http.get(download.partition("?")[0]) as answer:
        assert answer.status in (400, 403)
    async with http.delete(download) as answer:
        assert answer.status == 403
    async with http.put(download, data=b"other bytes") as answer:
        assert answer.status == 403
    assert await s3_blobs.get("shop-a", digest) == IMAGE


async def test_an_expired_url_is_refused(s3_blobs: S3Blobs, http: aiohttp.ClientSession) -> None:
    upload = await presigned(s3_blobs, expires_s=1)
    other = await s3_blobs.put("shop-a", b"other")
    download = await s3_blobs.presign_download("shop-a", other, media_type="image/png", expires_s=1)
    await asyncio.sleep(2.1)
    assert await send(http, upload) == 403
    async with http.get(download) as answer:
        assert answer.status == 403


async def test_a_name_that_is_no_digest_is_refused_before_anything_is_signed(s3_blobs: S3Blobs) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await s3_blobs.presign_upload("shop-a", "../x", size_bytes=1, media_type="image/png", expires_s=60)
    assert refused.value.field == "sha256"
    with pytest.raises(NotFound):
        await s3_blobs.presign_download("shop-a", "../x", media_type="image/png", expires_s=60)
