"""Idempotent calls (AIP-155): the same request_id gets the same answer, computed once."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

from ocr_server._pb.ocr.v1.recognition_pb2 import RecognizeResponse
from ocr_server.domain.document import RecognizeOptions
from ocr_server.grpc_api import convert
from ocr_server.ports import Answers, RepeatableRequest


async def answered_once(
    answers: Answers,
    tenant: str,
    request_id: str,
    image: bytes,
    options: RecognizeOptions,
    compute: Callable[[], Awaitable[RecognizeResponse]],
) -> RecognizeResponse:
    """Return the answer to this request_id, computing it if this is the first call; empty ids always compute.

    Raises IdempotencyConflict if the request_id came before with another image or other options, and what ``compute``
    raises.
    """
    if not request_id:
        return await compute()
    # Not on the CPU pool, where it would wait behind pages.
    body_digest = await asyncio.to_thread(_body_digest, image, options)

    async def compute_bytes() -> bytes:
        return (await compute()).SerializeToString()

    request = RepeatableRequest(tenant, request_id, body_digest)
    return RecognizeResponse.FromString(await answers.once(request, compute_bytes))


def _body_digest(image: bytes, options: RecognizeOptions) -> bytes:
    # As messages, options without a field are those with its default: so replicas of two versions agree.
    body = hashlib.sha256(image)
    body.update(convert.options_to_pb(options).SerializeToString(deterministic=True))
    return body.digest()
