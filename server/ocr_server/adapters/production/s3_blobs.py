"""Blobs in an S3 bucket, named by their content: ``images/<tenant>/<first two digits>/<digest>``."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import SecretStr

from ocr_server.adapters.blob_names import blob_name, not_stored
from ocr_server.adapters.production.s3_client import S3Bucket, connect_s3, is_missing
from ocr_server.adapters.production.s3_lifecycle import FOLDER, set_lifecycle
from ocr_server.domain.errors import InvalidRequest, NotFound
from ocr_server.domain.image import is_digest
from ocr_server.ports import PresignedUpload, StoredBlob

# Beyond the first, a blob is sent in parts of the second: what fails is sent again, and that should not be all of it.
# S3 wants parts of at least 5 MiB.
MULTIPART_FROM_BYTES = 16 * 2**20
PART_BYTES = 8 * 2**20
# Less is quicker sent than asked for whether it is there.
_ASK_FIRST_FROM_BYTES = 2**20
_ABORT_S = 5.0

log = structlog.get_logger()


class S3Blobs:
    """Ports ``BlobStore`` and ``PresignedBlobs``."""

    def __init__(self, bucket: S3Bucket, *, retention_days: int = 0) -> None:
        """retention_days: after which the bucket deletes a blob; 0 for never."""
        self._bucket = bucket
        self._client = bucket.client
        self._retention_days = retention_days

    async def put(self, tenant: str, content: bytes) -> str:
        """See the port."""
        sha256 = await asyncio.to_thread(hashlib.sha256, content)
        where = self._where(tenant, sha256.hexdigest())
        async with self._bucket.asked():
            if len(content) < _ASK_FIRST_FROM_BYTES or not await self._holds(where, len(content)):
                if len(content) < MULTIPART_FROM_BYTES:
                    await self._client.put_object(**where, Body=content, ChecksumSHA256=_base64(sha256.digest()))
                else:
                    await self._put_parts(where, content)
        return sha256.hexdigest()

    async def get(self, tenant: str, digest: str) -> bytes:
        """See the port."""
        try:
            async with self._bucket.asked():
                answer = await self._client.get_object(**self._where(tenant, digest))
                async with answer["Body"] as body:
                    content: bytes = await body.read()
        except ClientError:
            raise not_stored(digest) from None
        if (await asyncio.to_thread(hashlib.sha256, content)).hexdigest() != digest:
            # A store that does not check what clients send it, say. Read, it would speak for another image.
            log.error("s3.damaged", digest=digest, size_bytes=len(content))
            raise not_stored(digest)
        return content

    async def stat(self, tenant: str, digest: str) -> StoredBlob:
        """See the port."""
        try:
            async with self._bucket.asked():
                head = await self._client.head_object(**self._where(tenant, digest))
        except ClientError:
            raise not_stored(digest) from None
        return StoredBlob(head["ContentLength"], head["LastModified"].astimezone(UTC))

    async def delete(self, tenant: str, digest: str) -> None:
        """See the port."""
        try:
            async with self._bucket.asked():
                await self._client.delete_object(**self._where(tenant, digest))
        except (NotFound, ClientError):
            return

    async def presign_upload(
        self, tenant: str, digest: str, *, size_bytes: int, media_type: str, expires_s: int
    ) -> PresignedUpload:
        """See the port. The size and the checksum are signed headers: with others, S3 refuses the request."""
        if not is_digest(digest):
            raise InvalidRequest("sha256 must be 64 lower-case hex digits.", field="sha256")
        checksum = _base64(bytes.fromhex(digest))
        sent = {"ContentLength": size_bytes, "ContentType": media_type, "ChecksumSHA256": checksum}
        expires_at = datetime.now(UTC) + timedelta(seconds=expires_s)
        url = await self._client.generate_presigned_url(
            "put_object", Params={**self._where(tenant, digest), **sent}, ExpiresIn=expires_s
        )
        headers = {
            "Content-Length": str(size_bytes),
            "Content-Type": media_type,
            "x-amz-checksum-sha256": checksum,
        }
        return PresignedUpload(url, "PUT", headers, expires_at)

    async def presign_download(self, tenant: str, digest: str, *, media_type: str, expires_s: int) -> str:
        """See the port."""
        # An attachment: a browser shows it as an image where a page asks for one, but never as a page of its own.
        answer = {"ResponseContentDisposition": "attachment", "ResponseContentType": media_type}
        what = {**self._where(tenant, digest), **answer}
        url: str = await self._client.generate_presigned_url("get_object", Params=what, ExpiresIn=expires_s)
        return url

    def _where(self, tenant: str, digest: str) -> dict[str, str]:
        return {"Bucket": self._bucket.name, "Key": FOLDER + blob_name(tenant, digest)}

    async def _holds(self, where: dict[str, str], size_bytes: int) -> bool:
        """Whether the blob is there, whole, and not about to be deleted for its age."""
        try:
            head = await self._client.head_object(**where)
        except ClientError as error:
            if is_missing(error):
                return False
            raise
        age = datetime.now(UTC) - head["LastModified"]
        stays = not self._retention_days or age < timedelta(days=self._retention_days - 1)
        return head["ContentLength"] == size_bytes and stays

    async def _put_parts(self, where: dict[str, str], content: bytes) -> None:
        is_wanted = asyncio.Event()
        is_wanted.set()
        # Shielded: a part that is on its way when the upload is aborted may land afterwards, and would stay for ever.
        sending = asyncio.ensure_future(self._send_parts(where, content, is_wanted))
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            is_wanted.clear()
            sending.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # nobody asks any more
            await asyncio.wait({sending}, timeout=_ABORT_S)
            raise

    async def _send_parts(self, where: dict[str, str], content: bytes, is_wanted: asyncio.Event) -> None:
        """Upload part by part; as soon as that is not wanted any more, end it without a trace."""
        begun = await self._client.create_multipart_upload(**where, ChecksumAlgorithm="SHA256")
        upload = {**where, "UploadId": begun["UploadId"]}
        parts: list[dict[str, Any]] = []
        try:
            for number, start in enumerate(range(0, len(content), PART_BYTES), start=1):
                part = content[start : start + PART_BYTES]
                checksum = _base64((await asyncio.to_thread(hashlib.sha256, part)).digest())
                if not is_wanted.is_set():
                    break
                answer = await self._client.upload_part(**upload, PartNumber=number, Body=part, ChecksumSHA256=checksum)
                parts.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum})
            if is_wanted.is_set():
                await self._client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
            else:
                await self._abort(upload)
        except BaseException:
            await self._abort(upload)
            raise

    async def _abort(self, upload: dict[str, str]) -> None:
        """Have the parts deleted; if S3 cannot be asked just now, the bucket's lifecycle does it in a day."""
        try:
            async with asyncio.timeout(_ABORT_S):
                await self._client.abort_multipart_upload(**upload)
        except (BotoCoreError, ClientError, TimeoutError) as error:
            log.warning("s3.upload_not_aborted", why=str(error))


@asynccontextmanager
async def open_s3_blobs(
    bucket: str, *, endpoint: str, region: str, access_key: str, secret_key: SecretStr, retention_days: int
) -> AsyncIterator[S3Blobs]:
    """Open the blobs of a bucket, and tell it how long to keep them; see ``connect_s3`` and ``S3Blobs``."""
    async with connect_s3(
        bucket, endpoint=endpoint, region=region, access_key=access_key, secret_key=secret_key
    ) as connected:
        await set_lifecycle(connected, retention_days)
        yield S3Blobs(connected, retention_days=retention_days)


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
