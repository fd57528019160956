"""What only a broker can do: be killed, come back, forget; and how CloudEvents look in Kafka."""

import asyncio
import random
from pathlib import Path

import pytest

from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.domain.event import Event, events_of
from ocr_server.domain.job import Job
from ocr_server.ports import EventPublisher
from ocr_server.stack.kafka_process import run_kafka
from ocr_server.wire.events import encode_event
from tests.contract.events.fixture_types import MakeJob
from tests.contract.events.kafka_log import KafkaLog
from tests.kafka_fixture import ENVIRONMENT


async def insist(publisher: EventPublisher, events: list[Event]) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                return await publisher.publish(events)
            except DependencyUnavailable as error:
                await asyncio.sleep(min(error.retry_after_s, 0.2))


async def test_an_event_is_a_cloud_event_in_binary_mode(
    kafka_log: KafkaLog, make_ended_job: MakeJob, tenant: str
) -> None:
    event, _ = events_of(make_ended_job())
    async with kafka_log.publisher() as publisher:
        await publisher.publish([event])
    (record,) = [record for record in await kafka_log.records() if record.key == event.key.encode()]
    assert record.topic == "ocr.document.completed"
    assert dict(record.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": event.event_id.encode(),
        "ce_source": b"/ocr-server",
        "ce_type": b"ocr.document.completed",
        "ce_subject": event.job.job_id.encode(),
        "ce_time": b"2026-01-02T03:04:05.679901Z",
        "ce_tenant": tenant.encode(),
        "content-type": b"application/protobuf",
    }
    assert len(record.headers) == 8
    assert record.value == encode_event(event)


async def test_nothing_acknowledged_is_lost_and_order_is_kept_while_the_broker_is_killed_again_and_again(
    make_ended_job: MakeJob, tenant: str
) -> None:
    events = [event for number in range(150) for event in events_of(make_ended_job(image_digest=f"{number % 3:064x}"))]
    pauses = random.Random(7)
    async with run_kafka(ENVIRONMENT) as broker:
        log = KafkaLog(broker.bootstrap)
        async with log.publisher() as publisher:  # the same one all the time
            publishing = asyncio.create_task(publish_all(publisher, events))
            for _ in range(3):
                await asyncio.sleep(pauses.uniform(0.3, 1.0))
                await broker.kill()
                await asyncio.sleep(pauses.uniform(0.1, 0.5))
                await broker.start()
            await publishing
        read = await log.read(tenant)
    for key in {event.key for event in events}:
        published = [event.event_id for event in events if event.key == key]
        assert list(dict.fromkeys(event.attributes["id"] for event in read if event.key == key)) == published


async def publish_all(publisher: EventPublisher, events: list[Event]) -> None:
    for start in range(0, len(events), 4):
        await insist(publisher, events[start : start + 4])
        await asyncio.sleep(0.02)


async def test_a_publisher_may_be_there_before_the_broker(make_ended_job: MakeJob, tenant: str) -> None:
    events = list(events_of(make_ended_job()))
    async with run_kafka(ENVIRONMENT) as broker:
        await broker.kill()
        log = KafkaLog(broker.bootstrap)
        async with log.publisher() as publisher:
            with pytest.raises(DependencyUnavailable):
                await publisher.publish(events)
            await broker.start()
            await insist(publisher, events)
        assert len(await log.read(tenant)) == len(events)


async def test_what_is_under_way_when_time_is_up_is_not_sent_twice(
    make_ended_job: MakeJob, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocr_server.adapters.production.kafka_events._PUBLISH_TIMEOUT_S", 1.0)
    first, later = (list(events_of(job)) for job in two_readings_of_one_picture(make_ended_job))
    async with run_kafka(ENVIRONMENT) as broker:
        log = KafkaLog(broker.bootstrap)
        async with log.publisher() as publisher:
            await publisher.publish(list(events_of(make_ended_job())))
            await broker.kill()
            for _ in range(2):
                with pytest.raises(DependencyUnavailable):
                    await publisher.publish(first)
            monkeypatch.undo()
            publishing = asyncio.create_task(publisher.publish(first + later))
            await asyncio.sleep(0.1)
            await broker.start()
            await publishing
        ids = [event.attributes["id"] for event in await log.read(tenant) if event.key == first[0].key]
    assert ids == [first[0].event_id, later[0].event_id]


def two_readings_of_one_picture(make_ended_job: MakeJob) -> tuple[Job, Job]:
    return make_ended_job(image_digest="e" * 64), make_ended_job(image_digest="e" * 64)


async def test_a_broker_that_has_forgotten_everything_is_found_again(
    make_ended_job: MakeJob, tenant: str, tmp_path: Path
) -> None:
    async with run_kafka(ENVIRONMENT, data_dir=tmp_path) as broker:
        log = KafkaLog(broker.bootstrap)
        async with log.publisher() as publisher:
            await publisher.publish(events_of(make_ended_job()))
            await broker.kill()
            for file in (tmp_path / "objects").iterdir():
                file.unlink()
            await broker.start()
            events = list(events_of(make_ended_job()))
            await insist(publisher, events)
        assert {event.attributes["id"] for event in await log.read(tenant)} == {event.event_id for event in events}


async def test_closing_does_not_wait_for_a_broker_that_is_gone(make_ended_job: MakeJob) -> None:
    async with (
        run_kafka(ENVIRONMENT) as broker,
        asyncio.timeout(15),
        KafkaLog(broker.bootstrap).publisher() as publisher,
    ):
        await publisher.publish(events_of(make_ended_job()))
        await broker.kill()
        publishing = asyncio.create_task(publisher.publish(events_of(make_ended_job())))
        await asyncio.sleep(0.2)
        publishing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await publishing
