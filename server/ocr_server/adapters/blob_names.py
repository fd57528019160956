"""How blobs are named by their content, in a folder and in a bucket alike, so that one can be copied into the other."""

import hashlib

from ocr_server.domain.errors import NotFound
from ocr_server.domain.image import is_digest


def blob_name(tenant: str, digest: str) -> str:
    """Return ``<hash of the tenant>/<first two digits>/<digest>``. Raises NotFound if that is no digest."""
    if not is_digest(digest):
        raise NotFound("There is no stored image of that name.")
    # Hashed, a tenant's name has a bounded length and cannot be ``..``, hold a slash or differ only in case.
    return f"{hashlib.sha256(tenant.encode()).hexdigest()}/{digest[:2]}/{digest}"


def not_stored(digest: str) -> NotFound:
    """The error for a blob that is not there."""
    return NotFound(f"There is no stored image {digest}.")
