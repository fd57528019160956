"""The socket for images as they were sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """What is known of a blob without its bytes. stored_at: UTC; the time it may be kept counts from then."""

    size_bytes: int
    stored_at: datetime


class BlobStore(Protocol):
    """Keeps bytes under the SHA-256 of their content, apart for each tenant.

    Every method raises DependencyUnavailable while the store cannot be reached, and finds it again by itself.
    """

    async def put(self, tenant: str, content: bytes) -> str:
        """Store the bytes durably and return their digest (64 hex digits).

        Storing them twice is one blob, which may be kept as long as if it had come just now.
        """
        ...

    async def get(self, tenant: str, digest: str) -> bytes:
        """Return the bytes. Raises NotFound if this tenant has none of that digest."""
        ...

    async def stat(self, tenant: str, digest: str) -> StoredBlob:
        """Tell what is known of the bytes. Raises NotFound if this tenant has none of that digest."""
        ...

    async def delete(self, tenant: str, digest: str) -> None:
        """Forget the bytes; no error if there are none."""
        ...


@dataclass(frozen=True, slots=True)
class PresignedUpload:
    """Leave to send one blob past this server. url: holds a signature, so treat it as a secret.

    headers: must be sent exactly like this. expires_at: UTC; the URL is refused after it.
    """

    url: str
    method: str
    headers: Mapping[str, str]
    expires_at: datetime


class PresignedBlobs(Protocol):
    """A BlobStore with a door of its own, so that clients send and fetch bytes past this server. A folder has none.

    Both methods sign and ask nobody: whether there is such a blob, and whether its size is allowed, is for the caller
    to know before.
    """

    async def presign_upload(
        self, tenant: str, digest: str, *, size_bytes: int, media_type: str, expires_s: int
    ) -> PresignedUpload:
        """Allow to send exactly the bytes of this size and digest: the store refuses any others.

        Raises InvalidRequest (field ``sha256``) if that is no digest.
        """
        ...

    async def presign_download(self, tenant: str, digest: str, *, media_type: str, expires_s: int) -> str:
        """Return a URL to fetch the bytes from, which answers with this media type, whatever they were sent as.

        Raises NotFound if that is no digest.
        """
        ...
