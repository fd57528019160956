"""What every result cache does."""

import asyncio
import random
import uuid
import zlib
from dataclasses import replace

import pytest

from ocr_server.adapters import cache_entry
from ocr_server.domain.document import DocumentType, Engine, Recognition, RecognizeOptions
from ocr_server.ports import ResultCache, ResultKey
from tests.contract.cache.conftest import OpenCache


@pytest.fixture
def key() -> ResultKey:
    """Of an image that no other test has."""
    return ResultKey(
        tenant="shop-a",
        image_sha256=uuid.uuid4().hex * 2,
        options=RecognizeOptions(Engine.FAST, DocumentType.RECEIPT, ("de", "en")),
        model_versions="line_detector:1-0a1b trocr:1-2c3d",
        reading_version="17",
    )


async def test_a_result_comes_back_as_it_was(cache: ResultCache, key: ResultKey, recognition: Recognition) -> None:
    assert await cache.get(key) is None
    await cache.put(key, recognition)
    assert await cache.get(replace(key)) == recognition
    assert await cache.get(key) == recognition, "it is given more than once"


@pytest.mark.parametrize(
    "change",
    [
        {"tenant": "shop-b"},
        {"tenant": ""},
        {"image_sha256": "0" * 64},
        {"options": RecognizeOptions(Engine.FAST, DocumentType.RECEIPT, ("en", "de"))},
        {"options": RecognizeOptions(Engine.FAST, DocumentType.RECEIPT, ("de",))},
        {"options": RecognizeOptions(Engine.FAST, DocumentType.UNKNOWN, ("de", "en"))},
        {"options": RecognizeOptions(Engine.BALANCED, DocumentType.RECEIPT, ("de", "en"))},
        {"options": RecognizeOptions(Engine.FAST, DocumentType.RECEIPT, ("de", "en"), barcodes_only=True)},
        {"model_versions": "line_detector:1-0a1b trocr:2-2c3d"},
        {"reading_version": "18"},
    ],
    ids=lambda change: repr(change).removeprefix("{")[:60],
)
async def test_where_anything_differs_there_is_nothing(
    cache: ResultCache, key: ResultKey, recognition: Recognition, change: dict[str, object]
) -> None:
    await cache.put(key, recognition)
    assert await cache.get(replace(key, **change)) is None  # type: ignore[arg-type]


async def test_no_two_keys_are_taken_for_one_by_how_their_parts_meet(
    cache: ResultCache, key: ResultKey, recognition: Recognition
) -> None:
    await cache.put(replace(key, tenant="ab", model_versions="c"), recognition)
    assert await cache.get(replace(key, tenant="a", model_versions="bc")) is None


async def test_the_last_result_stands(cache: ResultCache, key: ResultKey, recognition: Recognition) -> None:
    other = replace(recognition, model_versions="others")
    await cache.put(key, other)
    await cache.put(key, recognition)
    assert await cache.get(key) == recognition


async def test_a_result_is_forgotten_when_its_time_is_over(
    open_cache: OpenCache, key: ResultKey, recognition: Recognition
) -> None:
    async with open_cache(ttl_s=0.3) as cache:
        await cache.put(key, recognition)
        assert await cache.get(key) == recognition
        await asyncio.sleep(0.35)
        assert await cache.get(key) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda entry: entry[:-1],
        lambda entry: entry[: len(entry) // 2],
        lambda entry: entry[:-10] + bytes([entry[-10] ^ 1]) + entry[-9:],
        lambda entry: entry[:64],
        lambda entry: b"?" + entry[1:],
        lambda entry: entry[:64] + b"not compressed",
        lambda entry: entry[:64] + zlib.compress(b'[{"document": "of another form"}]'),
        lambda entry: entry[:64] + zlib.compress(b"\xff\xfe"),
        lambda entry: entry[:64] + zlib.compress(bytes(2**25)),
    ],
    ids=["cut", "halved", "a bit", "head only", "key", "garbage", "other form", "no text", "bomb"],
)
async def test_what_cannot_be_understood_is_not_there(
    cache: ResultCache,
    key: ResultKey,
    recognition: Recognition,
    damage: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = cache_entry.pack(key, recognition)
    assert entry is not None
    monkeypatch.setattr(f"{type(cache).__module__}.pack", lambda key, recognition: damage(entry))  # type: ignore[operator]
    await cache.put(key, recognition)
    assert await cache.get(key) is None
    monkeypatch.undo()
    await cache.put(key, recognition)
    assert await cache.get(key) == recognition, "it is replaced by one that can"


async def test_an_entry_of_one_key_is_nothing_to_another(key: ResultKey, recognition: Recognition) -> None:
    entry = cache_entry.pack(key, recognition)
    assert entry is not None
    assert cache_entry.unpack(key, entry) == recognition
    assert cache_entry.unpack(replace(key, tenant="shop-b"), entry) is None


async def test_a_result_that_is_too_large_is_left_out(
    cache: ResultCache, key: ResultKey, recognition: Recognition
) -> None:
    text = "".join(map(chr, random.Random(1).choices(range(0x4E00, 0xA000), k=800_000)))  # hardly to be compressed
    await cache.put(key, replace(recognition, model_versions=text))
    assert await cache.get(key) is None


async def test_text_that_is_not_unicode_is_left_out(
    cache: ResultCache, key: ResultKey, recognition: Recognition
) -> None:
    await cache.put(key, replace(recognition, model_versions="\ud800"))
    assert await cache.get(key) is None
