"""Accuracy in the field: what corrections say of how well documents are read."""

from dataclasses import dataclass
from datetime import datetime

from ocr_server.domain.document import DocumentType, Engine


@dataclass(frozen=True, slots=True)
class AccuracyQuery:
    """Which corrections to sum up: those of one tenant, recorded from ``start`` up to but not at ``end``, both UTC.

    document_type, engine: None for all. by_week: each week of the period by itself.
    """

    tenant: str
    start: datetime
    end: datetime
    document_type: DocumentType | None = None
    engine: Engine | None = None
    by_week: bool = False


@dataclass(frozen=True, slots=True)
class FieldAccuracy:
    """How one field was read, in documents of one type, by one set of models.

    field_name: its path without indexes. Counts are of fields: looked at and right, found with a wrong value, missed,
    found where there was none.
    week: its beginning, Monday 00:00 UTC (ISO 8601); None for the whole period.
    """

    field_name: str
    document_type: DocumentType
    model_versions: str
    confirmed: int
    corrected: int
    added: int
    removed: int
    week: datetime | None = None

    @property
    def precision(self) -> float:
        """Of what was found, which share was right; 0 if nothing was found."""
        return _share(self.confirmed, self.confirmed + self.corrected + self.removed)

    @property
    def recall(self) -> float:
        """Of what is printed, which share was found and right; 0 if nothing is printed."""
        return _share(self.confirmed, self.confirmed + self.corrected + self.added)


@dataclass(frozen=True, slots=True)
class TextAccuracy:
    """How one engine read the lines that were corrected.

    edit_distance: all their errors, in characters. character_count: all characters of the right texts.
    week: see FieldAccuracy.
    """

    engine: Engine
    line_count: int
    edit_distance: int
    character_count: int
    week: datetime | None = None

    @property
    def character_error_rate(self) -> float:
        """Errors over characters of the right texts; over one where these have none at all."""
        return self.edit_distance / max(1, self.character_count)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The sums of a period: by field, document type, models and week, and by engine and week."""

    fields: tuple[FieldAccuracy, ...]
    texts: tuple[TextAccuracy, ...]


def _share(part: int, whole: int) -> float:
    """0 for 0/0, as there is nothing to be right about; the counts beside it tell the two apart."""
    return part / whole if whole else 0.0
