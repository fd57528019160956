"""Feedback: what people made of documents, and how accurate that shows the server to be."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from ocr_server.domain.accuracy import Accuracy, AccuracyQuery
from ocr_server.domain.correction import Correction, Judgement, Review
from ocr_server.domain.document import DocumentType, Engine
from ocr_server.domain.errors import InvalidRequest
from ocr_server.domain.job import Job
from ocr_server.extraction.judge import judge_fields, judge_lines
from ocr_server.pipeline.process import wanted_engine
from ocr_server.ports import Compute, CorrectionStore


class Feedback:
    """What can be done with corrections. observe: told of each one that is new."""

    def __init__(self, *, store: CorrectionStore, compute: Compute, observe: Callable[[Judgement], None]) -> None:
        self._store = store
        self._compute = compute
        self._observe = observe

    async def submit(self, tenant: str, review: Review, request_id: str = "") -> Correction:
        """Record a review; the same request_id gives the same correction.

        Raises NotFound for a document that this tenant has not, InvalidRequest for a review that does not fit the
        document, and IdempotencyConflict.
        """
        job = await self._store.find_read(tenant, review.document_id)
        judgement = await self._compute.run(_judge, review, job)
        new = Correction(str(uuid.uuid4()), tenant, datetime.now(UTC), review, request_id)
        correction, is_new = await self._store.add(new, judgement)
        if is_new:
            self._observe(judgement)
        return correction

    async def accuracy(self, query: AccuracyQuery) -> Accuracy:
        """Sum up the corrections asked for. Raises InvalidRequest for a period that ends before it begins."""
        if query.start >= query.end:
            raise InvalidRequest("The period must begin before it ends.", field="start_time")
        return await self._store.sum_up(query)


def _judge(review: Review, job: Job) -> Judgement:
    recognition = job.recognition
    if recognition is None:
        raise ValueError(f"job {job.job_id} is {job.state.name} without a recognition")
    fields, lines = judge_fields(review, recognition.document), judge_lines(review, recognition.document)
    is_as_recognized = review.document_type is DocumentType.UNKNOWN
    if not fields and not lines and is_as_recognized and not review.remaining_fields_confirmed:
        raise InvalidRequest("There is nothing to record: no field, no line, no type.", field="fields")
    engine = wanted_engine(job.options)
    return Judgement(
        document_type=recognition.document.document_type if is_as_recognized else review.document_type,
        engine=Engine.BALANCED if engine is Engine.AUTO else engine,
        model_versions=recognition.model_versions,
        fields=fields,
        lines=lines,
    )
