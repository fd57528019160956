"""Repeated calls of Recognize."""

import uuid
from dataclasses import replace

import pytest

from ocr_server._pb.ocr.v1.recognition_pb2 import RecognizeResponse
from ocr_server.adapters.embedded.memory_answers import MemoryAnswers
from ocr_server.domain.document import Engine, RecognizeOptions
from ocr_server.domain.errors import IdempotencyConflict
from ocr_server.grpc_api.replay import answered_once

OPTIONS = RecognizeOptions(Engine.FAST, languages=("de", "en"))


class Caller:
    def __init__(self) -> None:
        self.answers = MemoryAnswers(keep_s=60, max_bytes=2**20)
        self.reads = 0

    async def call(
        self, request_id: str = "an id", image: bytes = b"image", options: RecognizeOptions = OPTIONS
    ) -> RecognizeResponse:
        return await answered_once(self.answers, "shop-a", request_id, image, options, self.read)

    async def read(self) -> RecognizeResponse:
        self.reads += 1
        response = RecognizeResponse(model_versions="trocr:1")
        response.document.document_id = str(uuid.uuid4())
        return response


async def test_a_repeat_gets_the_very_same_answer() -> None:
    caller = Caller()
    first = await caller.call()
    assert first.document.document_id
    assert await caller.call() == first
    assert caller.reads == 1


async def test_calls_without_an_id_are_answered_each_for_itself() -> None:
    caller = Caller()
    assert await caller.call("") != await caller.call("")
    assert caller.reads == 2


@pytest.mark.parametrize(
    "change",
    [
        {"image": b"another"},
        {"image": b""},
        {"options": replace(OPTIONS, engine=Engine.BALANCED)},
        {"options": replace(OPTIONS, languages=("en", "de"))},
        {"options": replace(OPTIONS, barcodes_only=True)},
    ],
    ids=repr,
)
async def test_the_same_id_with_another_image_or_other_options_is_refused(change: dict[str, object]) -> None:
    caller = Caller()
    await caller.call()
    with pytest.raises(IdempotencyConflict):
        await caller.call(**change)  # type: ignore[arg-type]
    assert caller.reads == 1
