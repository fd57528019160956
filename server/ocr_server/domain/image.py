"""Images that are kept, so that a file is sent once and read as often as wanted."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StoredImage:
    """Where an image is that its tenant has sent before. image_id: SHA-256 of its content, 64 lower-case hex digits."""

    image_id: str


# An image to read: the file's bytes, not looked at yet, or where they are.
ImageSource: TypeAlias = bytes | StoredImage


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What is known of a stored image.

    image_id: as in StoredImage. media_type: by its signature.
    width_px, height_px: of the first page, upright by its EXIF orientation; 0 for a PDF.
    stored_at: UTC; sending the image again may make it younger. expires_at: UTC, not deleted before; None for never.
    download_url: signed, for some minutes, so treat it as a secret; empty where the store has no door of its own.
    """

    image_id: str
    size_bytes: int
    media_type: str
    page_count: int
    width_px: int
    height_px: int
    stored_at: datetime
    expires_at: datetime | None = None
    download_url: str = ""


def is_digest(text: str) -> bool:
    """Whether that is a SHA-256 in 64 lower-case hex digits."""
    return _DIGEST.fullmatch(text) is not None
