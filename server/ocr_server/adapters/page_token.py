"""Opaque page tokens for lists that go from the newest to the oldest (AIP-158)."""

import base64
import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ocr_server.adapters.microseconds import from_us, to_us
from ocr_server.domain.errors import InvalidRequest
from ocr_server.domain.job import JobState


@dataclass(frozen=True, slots=True)
class PagePosition:
    """Where a page ended; what is older follows. Jobs of the same microsecond go by job_id, a UUID."""

    created_at: datetime
    job_id: str

    def to_token(self, tenant: str, states: Sequence[JobState]) -> str:
        """Write the position as a token that is good for this tenant and filter only."""
        text = json.dumps([to_us(self.created_at), self.job_id, _list_id(tenant, states)], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def from_token(cls, token: str, tenant: str, states: Sequence[JobState]) -> "PagePosition":
        """Read a token. Raises InvalidRequest if it is damaged or belongs to another list."""
        try:
            text = base64.b64decode(token + "=" * (-len(token) % 4), altchars="-_", validate=True)
            created_at_us, job_id, list_id = json.loads(text)
            if type(created_at_us) is int and list_id == _list_id(tenant, states):
                return cls(from_us(created_at_us), str(uuid.UUID(job_id)))
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            pass  # answered below, as one answer for all foreign tokens
        raise InvalidRequest(
            "This page token is not one that the same list, with the same filter, gave out.", field="page_token"
        )


def _list_id(tenant: str, states: Sequence[JobState]) -> str:
    named = json.dumps([tenant, sorted({state.value for state in states})])
    return hashlib.sha256(named.encode()).hexdigest()[:16]
