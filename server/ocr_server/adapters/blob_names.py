"""How blobs are named by their content, in a folder and in a bucket alike, so that one can be copied into the other."""

import hashlib
import re

from ocr_server.domain.errors import NotFound

_DIGEST = re.compile(r"[0-9a-f]{64}")


def blob_name(tenant: str, digest: str) -> str:
    """Return ``<hash of the tenant>/<first two digits>/<digest>``. Raises NotFound if that is no digest."""
    if not is_digest(digest):
        raise NotFound("There is no stored image of that name.")
    # Hashed, a tenant's name has a bounded length and cannot be ``..``, hold a slash or differ only in case.
    return f"{hashlib.sha256(tenant.encode()).hexdigest()}/{digest[:2]}/{digest}"


def is_digest(text: str) -> bool:
    """Whether that is a SHA-256 in 64 lower-case hex digits."""
    return _DIGEST.fullmatch(text) is not None


def not_stored(digest: str) -> NotFound:
    """The error for a blob that is not there."""
    return NotFound(f"There is no stored image {digest}.")
