"""Which events an ended job gives."""

import uuid
from dataclasses import replace

import pytest

from ocr_server.domain.event import EventType, events_of
from ocr_server.domain.job import Job, JobError, JobState
from tests.unit.grpc_api.domain_values import AT, QUEUED, RECOGNITION

SUCCEEDED = replace(QUEUED, state=JobState.SUCCEEDED, ended_at=AT, recognition=RECOGNITION)
FAILED = replace(QUEUED, state=JobState.FAILED, ended_at=AT, error=JobError("INVALID_IMAGE", "It is truncated."))
CANCELLED = replace(QUEUED, state=JobState.CANCELLED, ended_at=AT)


def types_of(job: Job) -> list[EventType]:
    return [event.type for event in events_of(job)]


def test_a_job_that_succeeded_completes_a_document_and_uses_the_server() -> None:
    assert types_of(SUCCEEDED) == [EventType.DOCUMENT_COMPLETED, EventType.USAGE_RECORDED]


def test_a_job_that_failed_is_told_and_not_charged_for() -> None:
    assert types_of(FAILED) == [EventType.DOCUMENT_FAILED]


def test_of_a_cancelled_job_nothing_is_told() -> None:
    assert types_of(CANCELLED) == []


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING])
def test_a_job_that_has_not_ended_gives_no_events(state: JobState) -> None:
    with pytest.raises(ValueError, match="has not ended"):
        events_of(replace(QUEUED, state=state))


def test_ids_come_from_the_job_and_the_type_alone() -> None:
    ids = [event.event_id for event in events_of(SUCCEEDED)]
    again = [event.event_id for event in events_of(replace(SUCCEEDED, attempt=3))]
    other = [event.event_id for event in events_of(replace(SUCCEEDED, job_id=str(uuid.UUID(int=1))))]
    assert ids == again
    assert len({*ids, *other}) == 4
    # What readers have remembered must stay valid: these never change.
    assert ids == [
        str(uuid.uuid5(uuid.UUID(QUEUED.job_id), name)) for name in ("ocr.document.completed", "ocr.usage.recorded")
    ]


def test_readings_of_one_picture_share_a_key_and_tenants_never_do() -> None:
    first, second = events_of(SUCCEEDED)[0], events_of(replace(FAILED, job_id=str(uuid.UUID(int=1))))[0]
    elsewhere = events_of(replace(SUCCEEDED, tenant="another"))[0]
    assert first.key == second.key != elsewhere.key
