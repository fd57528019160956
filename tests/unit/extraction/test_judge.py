"""A person's review beside what was recognized."""

from decimal import Decimal

import pytest

from ocr_server.domain.correction import FieldCorrection, JudgedField, JudgedLine, LineCorrection, Review, Verdict
from ocr_server.domain.document import Document, DocumentType, Engine, Line, Page
from ocr_server.domain.errors import InvalidRequest
from ocr_server.domain.geometry import Polygon
from ocr_server.domain.money import Money
from ocr_server.domain.receipt import Field, LineItem, Receipt
from ocr_server.extraction.judge import judge_fields, judge_lines

CONFIRMED, CORRECTED, ADDED, REMOVED = Verdict
FIRST = Polygon.from_box(10, 10, 210, 40)
SECOND = Polygon.from_box(10, 45, 210, 75)
LINES = (
    Line("Total 9.90", 0.9, 0.9, FIRST, (), Engine.TROCR),
    Line("Ca5h", 0.5, 0.9, SECOND, (), Engine.PPOCR),
)
TOTAL = Field("9.90", Money(Decimal("9.90"), "MYR"), 0.9, FIRST, 1)
TEA = Field("Tea", "Tea", 0.9, SECOND, 1)
DOCUMENT = Document(
    "an-id",
    DocumentType.RECEIPT,
    (Page(1, 300, 100, 0.0, LINES), Page(2, 300, 100, 0.0, ())),
    fields=Receipt(
        total=TOTAL, currency=Field("RM", "MYR", 0.9, FIRST, 1), line_items=(LineItem(description=TEA), LineItem())
    ),
)
NOTHING = Document("an-id", DocumentType.UNKNOWN, ())


def _judged(path: str, verdict: Verdict, text: str = "", document: Document = DOCUMENT) -> JudgedField:
    (judged,) = judge_fields(Review("an-id", (FieldCorrection(path, verdict, text),)), document)
    return judged


def _judged_line(polygon: Polygon, text: str, *, page_number: int = 1) -> JudgedLine:
    (judged,) = judge_lines(Review("an-id", lines=(LineCorrection(page_number, polygon, text),)), DOCUMENT)
    return judged


def test_each_verdict_stands_beside_what_was_recognized() -> None:
    name = "receipt.total"
    assert _judged(name, CONFIRMED) == JudgedField(name, name, CONFIRMED, "9.90", "")
    assert _judged(name, CORRECTED, "9.50") == JudgedField(name, name, CORRECTED, "9.90", "9.50")
    assert _judged(name, REMOVED) == JudgedField(name, name, REMOVED, "9.90", "")
    added = _judged("receipt.line_items[2].quantity", ADDED, "3")
    assert added == JudgedField("receipt.line_items[2].quantity", "receipt.line_items.quantity", ADDED, "", "3")


@pytest.mark.parametrize("text", ["9.90", "9,90", "RM 9.90", "9.9", "9.900 RM"])
def test_a_text_that_means_what_was_recognized_confirms_it(text: str) -> None:
    expected = CONFIRMED if text != "9.900 RM" else CORRECTED  # a separator before three digits parts thousands
    assert _judged("receipt.total", CORRECTED, text).verdict is expected


def test_remaining_fields_are_confirmed_but_for_those_that_are_listed() -> None:
    review = Review("an-id", (FieldCorrection("receipt.total", CORRECTED, "1.00"),), remaining_fields_confirmed=True)
    assert {judged.field_path: judged.verdict for judged in judge_fields(review, DOCUMENT)} == {
        "receipt.total": CORRECTED,
        "receipt.currency": CONFIRMED,
        "receipt.line_items[0].description": CONFIRMED,
    }
    assert judge_fields(Review("an-id", remaining_fields_confirmed=True), NOTHING) == ()


def test_a_document_that_was_taken_for_something_else_may_get_fields() -> None:
    assert _judged("receipt.total", ADDED, "9.90", NOTHING).verdict is ADDED


