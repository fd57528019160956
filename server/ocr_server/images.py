"""Images: files that are sent once, past this server or through it, and read as often as wanted."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from ocr_server.domain.errors import (
    DeadlineExceeded,
    ImageTooLarge,
    InvalidRequest,
    NotFound,
    Overloaded,
    UploadUrlUnavailable,
)
from ocr_server.domain.image import ImageInfo, ImageSource, StoredImage
from ocr_server.pipeline.validate import ImageFormat, SourceInfo, inspect
from ocr_server.ports import BlobStore, Compute, PresignedBlobs, PresignedUpload, StoredBlob
from ocr_server.settings import Limits

UPLOAD_URL_S = 900
DOWNLOAD_URL_S = 600
# What uploads may take of this process's memory at a time, in files of the greatest size; and how many stored images
# may be on their way into it: a URI is quickly sent.
_RECEIVED_FILES = 8
_FETCHED_FILES = 8
_RETRY_AFTER_S = 2.0

_MEDIA_TYPES = {
    ImageFormat.JPEG: "image/jpeg",
    ImageFormat.PNG: "image/png",
    ImageFormat.WEBP: "image/webp",
    ImageFormat.TIFF: "image/tiff",
    ImageFormat.BMP: "image/bmp",
    ImageFormat.HEIC: "image/heic",
    ImageFormat.PDF: "application/pdf",
}
# EXIF orientations that lay an image on its side (Exif 2.32, tag 0x0112).
_LYING = {5, 6, 7, 8}


class Images:
    """What can be done with images.

    presigned: the same store as ``blobs``, where clients can reach it past this server; None where they cannot.
    retention_days: after which the store deletes an image; 0 for never.
    """

    def __init__(
        self,
        blobs: BlobStore,
        presigned: PresignedBlobs | None,
        compute: Compute,
        limits: Limits,
        *,
        retention_days: int = 0,
    ) -> None:
        self._blobs = blobs
        self._presigned = presigned
        self._compute = compute
        self._limits = limits
        self._retention = timedelta(days=retention_days)
        self._received_bytes = 0
        self._fetching = asyncio.Semaphore(_FETCHED_FILES)

    async def create_upload(
        self, tenant: str, digest: str, *, size_bytes: int, media_type: str
    ) -> PresignedUpload | None:
        """Allow to send exactly the file of this size and SHA-256 past this server; None if it is there already.

        Raises InvalidRequest (field ``size_bytes``) for a size that is not read, UploadUrlUnavailable, and
        DependencyUnavailable.
        """
        if not 0 < size_bytes <= self._limits.max_image_bytes:
            message = f"An image has 1 to {self._limits.max_image_bytes:,} bytes here, not {size_bytes:,}."
            raise InvalidRequest(message, field="size_bytes")
        if self._presigned is None:
            raise UploadUrlUnavailable("This server keeps images in a folder, which has no URL; use UploadImage.")
        if await self._is_there(tenant, digest, size_bytes):
            return None
        return await self._presigned.presign_upload(
            tenant, digest, size_bytes=size_bytes, media_type=media_type, expires_s=UPLOAD_URL_S
        )

    async def receive(self, tenant: str, pieces: AsyncIterator[bytes], *, sha256: str = "") -> ImageInfo:
        """Store a file that comes in pieces. sha256: what its content should have; empty if that is not known.

        A file that is too large is refused as soon as it is, without the rest of its pieces.

        Raises InvalidImage as ``inspect`` does, InvalidRequest (field ``sha256``) for other content,
        Overloaded while too many others are received, DeadlineExceeded after max_request_s, and
        DependencyUnavailable; then nothing has been stored.
        """
        file = io.BytesIO()
        try:
            await self._collect(pieces, file)
            content = file.getvalue()
            source = await self._compute.run(self._check, content, sha256)
            image_id = await self._blobs.put(tenant, content)
        finally:
            self._received_bytes -= file.tell()
        return await self._info(tenant, image_id, await self._blobs.stat(tenant, image_id), source)

    async def get(self, tenant: str, image_id: str) -> ImageInfo:
        """Tell what is known of an image.

        Raises NotFound if this tenant has none of that id, InvalidImage as ``inspect`` does if what was sent past
        this server cannot be read, and DependencyUnavailable.
        """
        blob = await self._blobs.stat(tenant, image_id)
        async with self._fetching:
            source = await self._compute.run(inspect, await self._blobs.get(tenant, image_id), self._limits)
        return await self._info(tenant, image_id, blob, source)

    async def fetch(self, tenant: str, source: ImageSource) -> bytes:
        """Return the bytes of an image, wherever it is. Raises NotFound and DependencyUnavailable."""
        if not isinstance(source, StoredImage):
            return source
        async with self._fetching:
            return await self._blobs.get(tenant, source.image_id)

    async def _collect(self, pieces: AsyncIterator[bytes], file: io.BytesIO) -> None:
        try:
            async with asyncio.timeout(self._limits.max_request_s):
                async for piece in pieces:
                    self._make_room(file.tell(), len(piece))
                    file.write(piece)
        except TimeoutError:
            raise DeadlineExceeded(f"The file was not sent within {self._limits.max_request_s:.0f} s.") from None

    def _make_room(self, so_far_bytes: int, more_bytes: int) -> None:
        most_bytes = self._limits.max_image_bytes
        if so_far_bytes + more_bytes > most_bytes:
            raise ImageTooLarge(f"The image has more than {most_bytes:,} bytes, which is all that is read of one.")
        if self._received_bytes + more_bytes > _RECEIVED_FILES * most_bytes:
            raise Overloaded("Too many files are being received; no more for now.", retry_after_s=_RETRY_AFTER_S)
        self._received_bytes += more_bytes

    def _check(self, content: bytes, sha256: str) -> SourceInfo:
        digest = hashlib.sha256(content).hexdigest()
        if sha256 and digest != sha256:
            raise InvalidRequest(f"The SHA-256 of what arrived is {digest}, not {sha256}.", field="sha256")
        return inspect(content, self._limits)

    async def _is_there(self, tenant: str, digest: str, size_bytes: int) -> bool:
        """Whether the image is there, whole, and not about to be deleted for its age."""
        try:
            blob = await self._blobs.stat(tenant, digest)
        except NotFound:
            return False
        expires_at = self._expires_at(blob)
        stays = expires_at is None or expires_at - datetime.now(UTC) > timedelta(days=1)
        return blob.size_bytes == size_bytes and stays

    async def _info(self, tenant: str, image_id: str, blob: StoredBlob, source: SourceInfo) -> ImageInfo:
        media_type = _MEDIA_TYPES[source.format]
        width_px, height_px = _upright_size_px(source)
        url = ""
        if self._presigned is not None:
            url = await self._presigned.presign_download(
                tenant, image_id, media_type=media_type, expires_s=DOWNLOAD_URL_S
            )
        return ImageInfo(
            image_id=image_id,
            size_bytes=blob.size_bytes,
            media_type=media_type,
            page_count=source.page_count,
            width_px=width_px,
            height_px=height_px,
            stored_at=blob.stored_at,
            expires_at=self._expires_at(blob),
            download_url=url,
        )

    def _expires_at(self, blob: StoredBlob) -> datetime | None:
        return blob.stored_at + self._retention if self._retention else None


def _upright_size_px(source: SourceInfo) -> tuple[int, int]:
    """Width and height of the first page as it is looked at; (0, 0) for a PDF."""
    if not source.headers:
        return 0, 0
    first = source.headers[0]
    size_px = (first.width_px, first.height_px)
    return size_px[::-1] if first.orientation in _LYING else size_px
