"""How much the cache in memory keeps, and what it lets go."""

from dataclasses import replace

import pytest

from ocr_server.adapters.cache_entry import pack
from ocr_server.adapters.embedded.memory_cache import MemoryCache
from ocr_server.domain.document import Document, DocumentType, Recognition, RecognizeOptions, Timing
from ocr_server.ports import ResultKey

RESULT = Recognition(Document("an-id", DocumentType.UNKNOWN, ()), Timing(1.0, 0.0, ()), "trocr:1")
KEYS = [ResultKey("shop-a", f"{number:064x}", RecognizeOptions(), "trocr:1", "17") for number in range(5)]
ENTRY_BYTES = len(pack(KEYS[0], RESULT) or b"")


async def known(cache: MemoryCache) -> list[int]:
    return [number for number, key in enumerate(KEYS) if await cache.get(key)]


async def test_what_was_asked_for_least_recently_goes_first() -> None:
    cache = MemoryCache(ttl_s=60, max_bytes=3 * ENTRY_BYTES)
    for key in KEYS[:3]:
        await cache.put(key, RESULT)
    assert await cache.get(KEYS[0])
    for key in KEYS[3:]:
        await cache.put(key, RESULT)
    assert await known(cache) == [0, 3, 4]
    assert cache.size_bytes == 3 * ENTRY_BYTES


async def test_a_result_that_is_put_again_takes_its_room_once() -> None:
    cache = MemoryCache(ttl_s=60, max_bytes=3 * ENTRY_BYTES)
    for _ in range(4):
        await cache.put(KEYS[0], RESULT)
    assert cache.size_bytes == ENTRY_BYTES


@pytest.mark.parametrize("max_bytes", [0, ENTRY_BYTES - 1])
async def test_there_may_be_no_room_at_all(max_bytes: int) -> None:
    cache = MemoryCache(ttl_s=60, max_bytes=max_bytes)
    await cache.put(KEYS[0], RESULT)
    assert await cache.get(KEYS[0]) is None
    assert cache.size_bytes == 0


async def test_what_is_over_is_gone_with_the_next_result() -> None:
    now_s = 0.0
    cache = MemoryCache(ttl_s=60, max_bytes=2**20, clock=lambda: now_s)
    for key in KEYS[:2]:
        await cache.put(key, RESULT)
    now_s = 30.0
    await cache.put(KEYS[2], RESULT)
    now_s = 59.9
    assert await known(cache) == [0, 1, 2]
    now_s = 60.0
    assert await known(cache) == [2]
    await cache.put(KEYS[3], replace(RESULT, model_versions="trocr:2"))
    assert await known(cache) == [2, 3]
    assert cache.size_bytes < 3 * ENTRY_BYTES


async def test_what_is_over_comes_back_when_it_is_put_again() -> None:
    now_s = 0.0
    cache = MemoryCache(ttl_s=60, max_bytes=2**20, clock=lambda: now_s)
    await cache.put(KEYS[0], RESULT)
    now_s = 60.0
    await cache.put(KEYS[0], RESULT)
    assert await known(cache) == [0]
    assert cache.size_bytes == ENTRY_BYTES
