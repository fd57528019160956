"""Looks into PostgreSQL and Kafka, and finds what was lost, what nobody asked for, and what was done twice."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from ocr_server._pb.ocr.v1.job_pb2 import Job
from ocr_server.adapters.cloud_events import CloudEvent
from ocr_server.domain.event import EventType, event_types_of
from ocr_server.domain.job import JobState
from tests.chaos.clients import Seen
from tests.chaos.labels import Fate, text_of
from tests.chaos.plan import Item, Plan, Submission
from tests.contract.events.kafka_log import KafkaLog, to_cloud_event

_JOBS = """
    SELECT job_id::text, batch_id::text, coalesce(jobs.request_id, batches.request_id) AS request_id, jobs.tenant,
        state, faults, error_reason, is_dead_letter, recognition,
        extract(epoch FROM jobs.ended_at - jobs.created_at)::float AS took_s,
        (SELECT count(*) FROM documents WHERE documents.job_id = jobs.job_id) AS documents,
        (SELECT array_agg(seq ORDER BY seq) FROM job_events WHERE job_events.job_id = jobs.job_id) AS seqs
    FROM jobs LEFT JOIN batches USING (batch_id)
    ORDER BY array_position(batches.job_ids, job_id)
"""
_UNPUBLISHED = "SELECT count(*) FROM outbox"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is there at the end. events: all that were published, in no order, repetitions too."""

    rows: Sequence[Mapping[str, object]]
    events: Sequence[CloudEvent]

    @property
    def event_ids(self) -> Mapping[tuple[str, str], Counter[str]]:
        """How often each event id was published, by job and type."""
        found: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for event in self.events:
            found[event.attributes["subject"], event.attributes["type"]][event.attributes["id"]] += 1
        return found

    def count(self, state: JobState) -> int:
        """How many jobs ended so."""
        return sum(row["state"] == state.value for row in self.rows)

    @property
    def dead_letters(self) -> int:
        """How many jobs ended in dead-letter."""
        return sum(bool(row["is_dead_letter"]) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence for each fault found."""

    lost: Sequence[str]
    phantom: Sequence[str]
    duplicate_effects: Sequence[str]
    gaps: Sequence[str]
    refused: Sequence[str]

    @property
    def faults(self) -> Sequence[str]:
        """All of them."""
        kinds = ("lost", "phantom", "duplicate_effects", "gaps", "refused")
        return [f"{kind}: {fault}" for kind in kinds for fault in getattr(self, kind)]


async def unpublished(database_url: str) -> int:
    """How many events wait in the outbox."""
    connection = await asyncpg.connect(database_url)
    try:
        return int(await connection.fetchval(_UNPUBLISHED))
    finally:
        await connection.close()


async def gather_evidence(database_url: str, kafka_bootstrap: str) -> Evidence:
    """Read all jobs and all events."""
    connection = await asyncpg.connect(database_url)
    try:
        rows = [dict(row) for row in await connection.fetch(_JOBS)]
    finally:
        await connection.close()
    return Evidence(rows, [to_cloud_event(record) for record in await KafkaLog(kafka_bootstrap).records()])


def judge(plan: Plan, seen: Seen, evidence: Evidence) -> Verdict:
    """Compare what was planned, what clients saw and what is there."""
    wanted = {submission.request_id: submission for submission in plan.submissions}
    rows: defaultdict[object, list[Mapping[str, object]]] = defaultdict(list)
    for row in evidence.rows:
        rows[row["request_id"]].append(row)
    return Verdict(
        lost=[*_unanswered(plan, seen, rows), *_unended(seen, evidence)],
        phantom=[*_unwanted(wanted, rows, seen), *_unfounded(evidence)],
        duplicate_effects=list(_twice(wanted, rows, seen, evidence)),
        gaps=seen.gaps,
        refused=seen.refused,
    )


def _unanswered(plan: Plan, seen: Seen, rows: Mapping[object, Sequence[Mapping[str, object]]]) -> Iterator[str]:
    for submission in plan.submissions:
        answers = seen.job_ids.get(submission.request_id)
        if answers is None:
            yield f"{submission.request_id} was never accepted"
            continue
        kept = {row["job_id"] for row in rows[submission.request_id]}
        yield from (f"job {job_id} was accepted and is not there" for job_id in answers[0] if job_id not in kept)


def _unended(seen: Seen, evidence: Evidence) -> Iterator[str]:
    """Jobs without an end, or without all that belongs to it."""
    event_ids = evidence.event_ids
    for row in evidence.rows:
        job, state = row["job_id"], JobState(row["state"])
        if not state.is_terminal:
            yield f"job {job} is {state.name} for good"
            continue
        if state is JobState.SUCCEEDED and not (row["documents"] and row["recognition"]):
            yield f"job {job} SUCCEEDED without a result"
        if state is JobState.FAILED and not row["error_reason"]:
            yield f"job {job} FAILED without a cause"
        for type_ in event_types_of(state):
            if not event_ids.get((job, type_.value)):
                yield f"job {job} {state.name} without {type_.value}"
        if seen.ends.get(job) != Job.State.Value(state.name):
            yield f"job {job} {state.name}, but its watcher saw {seen.ends.get(job)}"
        if row["seqs"] != list(range(1, len(row["seqs"]) + 1)):
            yield f"job {job} keeps the events {row['seqs']}"


def _unwanted(
    wanted: Mapping[str, Submission], rows: Mapping[object, Sequence[Mapping[str, object]]], seen: Seen
) -> Iterator[str]:
    """Jobs that nobody submitted, and ends that nothing accounts for."""
    for request_id, of_request in rows.items():
        if (submission := wanted.get(request_id)) is None:
            yield f"nobody submitted {request_id}"
            continue
        for row, item in zip(of_request, submission.items, strict=False):
            if row["tenant"] != submission.tenant:
                yield f"job {row['job_id']} belongs to {row['tenant']}, submitted by {submission.tenant}"
            if (why := _unlikely(row, item, submission, seen)) is not None:
                yield f"job {row['job_id']} of a {item.fate.value} label {row['state']}: {why}"


def _unlikely(row: Mapping[str, object], item: Item, submission: Submission, seen: Seen) -> str | None:
    """Why this end cannot be; None if it can. What has killed its worker three times is a dead letter of any fate."""
    state = JobState(row["state"])
    if row["job_id"] in seen.cancelled and state is not JobState.CANCELLED:
        return "its cancellation was answered"
    if state is JobState.CANCELLED:
        return None if submission.cancel_after_s is not None else "nobody cancelled it"
    if state is JobState.SUCCEEDED:
        if item.fate is not Fate.READ:
            return "it cannot be read"
        texts = _texts(row["recognition"])
        return None if texts == [text_of(item.number)] else f"label {item.number} was read as {texts}"
    if state is JobState.FAILED:
        if row["is_dead_letter"]:
            return None if row["faults"] == 3 else f"a dead letter after {row['faults']} faults: {row['error_reason']}"
        return None if item.fate is Fate.DAMAGED else f"it can be read: {row['error_reason']}"
    return None


def _texts(recognition: object) -> list[str]:
    """The lines of a recognition, as the database keeps it."""
    found: list[str] = []

    def look(value: object) -> None:
        if isinstance(value, str) and value.startswith("label "):
            found.append(value)
        elif isinstance(value, dict):
            for each in value.values():
                look(each)
        elif isinstance(value, list):
            for each in value:
                look(each)

    look(json.loads(str(recognition)))
    return found


def _unfounded(evidence: Evidence) -> Iterator[str]:
    """Events and documents of jobs that are not there, or did not end so."""
    states = {row["job_id"]: JobState(row["state"]) for row in evidence.rows}
    for job, type_ in evidence.event_ids:
        if job not in states or EventType(type_) not in event_types_of(states[job]):
            yield f"{type_} of job {job}, which is {states[job].name if job in states else 'not there'}"
    for row in evidence.rows:
        if row["documents"] and states[row["job_id"]] is not JobState.SUCCEEDED:
            yield f"a document of job {row['job_id']}, which {row['state']}"


def _twice(
    wanted: Mapping[str, Submission],
    rows: Mapping[object, Sequence[Mapping[str, object]]],
    seen: Seen,
    evidence: Evidence,
) -> Iterator[str]:
    for request_id, submission in wanted.items():
        if len(rows[request_id]) > len(submission.items):
            yield f"{len(rows[request_id])} jobs for {request_id}, which asked for {len(submission.items)}"
        if len(set(seen.job_ids.get(request_id, ()))) > 1:
            yield f"{request_id} was answered with {seen.job_ids[request_id]}"
    for row in evidence.rows:
        if row["documents"] > 1:
            yield f"{row['documents']} documents of job {row['job_id']}"
    for (job, type_), ids in evidence.event_ids.items():
        if len(ids) > 1:
            yield f"{len(ids)} events {type_} of job {job}"
