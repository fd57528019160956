"""The socket for results that need not be read again."""

import hashlib
import json
from dataclasses import dataclass
from typing import Protocol

from ocr_server.domain.document import Recognition, RecognizeOptions


@dataclass(frozen=True, slots=True)
class ResultKey:
    """Whose result it is, and all that it depends on: where one of these differs, so may the result.

    image_sha256: of the file as it was sent, 64 hex digits.
    model_versions: who reads it, as in ``Recognition.model_versions``; of weights by their content.
    reading_version: the code, its libraries and its limits; see reading_version.py.
    """

    tenant: str
    image_sha256: str
    options: RecognizeOptions
    model_versions: str
    reading_version: str

    @property
    def digest(self) -> str:
        """64 hex digits, others for every other key; tells nothing of the tenant or the image."""
        parts = [self.tenant, self.image_sha256, repr(self.options), self.model_versions, self.reading_version]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class ResultCache(Protocol):
    """Keeps results for a while, as many as it has room for; those asked for least recently go first.

    It can always be done without. One that is away or slow has nothing and keeps nothing: neither method ever raises
    because of that, or takes more than 50 ms, and it finds its server again by itself.
    """

    async def get(self, key: ResultKey) -> Recognition | None:
        """Return what was put under an equal key, or None. What cannot be understood is not there."""
        ...

    async def put(self, key: ResultKey, recognition: Recognition) -> None:
        """Keep the result, or not: one that is larger than a cache is for is left out."""
        ...
