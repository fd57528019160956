"""Whole receipts of several countries, and texts no till ever printed."""

import time as clock
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_server.domain.document import CheckState, DocumentType, Engine, Line, Page
from ocr_server.domain.geometry import Polygon
from ocr_server.domain.money import Money
from ocr_server.domain.receipt import Field, LineItem, Receipt
from ocr_server.extraction.classify import classify
from ocr_server.extraction.layout import read_rows
from ocr_server.extraction.receipt import extract_receipt
from tests.unit.extraction import printed_receipts as printed
from tests.unit.extraction.printed_receipts import page

TODAY = date(2024, 12, 1)

EXPECTED: dict[str, dict[str, Any]] = {
    printed.MALAYSIA: {
        "merchant_name": "KEDAI MAKMUR SDN BHD",
        "merchant_address": "NO 12, JALAN MAWAR 3/2, 43300 SERI KEMBANGAN, SELANGOR",
        "transaction_date": date(2018, 4, 3),
        "transaction_time": time(15, 39),
        "subtotal": "25.00",
        "tax": "1.50",
        "tip": None,
        "total": "26.45",
        "currency": "MYR",
        "payment_method": "CASH",
        "receipt_number": "CS00012543",
        "line_items": [("MILO 1KG", "21.20"), ("SABUN", "5.30")],
        "tax_lines": [("6", "25.00", "1.50")],
    },
    printed.GERMANY: {
        "merchant_name": "Müller Markt GmbH",
        "merchant_address": "Hauptstraße 12 80331 München",
        "transaction_date": date(2024, 3, 12),
        "transaction_time": time(18, 7),
        "subtotal": None,
        "tax": "2.55",
        "tip": None,
        "total": "18.68",
        "currency": "EUR",
        "payment_method": "CASH",
        "receipt_number": "004711",
        "line_items": [("Vollmilch 3,5%", "1.19"), ("Brot", "3.49"), ("Wein", "14.00")],
        "tax_lines": [("7", "4.37", "0.31"), ("19", "11.76", "2.24")],
    },
    printed.BRITAIN: {
        "merchant_name": "GREENE & SONS LTD",
        "merchant_address": "14 HIGH STREET LONDON SW1A 1AA",
        "transaction_date": date(2024, 3, 21),
        "transaction_time": time(16, 45),
        "subtotal": "5.50",
        "tax": "1.03",
        "tip": "0.69",
        "total": "6.19",
        "currency": "GBP",
        "payment_method": "VISA",
        "receipt_number": None,
        "line_items": [("TEA", "2.50"), ("SCONE", "3.00")],
        "tax_lines": [("20", None, "1.03")],
    },
    printed.UNITED_STATES: {
        "merchant_name": "JOE'S DINER LLC",
        "merchant_address": "120 MAIN STREET ALBANY, NY 12207",
        "transaction_date": date(2024, 3, 4),
        "transaction_time": time(14, 15),
        "subtotal": "16.50",
        "tax": "1.46",
        "tip": "3.30",
        "total": "21.26",
        "currency": "USD",
        "payment_method": "MASTERCARD",
        "receipt_number": "100482",
        "line_items": [("BURGER", "12.00"), ("FRIES", "4.50")],
        "tax_lines": [("8.875", None, "1.46")],
    },
    printed.FRANCE: {
        "merchant_name": "BOULANGERIE MARTIN SARL",
        "merchant_address": "12 RUE DE LA PAIX 75002 PARIS",
        "transaction_date": date(2024, 3, 12),
        "transaction_time": time(14, 32),
        "subtotal": None,
        "tax": "0.36",
        "tip": None,
        "total": "6.90",
        "currency": "EUR",
        "payment_method": "CASH",
        "receipt_number": "000812",
        "line_items": [("BAGUETTE", "2.40"), ("QUICHE", "4.50")],
        "tax_lines": [("5.5", "6.54", "0.36")],
    },
    printed.SWITZERLAND: {
        "merchant_name": "Coopérative Alpina AG",
        "merchant_address": "Bahnhofstrasse 5 8001 Zürich",
        "transaction_date": date(2024, 3, 12),
        "transaction_time": time(9, 15),
        "subtotal": None,
        "tax": "26.17",
        "tip": None,
        "total": "1032.80",
        "currency": "CHF",
        "payment_method": "MAESTRO",
        "receipt_number": None,
        "line_items": [("Käse", "1020.50"), ("Schokolade", "12.30")],
        "tax_lines": [("2.6", "1006.63", "26.17")],
    },
}
countries = pytest.mark.parametrize("text", EXPECTED, ids=["MY", "DE", "GB", "US", "FR", "CH"])


