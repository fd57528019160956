"""What the judge makes of evidence: of what is as it should be, and of each way in which it may not be."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from ocr_server._pb.ocr.v1.job_pb2 import Job
from ocr_server.adapters.cloud_events import CloudEvent
from tests.chaos.clients import Seen
from tests.chaos.judge import Evidence, Verdict, judge
from tests.chaos.labels import Fate, text_of
from tests.chaos.plan import Item, Plan, Submission


@dataclass
class Case:
    """A job that was read, one that could not be decoded, and one that killed three workers."""

    seen: Seen = field(default_factory=Seen)
    rows: list[dict[str, Any]] = field(default_factory=list)
    events: list[CloudEvent] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.add(0, Fate.READ, "succeeded", documents=1, recognition=json.dumps([text_of(0)]))
        self.add(1, Fate.DAMAGED, "failed", error_reason="INVALID_IMAGE")
        self.add(2, Fate.POISON, "failed", error_reason="ATTEMPTS_EXHAUSTED", is_dead_letter=True, faults=3)

    def add(self, number: int, fate: Fate, state: str, **columns: object) -> None:
        job, request = f"job-{number}", f"request-{number}"
        self.submissions.append(Submission("north", request, 0.0, (Item(number, fate),)))
        row = {"job_id": job, "request_id": request, "tenant": "north", "state": state, "faults": 0}
        row |= {"error_reason": None, "is_dead_letter": False, "recognition": None, "documents": 0, "seqs": [1, 2, 3]}
        self.rows.append(row | columns)
        self.seen.job_ids[request] = [(job,)]
        self.seen.ends[job] = Job.State.Value(state.upper())
        self.publish(job, f"ocr.document.{'completed' if state == 'succeeded' else 'failed'}")
        if state == "succeeded":
            self.publish(job, "ocr.usage.recorded")

    def publish(self, job: str, type_: str, event_id: str = "") -> None:
        self.events.append(CloudEvent({"id": event_id or f"{job}/{type_}", "type": type_, "subject": job}, "", b""))

    def judged(self) -> Verdict:
        return judge(Plan(self.submissions, []), self.seen, Evidence(self.rows, self.events))


def test_what_is_as_it_should_be_has_no_faults() -> None:
    case = Case()
    case.events *= 2  # at least once: the same ids again are no fault
    assert case.judged() == Verdict([], [], [], [], [])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda case: case.rows.pop(),
        lambda case: case.events.pop(),
        lambda case: case.events.pop(0),
        lambda case: case.rows[0].update(documents=0),
        lambda case: case.rows[0].update(state="running"),
        lambda case: case.rows[1].update(error_reason=None),
        lambda case: case.rows[1].update(seqs=[1, 3]),
        lambda case: case.seen.ends.pop("job-0"),
        lambda case: case.seen.job_ids.pop("request-0"),
    ],
)
def test_a_job_or_what_belongs_to_its_end_is_missed(spoil: Callable[[Case], object]) -> None:
    case = Case()
    spoil(case)
    assert case.judged().lost


@pytest.mark.parametrize(
    "spoil",
    [
        lambda case: case.rows[0].update(request_id="another"),
        lambda case: case.rows[0].update(tenant="south"),
        lambda case: case.rows[0].update(recognition=json.dumps([text_of(1)])),
        lambda case: case.rows[0].update(state="cancelled"),
        lambda case: case.rows[2].update(state="succeeded"),
        lambda case: case.rows[2].update(is_dead_letter=False),
        lambda case: case.rows[2].update(faults=2),
        lambda case: case.rows[1].update(documents=1),
        lambda case: case.seen.cancelled.add("job-0"),
        lambda case: case.publish("job-0", "ocr.document.failed"),
        lambda case: case.publish("job-9", "ocr.document.completed"),
    ],
)
def test_what_nobody_asked_for_is_found(spoil: Callable[[Case], object]) -> None:
    case = Case()
    spoil(case)
    assert case.judged().phantom


@pytest.mark.parametrize(
    "spoil",
    [
        lambda case: case.rows.append(case.rows[0] | {"job_id": "job-9"}),
        lambda case: case.rows[0].update(documents=2),
        lambda case: case.seen.job_ids["request-0"].append(("job-9",)),
        lambda case: case.publish("job-0", "ocr.document.completed", "another id"),
    ],
)
def test_what_was_done_twice_is_found(spoil: Callable[[Case], object]) -> None:
    case = Case()
    spoil(case)
    assert case.judged().duplicate_effects
