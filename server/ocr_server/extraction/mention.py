"""A mention: text that stands on the page, from which a field's value was understood."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from ocr_server.domain.receipt import Field
from ocr_server.extraction.layout import Row, Span, common_box

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mention:
    """Spans of one or more lines in reading order; never empty."""

    spans: tuple[Span, ...]

    @classmethod
    def in_row(cls, row: Row, start: int, end: int) -> "Mention":
        """Characters ``start`` to ``end`` of a row's text; the range has to hold visible text."""
        return cls(row.spans(start, end))

    @classmethod
    def join(cls, mentions: Iterable["Mention"]) -> "Mention":
        """Mentions that follow each other, such as the rows of an address."""
        return cls(tuple(span for mention in mentions for span in mention.spans))

    @property
    def text(self) -> str:
        """As printed; lines are joined by single spaces."""
        return " ".join(span.text for span in self.spans)

    def field(self, value: T, *, certainty: float = 1.0) -> Field[T]:
        """Make a field of what this mention means.

        Its confidence is that of the least certain word read, times ``certainty``: 1 where the text names the
        value itself, less where a rule had to guess. For mentions that go on to another page the polygon is that on the
        first. Failed checks lower it later, see ``checks.py``.
        """
        page_number = self.spans[0].page_number
        polygons = [span.polygon for span in self.spans if span.page_number == page_number]
        return Field(
            mention_text=self.text,
            value=value,
            confidence=min(span.confidence for span in self.spans) * certainty,
            polygon=polygons[0] if len(polygons) == 1 else common_box(polygons),
            page_number=page_number,
        )
