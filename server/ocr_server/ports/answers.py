"""The socket for answers that a repeated request gets again (AIP-155)."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from ocr_server.domain.errors import IdempotencyConflict

ComputeAnswer = Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class RepeatableRequest:
    """A request that its sender has named, so as to send it again without its being done twice.

    request_id: not empty. body_digest: SHA-256 of all that the request says, 32 bytes.
    """

    tenant: str
    request_id: str
    body_digest: bytes

    @property
    def name_digest(self) -> str:
        """64 hex digits, the same for a repeat and others for every other request; tells nothing of the tenant."""
        return hashlib.sha256(json.dumps([self.tenant, self.request_id]).encode()).hexdigest()

    def check_repeats(self, first_body_digest: bytes) -> None:
        """Raises IdempotencyConflict if the first one of this name said something else."""
        if self.body_digest != first_body_digest:
            raise IdempotencyConflict("This request_id was used before with another image or other options.")


class Answers(Protocol):
    """Remembers for a while what each request has been answered, so that a repeat of it is answered the same.

    It can be done without: where it cannot be known what others have answered, the request is answered anew.
    """

    async def once(self, request: RepeatableRequest, compute: ComputeAnswer) -> bytes:
        """Return the answer to the request, and ``compute`` it if there is none.

        A repeat that arrives while an answer is computed waits for it, and computes if that fails or its caller goes
        away. Of two that have computed all the same the first one's answer stands, for both.
        Raises what ``compute`` raises, and remembers nothing of that, and what ``check_repeats`` raises.
        """
        ...
