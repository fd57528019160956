"""What is read once and what is read again."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from ocr_server.adapters.embedded.memory_cache import MemoryCache
from ocr_server.domain.barcode import Barcode, Symbology
from ocr_server.domain.document import (
    Document,
    DocumentType,
    Engine,
    Line,
    Page,
    Recognition,
    RecognizeOptions,
    StageTiming,
    Timing,
)
from ocr_server.domain.errors import DeadlineExceeded, DependencyUnavailable, EngineUnavailable
from ocr_server.domain.geometry import Polygon
from ocr_server.domain.progress import BarcodesRead, FieldsFound, LinesRead
from ocr_server.domain.receipt import Receipt
from ocr_server.fresh_versions import FreshVersions
from ocr_server.known_results import KnownResults, as_new_answer, as_progress

OPTIONS = RecognizeOptions()
BOX = Polygon.from_box(0, 0, 10, 5)
LINE = Line("text", 0.9, 0.8, BOX, (), Engine.TROCR)
DOCUMENT = Document(
    "an-id",
    DocumentType.RECEIPT,
    pages=(Page(1, 10, 10, 0.0, (LINE,)), Page(2, 10, 10, 0.0, ()), Page(3, 10, 10, 0.0, (LINE, LINE))),
    barcodes=tuple(Barcode(Symbology.EAN_13, text, b"", BOX, page) for text, page in (("a", 1), ("b", 2), ("c", 2))),
    fields=Receipt(),
)


class Reading:
    """A reader whose models, and whatever else it does, the tests set."""

    def __init__(self, *, max_waiting: int = 2) -> None:
        self.versions = "trocr:1"
        self.versions_asked: list[str] = []
        self.is_triton_there = True
        self.reads = 0
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.fails_with: Exception | None = None
        self.sources: Counter[str] = Counter()
        self.fresh = FreshVersions(self.ask)
        self.known = KnownResults(
            MemoryCache(ttl_s=60, max_bytes=2**20),
            versions=lambda options: self.versions,
            fresh=self.fresh,
            reading_version="17",
            max_waiting=max_waiting,
            observe=lambda source: self.sources.update([source]),
        )

    async def ask(self) -> None:
        if not self.is_triton_there:
            raise DependencyUnavailable("Triton cannot be reached.")

    async def read_anew(self) -> Recognition:
        self.reads += 1
        await self.may_end.wait()
        if self.fails_with:
            raise self.fails_with
        return Recognition(DOCUMENT, Timing(1.0, 0.5, (StageTiming("decode", 0.1),)), self.versions)

    async def read(
        self, tenant: str = "shop-a", content: bytes = b"image", options: RecognizeOptions = OPTIONS
    ) -> Recognition:
        recognition, _ = await self.known.read(tenant, content, options, self.read_anew)
        return recognition

    async def close(self) -> None:
        await self.known.close()
        await self.fresh.close()


@pytest.fixture
async def reading() -> AsyncIterator[Reading]:
    opened = Reading()
    yield opened
    await opened.close()


async def settle() -> None:
    """Let what can go on go on: hashing has its own threads."""
    await asyncio.sleep(0.1)


async def test_the_same_again_is_not_read_again(reading: Reading) -> None:
    first = await reading.read()
    assert await reading.read() == first
    await settle()
    assert await reading.known.read("shop-a", b"image", OPTIONS, reading.read_anew) == (first, True)
    assert reading.reads == 1
    assert reading.sources.total() == 3
    assert reading.sources["reading"] == 1


async def test_other_tenants_images_and_options_are(reading: Reading) -> None:
    await reading.read()
    await reading.read(tenant="shop-b")
    await reading.read(content=b"other image")
    await reading.read(options=RecognizeOptions(Engine.FAST))
    assert reading.reads == 4


async def test_after_a_swap_of_models_everything_is_read_again(reading: Reading) -> None:
    await reading.read()
    await settle()
    reading.versions = "trocr:2"
    assert (await reading.read()).model_versions == "trocr:2"
    await settle()
    reading.versions = "trocr:1"  # rolled back: what it has read before is true again
    assert (await reading.read()).model_versions == "trocr:1"
    assert reading.reads == 2


async def test_what_was_read_during_a_swap_is_not_kept(reading: Reading) -> None:
    reading.may_end.clear()
    during = asyncio.create_task(reading.read())
    await settle()
    reading.versions = "trocr:2"
    reading.may_end.set()
    assert (await during).model_versions == "trocr:2"
    await settle()
    await reading.read()
    reading.versions = "trocr:1"
    await reading.read()
    assert reading.reads == 3


async def test_while_nobody_can_tell_the_versions_nothing_is_believed(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reading.read()
    await settle()
    monkeypatch.setattr("ocr_server.fresh_versions._GOOD_FOR_S", 0.0)
    monkeypatch.setattr("ocr_server.fresh_versions._ASK_AGAIN_AFTER_S", 0.0)
    reading.is_triton_there = False
    await reading.read()
    assert reading.reads == 2
    monkeypatch.undo()
    await reading.read()
    assert reading.reads == 2


async def test_two_at_once_are_read_once(reading: Reading) -> None:
    reading.may_end.clear()
    calls = [asyncio.create_task(reading.read()) for _ in range(3)]
    await settle()
    reading.may_end.set()
    first, *others = await asyncio.gather(*calls)
    assert others == [first, first]
    assert reading.reads == 1
    assert reading.sources == {"reading": 1, "other_call": 2}


async def test_no_more_wait_for_another_call_than_may(reading: Reading) -> None:
    reading.may_end.clear()
    calls = [asyncio.create_task(reading.read()) for _ in range(5)]
    await settle()
    assert reading.reads == 3, "one reads, two wait for it, two more read for themselves"
    reading.may_end.set()
    await asyncio.gather(*calls)


async def test_when_the_one_that_reads_is_cancelled_the_others_read_for_themselves(reading: Reading) -> None:
    reading.may_end.clear()
    first, second, third = (asyncio.create_task(reading.read()) for _ in range(3))
    await settle()
    first.cancel()
    await settle()
    reading.may_end.set()
    assert (await second).document == (await third).document == DOCUMENT
    assert first.cancelled()
    assert reading.reads == 3
    await settle()
    await reading.read()
    assert reading.reads == 3, "and what they have read is known"


async def test_who_waits_and_goes_disturbs_nobody(reading: Reading) -> None:
    reading.may_end.clear()
    first, second = asyncio.create_task(reading.read()), asyncio.create_task(reading.read())
    await settle()
    second.cancel()
    await settle()
    assert second.cancelled()
    reading.may_end.set()
    assert (await first).document == DOCUMENT
    third = await reading.read()
    assert (third.document, reading.reads) == (DOCUMENT, 1)


async def test_a_failure_is_its_own_calls_and_not_kept(reading: Reading) -> None:
    reading.fails_with = DeadlineExceeded("too late")
    reading.may_end.clear()
    first, second = asyncio.create_task(reading.read()), asyncio.create_task(reading.read())
    await settle()
    reading.may_end.set()
    for call in (first, second):
        with pytest.raises(DeadlineExceeded):
            await call
    assert reading.reads == 2
    reading.fails_with = None
    assert (await reading.read()).document == DOCUMENT


async def test_an_engine_that_does_not_run_here_is_an_error_as_ever(reading: Reading) -> None:
    def versions(options: RecognizeOptions) -> str:
        raise EngineUnavailable("It does not run here.")

    known = KnownResults(
        MemoryCache(ttl_s=60, max_bytes=2**20),
        versions=versions,
        fresh=reading.fresh,
        reading_version="17",
        max_waiting=1,
        observe=lambda source: None,
    )
    with pytest.raises(EngineUnavailable):
        await known.read("shop-a", b"image", OPTIONS, reading.read_anew)


def test_a_known_result_is_a_new_document_that_took_its_own_time() -> None:
    known = Recognition(DOCUMENT, Timing(1.0, 0.5, (StageTiming("decode", 0.1),)), "trocr:1")
    answer = as_new_answer(known, 0.002)
    assert answer.timing == Timing(0.002, 0.0, ())
    assert answer.document.document_id != "an-id"
    assert replace(answer.document, document_id="an-id") == DOCUMENT
    assert answer.model_versions == "trocr:1"


def test_a_known_result_is_told_as_if_it_were_found_now() -> None:
    told = list(as_progress(Recognition(DOCUMENT, Timing(1.0, 0.5, ()), "trocr:1")))
    assert [type(event) for event in told] == [LinesRead, LinesRead, BarcodesRead, BarcodesRead, FieldsFound]
    assert [len(event.lines) for event in told if isinstance(event, LinesRead)] == [1, 2]
    assert [len(event.barcodes) for event in told if isinstance(event, BarcodesRead)] == [1, 2]
