"""How much this process remembers of what it has answered."""

from collections.abc import Awaitable, Callable

from ocr_server.adapters.embedded.memory_answers import MemoryAnswers
from ocr_server.ports import RepeatableRequest


def request(number: int) -> RepeatableRequest:
    return RepeatableRequest("shop-a", str(number), bytes(32))


def computes(answer: bytes) -> Callable[[], Awaitable[bytes]]:
    async def compute() -> bytes:
        return answer

    return compute


async def test_those_given_first_go_when_there_is_no_room_for_all() -> None:
    answers = MemoryAnswers(keep_s=60, max_bytes=100)
    for number in range(10):
        await answers.once(request(number), computes(bytes(30)))
        assert answers.size_bytes <= 100
    assert await answers.once(request(9), computes(b"anew")) == bytes(30)
    assert await answers.once(request(7), computes(b"anew")) == bytes(30)
    assert await answers.once(request(6), computes(b"anew")) == b"anew"


async def test_one_that_is_larger_than_the_room_is_given_and_not_kept() -> None:
    answers = MemoryAnswers(keep_s=60, max_bytes=100)
    assert await answers.once(request(1), computes(bytes(101))) == bytes(101)
    assert answers.size_bytes == 0


async def test_what_is_over_takes_no_room() -> None:
    now_s = 0.0
    answers = MemoryAnswers(keep_s=60, max_bytes=100, clock=lambda: now_s)
    await answers.once(request(1), computes(bytes(30)))
    now_s = 59.0
    assert await answers.once(request(1), computes(b"anew")) == bytes(30)
    now_s = 60.0
    await answers.once(request(2), computes(bytes(10)))
    assert answers.size_bytes == 10


def test_names_tell_nothing_and_are_not_mixed_up() -> None:
    names = {RepeatableRequest(*parts, bytes(32)).name_digest for parts in (("ab", "c"), ("a", "bc"), ("", "abc"))}
    assert len(names) == 3
    assert all(len(name) == 64 and set(name) <= set("0123456789abcdef") for name in names)
