"""What a store answers to a correction's request_id that it has seen before."""

from ocr_server.domain.correction import Correction
from ocr_server.domain.errors import IdempotencyConflict


def same_review(wanted: Correction, existing: Correction) -> Correction:
    """Return the existing correction if it is of the same review. Raises IdempotencyConflict if it is not."""
    if wanted.review != existing.review:
        raise IdempotencyConflict(f"The request_id {wanted.request_id} was used before with another correction.")
    return existing