@pytest.mark.parametrize(
    ("path", "verdict", "text", "blamed"),
    [
        ("receipt.sum", CONFIRMED, "", "field_path"),
        ("receipt.line_items[0]", CONFIRMED, "", "field_path"),
        ("receipt.total", ADDED, "9.90", "verdict"),
        ("receipt.tip", CONFIRMED, "", "verdict"),
        ("receipt.tip", CORRECTED, "1.00", "verdict"),
        ("receipt.line_items[1].description", REMOVED, "", "verdict"),
        ("receipt.total", CONFIRMED, "9.90", "corrected_text"),
        ("receipt.total", REMOVED, "9.90", "corrected_text"),
        ("receipt.total", CORRECTED, "", "corrected_text"),
        ("receipt.tip", ADDED, "", "corrected_text"),
        ("receipt.total", CORRECTED, "free", "corrected_text"),
    ],
)
def test_a_verdict_that_does_not_fit_is_refused_by_its_field(
    path: str, verdict: Verdict, text: str, blamed: str
) -> None:
    fields = (FieldCorrection("receipt.currency", CONFIRMED), FieldCorrection(path, verdict, text))
    with pytest.raises(InvalidRequest) as refused:
        judge_fields(Review("an-id", fields), DOCUMENT)
    assert refused.value.field == f"fields[1].{blamed}"


def test_a_path_is_listed_once() -> None:
    with pytest.raises(InvalidRequest) as refused:
        judge_fields(Review("an-id", (FieldCorrection("receipt.total", CONFIRMED),) * 2), DOCUMENT)
    assert refused.value.field == "fields[1].field_path"


def test_a_line_is_judged_beside_the_one_that_it_overlaps_most() -> None:
    assert _judged_line(SECOND, "Cash") == JudgedLine(1, 1, Engine.PPOCR, "Ca5h", "Cash", 1)
    assert _judged_line(FIRST, "Total 9.90").edit_distance == 0
    assert _judged_line(SECOND, "") == JudgedLine(1, 1, Engine.PPOCR, "Ca5h", "", 4)


@pytest.mark.parametrize(
    "drawn",
    [
        Polygon.from_box(0, 38, 260, 90),  # generously
        Polygon.from_box(10, 45, 80, 75),  # a part
        Polygon.from_box(90, 40, 400, 80),  # shifted
        Polygon.from_array([[10, 60], [110, 40], [210, 60], [110, 80]]),  # askew
        Polygon.from_array([[210, 75], [10, 75], [10, 45], [210, 45]]),  # upside down
    ],
)
def test_a_line_may_be_drawn_roughly(drawn: Polygon) -> None:
    assert _judged_line(drawn, "Cash").line_index == 1


@pytest.mark.parametrize(
    ("drawn", "page_number"),
    [
        (Polygon.from_box(10, 80, 210, 110), 1),
        (Polygon.from_box(10, 65, 210, 95), 1),
        (Polygon.from_box(10, 30, 210, 52), 1),
        (FIRST, 2),
    ],
)
def test_a_line_that_was_missed_was_read_by_nobody(drawn: Polygon, page_number: int) -> None:
    judged = _judged_line(drawn, "Change", page_number=page_number)
    assert judged == JudgedLine(page_number, None, None, "", "Change", 6)


def test_lines_on_a_crowded_page_are_matched_as_by_trying_all() -> None:
    boxes = [Polygon.from_box(10, 10 + 12 * n, 210 + n, 26 + 12 * n) for n in range(60)]  # neighbours overlap
    lines = tuple(Line(str(n), 1.0, 1.0, box, (), Engine.TROCR) for n, box in enumerate(boxes))
    document = Document("an-id", DocumentType.RECEIPT, (Page(1, 300, 800, 0.0, lines),))
    corrections = tuple(LineCorrection(1, box, "text") for box in boxes)
    judged = judge_lines(Review("an-id", lines=corrections), document)
    assert [line.line_index for line in judged] == list(range(60))


@pytest.mark.parametrize(
    ("correction", "blamed"),
    [
        (LineCorrection(3, FIRST, "text"), "page_number"),
        (LineCorrection(0, FIRST, "text"), "page_number"),
        (LineCorrection(1, Polygon.from_box(10, 10, 10, 10), "text"), "polygon"),
        (LineCorrection(1, Polygon.from_box(10, 80, 210, 95), ""), "polygon"),
    ],
)
def test_a_line_that_does_not_fit_is_refused_by_its_field(correction: LineCorrection, blamed: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        judge_lines(Review("an-id", lines=(correction,)), DOCUMENT)
    assert refused.value.field == f"lines[0].{blamed}"
