"""Corrections: what people made of a document, and how that compares with what was recognized."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ocr_server.domain.document import DocumentType, Engine
from ocr_server.domain.geometry import Polygon


class Verdict(Enum):
    """What a person found of one field: right, wrong, missed, or not there at all."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class FieldCorrection:
    """A verdict on one field.

    field_path: see field_path.py. corrected_text: what is printed; empty unless CORRECTED or ADDED.
    """

    field_path: str
    verdict: Verdict
    corrected_text: str = ""


@dataclass(frozen=True, slots=True)
class LineCorrection:
    """The right text of one line; empty if there is no text. polygon: around it. page_number: 1-based."""

    page_number: int
    polygon: Polygon
    corrected_text: str


@dataclass(frozen=True, slots=True)
class Review:
    """What a person made of one document.

    remaining_fields_confirmed: every field that is not listed was looked at and is right.
    document_type: what it really is; UNKNOWN for as recognized.
    """

    document_id: str
    fields: tuple[FieldCorrection, ...] = ()
    lines: tuple[LineCorrection, ...] = ()
    remaining_fields_confirmed: bool = False
    document_type: DocumentType = DocumentType.UNKNOWN


@dataclass(frozen=True, slots=True)
class Correction:
    """A recorded review. correction_id: UUID. request_id: the caller's idempotency key, may be empty."""

    correction_id: str
    tenant: str
    created_at: datetime
    review: Review
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class JudgedField:
    """One field of a review beside what was recognized.

    field_name: its path without indexes.
    verdict: CONFIRMED also where the corrected text means what was recognized.
    recognized_text: as it was read; empty if ADDED.
    corrected_text: what is printed; empty if REMOVED, and if it was confirmed without being written out.
    """

    field_path: str
    field_name: str
    verdict: Verdict
    recognized_text: str
    corrected_text: str


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """One line of a review beside the recognized line that it overlaps most.

    line_index: of that line among the lines of its page, 0-based; None, and so is engine, if it was missed.
    engine: who read it. edit_distance: in characters, from the recognized text to the corrected one.
    """

    page_number: int
    line_index: int | None
    engine: Engine | None
    recognized_text: str
    corrected_text: str
    edit_distance: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """A review beside the document: what accuracy is summed up from.

    document_type: what the document really is. engine: the one that read the document, as a request names it, so
    never AUTO. model_versions: as in Recognition.
    """

    document_type: DocumentType
    engine: Engine
    model_versions: str
    fields: tuple[JudgedField, ...]
    lines: tuple[JudgedLine, ...]
