"""When the models are asked for their versions again, and when what they say is believed."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from ocr_server import fresh_versions
from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.fresh_versions import FreshVersions


class Models:
    def __init__(self) -> None:
        self.asked = 0
        self.are_there = True
        self.answer = asyncio.Event()
        self.answer.set()

    async def ask(self) -> None:
        self.asked += 1
        await self.answer.wait()
        if not self.are_there:
            raise DependencyUnavailable("Triton cannot be reached.")


@pytest.fixture
def models() -> Models:
    return Models()


@pytest.fixture
async def fresh(models: Models, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FreshVersions]:
    monkeypatch.setattr(fresh_versions, "_GOOD_FOR_S", 0.4)
    monkeypatch.setattr(fresh_versions, "_ASK_AGAIN_AFTER_S", 0.2)
    opened = FreshVersions(models.ask)
    yield opened
    await opened.close()


async def test_nobody_is_asked_before_it_is_time(fresh: FreshVersions, models: Models) -> None:
    assert await fresh.known()
    assert models.asked == 0


async def test_they_are_asked_before_it_is_over_and_nobody_waits(fresh: FreshVersions, models: Models) -> None:
    await asyncio.sleep(0.25)
    models.answer.clear()
    assert await fresh.known()
    await asyncio.sleep(0)
    assert models.asked == 1
    assert await fresh.known()
    assert models.asked == 1, "once is enough"


async def test_after_a_pause_they_are_asked_first(fresh: FreshVersions, models: Models) -> None:
    await asyncio.sleep(0.5)
    assert await fresh.known()
    assert models.asked == 1


async def test_who_does_not_answer_is_not_waited_for(fresh: FreshVersions, models: Models) -> None:
    models.answer.clear()
    await asyncio.sleep(0.5)
    started_s = time.perf_counter()
    assert not await fresh.known()
    assert time.perf_counter() - started_s < 0.15
    models.answer.set()  # what comes late counts from when it was asked for
    await asyncio.sleep(0.01)
    assert await fresh.known()
    assert models.asked == 1


async def test_who_cannot_be_asked_is_not_believed_until_they_answer(fresh: FreshVersions, models: Models) -> None:
    models.are_there = False
    await asyncio.sleep(0.5)
    assert not await fresh.known()
    models.are_there = True
    assert await fresh.known()
    assert models.asked == 2
