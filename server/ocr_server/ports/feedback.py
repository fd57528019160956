"""The socket for corrections: what people made of documents."""

from typing import Protocol

from ocr_server.domain.accuracy import Accuracy, AccuracyQuery
from ocr_server.domain.correction import Correction, Judgement
from ocr_server.domain.job import Job


class CorrectionStore(Protocol):
    """Remembers corrections, which outlive the documents that they are about, and sums them up."""

    async def find_read(self, tenant: str, document_id: str) -> Job:
        """Return the SUCCEEDED job that this document came of, recognition included.

        Raises NotFound if this tenant has no such document.
        """
        ...

    async def add(self, correction: Correction, judgement: Judgement) -> tuple[Correction, bool]:
        """Record a correction, all of it or nothing, and return it with True.

        If this tenant already has a correction with the same non-empty request_id, return that one with False.
        Raises IdempotencyConflict if that one has another review.
        """
        ...

    async def sum_up(self, query: AccuracyQuery) -> Accuracy:
        """Count what was judged in the period.

        Of several verdicts on one field, or corrections of one recognized line, of the same document the last one in
        the period counts; and lines that were missed are not counted, because no engine has read them. Fields are
        sorted by name, document type, models and week; texts by engine and week.
        """
        ...