def plain(field: Field[Any] | None) -> Any:
    value = field and field.value
    return str(value.amount) if isinstance(value, Money) else value


def as_dict(receipt: Receipt) -> dict[str, Any]:
    fields = {name: getattr(receipt, name) for name in Receipt.__dataclass_fields__}
    return {name: plain(value) for name, value in fields.items() if not isinstance(value, tuple)} | {
        "line_items": [(plain(item.description), plain(item.total)) for item in receipt.line_items],
        "tax_lines": [
            (str(plain(tax.rate)), plain(tax.taxable_amount), plain(tax.tax_amount)) for tax in receipt.tax_lines
        ],
    }


def all_fields(receipt: Receipt) -> list[Field[Any]]:
    values = [getattr(receipt, name) for name in Receipt.__dataclass_fields__]
    parts = [part for value in values if isinstance(value, tuple) for part in value]
    values += [getattr(part, name) for part in parts for name in type(part).__dataclass_fields__]
    return [value for value in values if isinstance(value, Field)]


@countries
def test_every_field_of_a_receipt_is_found(text: str) -> None:
    receipt, checks = extract_receipt(read_rows([page(text)]), today=TODAY)
    assert as_dict(receipt) == EXPECTED[text]
    assert not [check for check in checks if check.state is CheckState.FAILED]
    assert {field.value.currency for field in all_fields(receipt) if isinstance(field.value, Money)} == {
        EXPECTED[text]["currency"]
    }


@countries
def test_a_receipt_is_told_from_other_documents(text: str) -> None:
    assert classify(read_rows([page(text)])) is DocumentType.RECEIPT


