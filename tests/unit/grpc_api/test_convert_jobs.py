"""Jobs out: times keep their instant, an outcome fits its state."""

import dataclasses
from datetime import UTC, datetime, timedelta, timezone

import pytest
from google.rpc.code_pb2 import Code
from hypothesis import given
from hypothesis import strategies as st

from ocr_server._pb.ocr.v1 import job_pb2
from ocr_server.domain.job import Job, JobError, JobEvent, JobState
from ocr_server.domain.progress import Stage, StageProgress
from ocr_server.grpc_api import convert
from tests.unit.grpc_api.domain_values import AT, JOB_ID, QUEUED, RECOGNITION, as_json

FAILURE = JobError("INVALID_IMAGE", "The image is damaged.")
SUCCEEDED = dataclasses.replace(QUEUED, state=JobState.SUCCEEDED, recognition=RECOGNITION, attempt=1)
FAILED = dataclasses.replace(QUEUED, state=JobState.FAILED, error=FAILURE, attempt=1)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.integers(-12, 14))
def test_times_of_a_job_keep_their_instant(naive: datetime, offset_hours: int) -> None:
    at = naive.replace(tzinfo=timezone(timedelta(hours=offset_hours)))
    job = convert.job_to_pb(dataclasses.replace(QUEUED, created_at=at))
    assert job.create_time.ToDatetime(UTC) == at


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        convert.job_to_pb(dataclasses.replace(QUEUED, created_at=AT.replace(tzinfo=None)))


def test_a_queued_job_has_no_start_no_end_and_no_outcome() -> None:
    assert as_json(convert.job_to_pb(QUEUED)) == {
        "job_id": JOB_ID,
        "state": "QUEUED",
        "options": {},
        "image_sha256": "ab" * 32,
        "create_time": "2024-05-17T12:30:15.250Z",
    }


def test_an_ended_job_carries_its_result_or_its_error() -> None:
    started, ended = AT + timedelta(seconds=1), AT + timedelta(seconds=3)
    done = convert.job_to_pb(dataclasses.replace(SUCCEEDED, started_at=started, ended_at=ended))
    assert (done.start_time.ToDatetime(UTC), done.end_time.ToDatetime(UTC), done.attempt) == (started, ended, 1)
    assert done.response == convert.recognition_to_pb(RECOGNITION)
    failed = convert.job_to_pb(FAILED)
    assert (failed.state, failed.error.message) == (job_pb2.Job.FAILED, "The image is damaged.")
    assert not failed.HasField("response")


def test_a_listed_job_comes_without_its_result() -> None:
    assert not convert.job_to_pb(SUCCEEDED, with_response=False).HasField("response")
    stored_without = dataclasses.replace(SUCCEEDED, recognition=None)
    assert convert.job_to_pb(stored_without, with_response=False).state == job_pb2.Job.SUCCEEDED


@pytest.mark.parametrize(
    "job",
    [
        dataclasses.replace(SUCCEEDED, recognition=None),
        dataclasses.replace(FAILED, error=None),
        dataclasses.replace(QUEUED, recognition=RECOGNITION),
        dataclasses.replace(SUCCEEDED, error=FAILURE),
    ],
)
def test_a_job_that_contradicts_itself_is_refused(job: Job) -> None:
    with pytest.raises(ValueError, match=f"job {JOB_ID} is"):
        convert.job_to_pb(job)


def test_a_job_event_tells_progress_or_the_end() -> None:
    running = JobEvent(JOB_ID, 2, AT, JobState.RUNNING, StageProgress(Stage.DECODE, 0.125))
    assert as_json(convert.job_event_to_pb(running)) == {
        "job_id": JOB_ID,
        "seq": "2",
        "time": "2024-05-17T12:30:15.250Z",
        "state": "RUNNING",
        "progress": {"stage": "STAGE_DECODE", "fraction": 0.125},
    }
    failed = convert.job_event_to_pb(JobEvent(JOB_ID, 3, AT, JobState.FAILED), FAILURE)
    assert (failed.state, failed.error.code) == (job_pb2.Job.FAILED, Code.INVALID_ARGUMENT)
    assert not failed.HasField("progress")


@pytest.mark.parametrize(("state", "error"), [(JobState.FAILED, None), (JobState.SUCCEEDED, FAILURE)])
def test_a_job_event_that_contradicts_itself_is_refused(state: JobState, error: JobError | None) -> None:
    with pytest.raises(ValueError, match="event 3 of job"):
        convert.job_event_to_pb(JobEvent(JOB_ID, 3, AT, state), error)
