"""What everything does that remembers answers."""

import asyncio
import uuid
from dataclasses import replace

import pytest

from ocr_server.domain.errors import DeadlineExceeded, IdempotencyConflict
from ocr_server.ports import Answers, RepeatableRequest
from tests.contract.answers.conftest import OpenAnswers


@pytest.fixture
def request_() -> RepeatableRequest:
    """One that no other test sends."""
    return RepeatableRequest("shop-a", str(uuid.uuid4()), b"a" * 32)


class Computing:
    """Computes another answer each time, when it may."""

    def __init__(self) -> None:
        self.times = 0
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.fails_with: Exception | None = None

    async def __call__(self) -> bytes:
        self.times += 1
        number = self.times
        self.begun.set()
        await self.may_end.wait()
        if self.fails_with:
            raise self.fails_with
        return b"answer\x00\xff %d" % number


@pytest.fixture
async def computing() -> Computing:
    return Computing()


async def test_a_repeat_gets_the_first_answer(
    answers: Answers, request_: RepeatableRequest, computing: Computing
) -> None:
    assert await answers.once(request_, computing) == b"answer\x00\xff 1"
    assert await answers.once(replace(request_), computing) == b"answer\x00\xff 1"
    assert computing.times == 1


async def test_an_empty_answer_is_one(answers: Answers, request_: RepeatableRequest, computing: Computing) -> None:
    async def empty() -> bytes:
        return b""

    assert await answers.once(request_, empty) == b""
    assert await answers.once(request_, computing) == b""


async def test_other_requests_have_their_own(
    answers: Answers, request_: RepeatableRequest, computing: Computing
) -> None:
    await answers.once(request_, computing)
    assert await answers.once(replace(request_, tenant="shop-b"), computing) == b"answer\x00\xff 2"
    assert await answers.once(replace(request_, request_id=str(uuid.uuid4())), computing) == b"answer\x00\xff 3"


async def test_the_same_name_for_something_else_is_refused(
    answers: Answers, request_: RepeatableRequest, computing: Computing
) -> None:
    other = replace(request_, body_digest=b"b" * 32)
    computing.may_end.clear()
    first = asyncio.create_task(answers.once(request_, computing))
    await computing.begun.wait()
    with pytest.raises(IdempotencyConflict):
        await answers.once(other, computing)
    computing.may_end.set()
    await first
    with pytest.raises(IdempotencyConflict):
        await answers.once(other, computing)
    assert computing.times == 1


async def test_repeats_wait_for_the_one_that_computes(
    answers: Answers, request_: RepeatableRequest, computing: Computing
) -> None:
    computing.may_end.clear()
    repeats = [asyncio.create_task(answers.once(request_, computing)) for _ in range(5)]
    await computing.begun.wait()
    await asyncio.sleep(0.1)
    repeats[3].cancel()  # who goes away while he waits concerns nobody else
    computing.may_end.set()
    given = await asyncio.gather(*repeats, return_exceptions=True)
    assert isinstance(given.pop(3), asyncio.CancelledError)
    assert given == [b"answer\x00\xff 1"] * 4
    assert computing.times == 1


async def test_a_failure_is_its_own_callers_and_is_forgotten(
    answers: Answers, request_: RepeatableRequest, computing: Computing
) -> None:
    computing.fails_with = DeadlineExceeded("His, not yours.")
    computing.may_end.clear()
    first = asyncio.create_task(answers.once(request_, computing))
    await computing.begun.wait()
    repeat_computes = Computing()
    repeat = asyncio.create_task(answers.once(request_, repeat_computes))
    await asyncio.sleep(0.1)
    computing.may_end.set()
    with pytest.raises(DeadlineExceeded):
        await first
    assert await asyncio.wait_for(repeat, 5) == b"answer\x00\xff 1"
    assert repeat_computes.times == 1


async def test_a_repeat_takes_over_when_the_first_ones_caller_goes_away(
    answers: Answers, request_: RepeatableRequest, computing: Computing
) -> None:
    computing.may_end.clear()
    first = asyncio.create_task(answers.once(request_, computing))
    await computing.begun.wait()
    repeats = [asyncio.create_task(answers.once(request_, computing)) for _ in range(3)]
    await asyncio.sleep(0.1)
    first.cancel()
    computing.may_end.set()
    assert await asyncio.wait_for(asyncio.gather(*repeats), 5) == [b"answer\x00\xff 2"] * 3
    assert first.cancelled()


async def test_an_answer_is_forgotten_when_its_time_is_over(
    open_answers: OpenAnswers, request_: RepeatableRequest, computing: Computing
) -> None:
    async with open_answers(keep_s=0.3) as answers:
        await answers.once(request_, computing)
        await asyncio.sleep(0.35)
        assert await answers.once(request_, computing) == b"answer\x00\xff 2"
        other = replace(request_, body_digest=b"b" * 32)
        await asyncio.sleep(0.35)
        assert await answers.once(other, computing) == b"answer\x00\xff 3", "and so is what the request said"
