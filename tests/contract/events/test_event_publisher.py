"""The contract of EventPublisher: durable, in order, at least once, and told apart by the event's id."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from ocr_server.adapters.cloud_events import CloudEvent
from ocr_server.domain.event import Event, EventType, events_of
from ocr_server.domain.job import JobError, JobState
from ocr_server.wire.events import encode_event
from tests.contract.events.fixture_types import EventLog, MakeJob
from tests.unit.grpc_api.domain_values import RECOGNITION


def seen_once(events: Iterable[CloudEvent]) -> list[str]:
    """The ids in the order in which a reader that remembers them sees each first."""
    return list(dict.fromkeys(event.attributes["id"] for event in events))


def completed(events: Iterable[Event]) -> list[str]:
    return [event.event_id for event in events if event.type is EventType.DOCUMENT_COMPLETED]


async def test_a_published_event_can_be_read_with_all_that_it_says(
    event_log: EventLog, make_ended_job: MakeJob, tenant: str
) -> None:
    events = events_of(make_ended_job())
    async with event_log.publisher() as publisher:
        await publisher.publish(events)
    read = {event.attributes["id"]: event for event in await event_log.read(tenant)}
    assert len(read) == len(events) == 2
    for event in events:
        assert read[event.event_id] == CloudEvent(
            {
                "specversion": "1.0",
                "id": event.event_id,
                "source": "/ocr-server",
                "type": event.type.value,
                "subject": event.job.job_id,
                "time": "2026-01-02T03:04:05.679901Z",
                "tenant": tenant,
            },
            event.key,
            encode_event(event),
        )


async def test_a_failed_document_is_told_with_its_reason(
    event_log: EventLog, make_ended_job: MakeJob, tenant: str
) -> None:
    error = JobError("INVALID_IMAGE", "It is truncated.")
    (event,) = events_of(make_ended_job(state=JobState.FAILED, recognition=None, error=error))
    async with event_log.publisher() as publisher:
        await publisher.publish([event])
    (read,) = await event_log.read(tenant)
    assert read.attributes["type"] == "ocr.document.failed"
    assert read.data == encode_event(event)


async def test_events_of_one_key_keep_their_order_over_many_calls(
    event_log: EventLog, make_ended_job: MakeJob, tenant: str
) -> None:
    pictures = [f"{number % 3:064x}" for number in range(60)]
    events = [event for digest in pictures for event in events_of(make_ended_job(image_digest=digest))]
    async with event_log.publisher() as publisher:
        for start in range(0, len(events), 17):
            await publisher.publish(events[start : start + 17])
    read = await event_log.read(tenant)
    assert len(read) == len(events)
    for type_, key in {(event.type, event.key) for event in events}:
        published = [event.event_id for event in events if (event.type, event.key) == (type_, key)]
        assert seen_once(e for e in read if (e.attributes["type"], e.key) == (type_.value, key)) == published


async def test_what_is_published_again_is_seen_once_and_in_its_old_place_by_a_reader_that_remembers_ids(
    event_log: EventLog, make_ended_job: MakeJob, tenant: str
) -> None:
    digest = "c" * 64
    events = [event for _ in range(4) for event in events_of(make_ended_job(image_digest=digest))]
    async with event_log.publisher() as publisher:
        await publisher.publish(events[:4])
    async with event_log.publisher() as publisher:  # another process, which does not know how far the first one came
        await publisher.publish(events)
        await publisher.publish(events)
    read = [event for event in await event_log.read(tenant) if event.key == f"{tenant}/{digest}"]
    assert seen_once(read) == completed(events)


async def test_an_event_made_again_from_the_same_job_is_the_same(
    event_log: EventLog, make_ended_job: MakeJob, tenant: str
) -> None:
    job = make_ended_job()
    async with event_log.publisher() as publisher:
        await publisher.publish([*events_of(job), *events_of(replace(job))])
    assert len(seen_once(await event_log.read(tenant))) == 2


async def test_tenants_are_told_apart_also_where_they_send_the_same_picture(
    event_log: EventLog, make_ended_job: MakeJob, tenant: str
) -> None:
    ours, theirs = make_ended_job(image_digest="d" * 64), make_ended_job(image_digest="d" * 64, tenant=tenant + "-b")
    async with event_log.publisher() as publisher:
        await publisher.publish([*events_of(ours), *events_of(theirs)])
    assert {event.attributes["subject"] for event in await event_log.read(tenant)} == {ours.job_id}
    assert {event.attributes["subject"] for event in await event_log.read(tenant + "-b")} == {theirs.job_id}
    assert {event.key for event in events_of(ours)}.isdisjoint(event.key for event in events_of(theirs))


async def test_an_event_that_is_too_large_is_refused_and_nothing_beside_it_is_published(
    event_log: EventLog, make_ended_job: MakeJob, tenant: str
) -> None:
    large = replace(make_ended_job(), state=JobState.FAILED, error=JobError("INTERNAL", "x" * 1_000_000))
    fine = events_of(make_ended_job())
    async with event_log.publisher() as publisher:
        with pytest.raises(ValueError, match="bytes"):
            await publisher.publish([*fine, *events_of(large)])
        assert await event_log.read(tenant) == []
        await publisher.publish(fine)
    assert len(await event_log.read(tenant)) == len(fine)


async def test_nothing_to_publish_is_no_error(event_log: EventLog) -> None:
    async with event_log.publisher() as publisher:
        await publisher.publish([])


async def test_a_document_of_many_pages_fits_into_its_event(
    event_log: EventLog, make_ended_job: MakeJob, tenant: str
) -> None:
    page = replace(RECOGNITION.document.pages[0], lines=RECOGNITION.document.pages[0].lines * 2000)
    pages = tuple(replace(page, page_number=number) for number in range(1, 31))
    recognition = replace(RECOGNITION, document=replace(RECOGNITION.document, pages=pages))
    async with event_log.publisher() as publisher:
        await publisher.publish(events_of(make_ended_job(recognition=recognition)))
    assert len(await event_log.read(tenant)) == 2
