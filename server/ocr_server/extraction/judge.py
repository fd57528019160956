"""A person's review beside what was recognized: what was right, what was wrong, and by how much."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ocr_server.domain.correction import (
    FieldCorrection,
    JudgedField,
    JudgedLine,
    LineCorrection,
    Review,
    Verdict,
)
from ocr_server.domain.document import Document
from ocr_server.domain.edit_distance import edit_distance
from ocr_server.domain.errors import InvalidRequest
from ocr_server.domain.field_path import field_name, found_fields
from ocr_server.domain.receipt import Field
from ocr_server.extraction.drawn_lines import PageLines, area_px2
from ocr_server.extraction.field_value import field_value
from ocr_server.extraction.layout import Row, read_rows


def judge_fields(review: Review, document: Document) -> tuple[JudgedField, ...]:
    """Return the verdicts on fields, also those that ``remaining_fields_confirmed`` stands for.

    Raises InvalidRequest, with the field, for a path that documents do not have or that is listed twice, a verdict
    that does not fit what was recognized, and a text that cannot be a value of its field.
    """
    found = found_fields(document.fields)
    rows = read_rows(document.pages)
    currency = document.fields.currency.value if document.fields and document.fields.currency else ""
    judged: dict[str, JudgedField] = {}
    for index, correction in enumerate(review.fields):
        if correction.field_path in judged:
            raise InvalidRequest(f"{correction.field_path} is listed twice.", field=f"fields[{index}].field_path")
        recognized = found.get(correction.field_path)
        judged[correction.field_path] = _judge_field(correction, recognized, rows, currency, f"fields[{index}]")
    remaining = _confirmed(found) if review.remaining_fields_confirmed else ()
    return (*judged.values(), *(field for field in remaining if field.field_path not in judged))


def judge_lines(review: Review, document: Document) -> tuple[JudgedLine, ...]:
    """Return the corrected lines beside the recognized ones that they overlap most.

    Raises InvalidRequest, with the field, for a page that the document does not have, a polygon without any area, and
    a line that is neither recognized nor printed.
    """
    if not review.lines:
        return ()
    pages = {page.page_number: PageLines(page.lines) for page in document.pages}
    return tuple(_judge_line(correction, pages, f"lines[{index}]") for index, correction in enumerate(review.lines))


def _confirmed(found: dict[str, Field[Any]]) -> Iterator[JudgedField]:
    for path, field in found.items():
        yield JudgedField(path, _name(path, path), Verdict.CONFIRMED, field.mention_text, "")


def _judge_field(
    correction: FieldCorrection, recognized: Field[Any] | None, rows: Sequence[Row], currency: str, blamed: str
) -> JudgedField:
    path, verdict, text = correction.field_path, correction.verdict, correction.corrected_text
    name = _name(path, f"{blamed}.field_path")
    if (recognized is None) != (verdict is Verdict.ADDED):
        was = "was recognized" if recognized else "was not recognized"
        raise InvalidRequest(f"{path} {was}, so it cannot be {verdict.name}.", field=f"{blamed}.verdict")
    if bool(text) != (verdict in (Verdict.CORRECTED, Verdict.ADDED)):
        needs = "needs a" if not text else "takes no"
        raise InvalidRequest(f"{verdict.name} {needs} corrected_text.", field=f"{blamed}.corrected_text")
    if text:
        value = field_value(name, text, rows, currency)
        if value is None:
            raise InvalidRequest(f"This cannot be read as one value of {name}.", field=f"{blamed}.corrected_text")
        if recognized and value == recognized.value:
            verdict = Verdict.CONFIRMED
    return JudgedField(path, name, verdict, recognized.mention_text if recognized else "", text)


def _name(path: str, blamed: str) -> str:
    name = field_name(path)
    if name is None:
        raise InvalidRequest("No document has such a field.", field=blamed)
    return name


def _judge_line(correction: LineCorrection, pages: Mapping[int, PageLines], blamed: str) -> JudgedLine:
    page = pages.get(correction.page_number)
    if page is None:
        raise InvalidRequest("The document has no such page.", field=f"{blamed}.page_number")
    if not area_px2(correction.polygon):
        raise InvalidRequest("The polygon has no area.", field=f"{blamed}.polygon")
    text, index = correction.corrected_text, page.overlapped_most(correction.polygon)
    if index is None:
        if not text:
            raise InvalidRequest("No line was recognized there, and none is given.", field=f"{blamed}.polygon")
        return JudgedLine(correction.page_number, None, None, "", text, len(text))
    line = page.lines[index]
    return JudgedLine(correction.page_number, index, line.engine, line.text, text, edit_distance(line.text, text))
