"""The relay over the real embedded outbox and log of events."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog

from ocr_server.adapters.embedded.sqlite_database import SqliteDatabase
from ocr_server.adapters.embedded.sqlite_events import SqliteEvents
from ocr_server.adapters.embedded.sqlite_outbox import SqliteOutbox
from ocr_server.domain.document import RecognizeOptions
from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.domain.event import Event
from ocr_server.relay import Relay
from ocr_server.wire.events import encode_event
from tests.unit.jobs_server import server

COMPLETED, USAGE = "ocr.document.completed", "ocr.usage.recorded"


class Broker:
    """A real log that may be away, or take no event of some type."""

    def __init__(self, log: SqliteEvents) -> None:
        self._log = log
        self.is_away = False
        self.refuses = ""

    async def publish(self, events: Sequence[Event]) -> None:
        if self.is_away:
            raise DependencyUnavailable("The broker is away.", retry_after_s=0.01)
        if any(event.type.value == self.refuses for event in events):
            raise ValueError("too large")
        await self._log.publish(events)

    async def told(self) -> list[tuple[str, str]]:
        return [(event.attributes["type"], event.attributes["subject"]) async for _, event in self._log.replay()]


@asynccontextmanager
async def broker(folder: Path) -> AsyncIterator[Broker]:
    log = await SqliteEvents.open(folder / "events.sqlite3", encode_event)
    yield Broker(log)
    await log.close()


async def read_some(folder: Path, count: int) -> list[str]:
    """Have jobs read by a server that has no relay, and return their ids."""
    async with server(folder) as s:
        jobs = [await s.jobs.submit("shop-a", f"{n}".encode(), RecognizeOptions()) for n in range(count)]
        for job in jobs:
            async with asyncio.timeout(10):
                _ = [event async for event in s.jobs.watch("shop-a", job.job_id)]
    return [job.job_id for job in jobs]


@asynccontextmanager
async def outbox(folder: Path) -> AsyncIterator[SqliteOutbox]:
    database = await SqliteDatabase.open(folder / "jobs.sqlite3")
    yield SqliteOutbox(database)
    await database.close()


async def test_what_ended_jobs_have_to_tell_is_published_once_and_taken_out(tmp_path: Path) -> None:
    job_ids = await read_some(tmp_path, 3)
    async with outbox(tmp_path) as box, broker(tmp_path) as to:
        relay = Relay(box, to)
        assert await relay.publish_some() == 6
        assert await relay.publish_some() == 0
        assert await to.told() == [(type_, job_id) for job_id in job_ids for type_ in (COMPLETED, USAGE)]


async def test_events_wait_for_a_broker_that_is_away(tmp_path: Path) -> None:
    await read_some(tmp_path, 2)
    async with outbox(tmp_path) as box, broker(tmp_path) as to:
        to.is_away = True
        running = asyncio.create_task(Relay(box, to).run())
        await asyncio.sleep(0.1)
        assert await to.told() == []
        to.is_away = False
        for _ in range(1000):
            if len(await to.told()) == 4:
                break
            await asyncio.sleep(0.01)
        else:
            pytest.fail("events were left waiting")
        running.cancel()
        await asyncio.wait({running})


async def test_a_relay_that_dies_after_publishing_is_repeated_under_the_same_ids(tmp_path: Path) -> None:
    await read_some(tmp_path, 1)
    async with outbox(tmp_path) as box, broker(tmp_path) as to:
        await to.publish(await box.unpublished(limit=10))  # and then it dies
        assert await Relay(box, to).publish_some() == 2
        assert len(await to.told()) == 2


@pytest.mark.parametrize("refused", [COMPLETED, USAGE])
async def test_an_event_that_no_broker_takes_is_logged_and_keeps_nothing_waiting(tmp_path: Path, refused: str) -> None:
    await read_some(tmp_path, 2)
    async with outbox(tmp_path) as box, broker(tmp_path) as to:
        to.refuses = refused
        with structlog.testing.capture_logs() as lines:
            await Relay(box, to).publish_some()
        assert [line["event"] for line in lines] == ["event_unpublishable"] * 2
        assert {type_ for type_, _ in await to.told()} == {COMPLETED, USAGE} - {refused}
        assert await box.unpublished(limit=10) == []