@countries
def test_every_mention_stands_where_its_polygon_says(text: str) -> None:
    receipt, _ = extract_receipt(read_rows([page(text)]), today=TODAY)
    rows = text.strip("\n").split("\n")
    for field in all_fields(receipt):
        left, top, right, bottom = (round(edge) for edge in field.polygon.bounding_box)
        covered = rows[top // printed.ROW_PX : (bottom + printed.ROW_PX - 1) // printed.ROW_PX]
        cut = " ".join(row[left // printed.CHARACTER_PX : right // printed.CHARACTER_PX] for row in covered)
        assert set(field.mention_text.split()) <= set(cut.split()) or field.mention_text in cut


def test_no_text_is_a_receipt_without_fields() -> None:
    receipt, checks = extract_receipt(read_rows([]))
    assert receipt == Receipt()
    assert {check.state for check in checks} == {CheckState.NOT_APPLICABLE}


def test_a_receipt_of_two_pages_is_read_as_one() -> None:
    head, foot = printed.UNITED_STATES.split("SUBTOTAL")
    receipt, _ = extract_receipt(read_rows([page(head), page("SUBTOTAL" + foot, page_number=2)]), today=TODAY)
    assert as_dict(receipt) == EXPECTED[printed.UNITED_STATES]
    assert receipt.merchant_name is not None
    assert receipt.total is not None
    assert (receipt.merchant_name.page_number, receipt.total.page_number) == (1, 2)


def test_a_total_without_its_word_is_a_guess() -> None:
    guessed, _ = extract_receipt(read_rows([page("MILK 3.00\n12.30")]))
    said, _ = extract_receipt(read_rows([page("MILK 3.00\nTOTAL 12.30")]))
    assert guessed.total is not None
    assert said.total is not None
    assert guessed.total.confidence == said.total.confidence / 2


def test_a_sale_of_today_anywhere_on_earth_is_plausible() -> None:
    day = (datetime.now(UTC) + timedelta(hours=14)).date()
    _, checks = extract_receipt(read_rows([page(f"{day:%d/%m/%Y}")]))
    assert next(check for check in checks if check.check_id == "DATE-PLAUSIBLE").state is CheckState.PASSED


WORDS = (
    "TOTAL SUBTOTAL GST 6% TAX CASH CHANGE ROUNDING QTY ITEM RM € $ 12.30 0.74 -1,00 2 x @ 12/03/2018 10:45 SDN BHD"
    " NO 12, JALAN 43300 ( ) MILK 1'234.50 ٣ ½ ² Ⅷ ı İ ß 999999999999999999 O0 ."
)
words = st.sampled_from(WORDS.split())
texts = st.one_of(st.text(max_size=60), st.lists(words, max_size=12).map(" ".join))
boxes = st.tuples(*[st.integers(-50, 1500)] * 2, *[st.integers(0, 400)] * 2).map(
    lambda box: Polygon.from_box(box[0], box[1], box[0] + box[2], box[1] + box[3])
)
lines = st.builds(Line, texts, st.floats(0, 1), st.floats(0, 1), boxes, st.just(()), st.just(Engine.PPOCR))


@given(st.lists(lines, max_size=15), st.floats(0, 360))
def test_no_text_raises_and_every_field_is_printed_text(found: list[Line], degrees: float) -> None:
    receipt, _ = extract_receipt(read_rows([Page(1, 1500, 1500, degrees, tuple(found))]), today=TODAY)
    classify(read_rows([Page(1, 1500, 1500, degrees, tuple(found))]))
    characters = {character for each in found for character in each.text} | {" "}
    for field in all_fields(receipt):
        assert set(field.mention_text) <= characters
        assert 0.0 <= field.confidence <= 1.0
    assert all(isinstance(item, LineItem) and item.total for item in receipt.line_items)


HOSTILE = {
    "items": "MILK {n} 2 x 1.10 2.20",
    "totals": "TOTAL {n}.10",
    "sums": "SUBTOTAL {n}.10 GST 6% {n}.20 TOTAL {n}.30 CASH {n}.40",
    "dates": "12/03/2018 10:11:12 03/04/2018 12 MAR 2018",
    "digits": "1" * 200,
    "spaced digits": "1 " * 100,
    "tax words": "tax incl total " * 13,
    "tax tables": "6% 1.00 0.06 " * 15,
    "addresses": "NO 12, JALAN " * 15,
    "brackets": "(" * 200,
    "blanks": "a" + " " * 198 + "b",
    "confused letters": "O." * 100,
    "too long": "9" * 100_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_time_it_takes_grows_with_the_lines_and_no_faster(text: str) -> None:
    def cpu_s(count: int) -> float:
        hostile = page("\n".join(text.format(n=number) for number in range(count)))
        start = clock.process_time()
        extract_receipt(read_rows([hostile]), today=TODAY)
        classify(read_rows([hostile]))
        return clock.process_time() - start

    few, many = (min(cpu_s(count) for _ in range(3)) for count in (15, 120))  # the least disturbed of three
    assert many < 8 * max(few, 0.005) * 3  # eight times the lines; a quadratic rule would take 64 times as long


def test_a_page_of_two_thousand_lines_takes_seconds_not_minutes() -> None:
    start = clock.process_time()
    receipt, _ = extract_receipt(read_rows([page("\n".join(["MILK  2  1.10  2.20"] * 2000 + ["TOTAL  4,400.00"]))]))
    assert clock.process_time() - start < 20
    assert len(receipt.line_items) == 2000
    assert receipt.total is not None
    assert str(receipt.total.value.amount) == "4400.00"
