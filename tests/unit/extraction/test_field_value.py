"""What people write in place of what was recognized means what it would mean on the page."""

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_server.domain.document import Engine, Line
from ocr_server.domain.field_path import VALUE_TYPES, field_name, found_fields
from ocr_server.domain.geometry import Polygon
from ocr_server.domain.money import Money
from ocr_server.extraction.field_value import field_value
from ocr_server.extraction.layout import Row, read_rows
from ocr_server.extraction.receipt import extract_receipt
from tests.unit.extraction.printed_receipts import page

NO_ROWS: tuple[Row, ...] = ()
PRINTED = """
        BAKERY GMBH
Main Street 12, 10115 Berlin
Date: 2026-05-17   12:30
Receipt no: 00417
2 x BREAD    1,50     3,00
MILK                  1,20
TOTAL EUR             4,20
VISA                  4,20
"""


def _row(text: str) -> Row:
    return Row.of([Line(text, 1.0, 1.0, Polygon.from_box(0, 0, 1, 1), (), Engine.TROCR)], 1)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("receipt.total", "12.30", Money(Decimal("12.30"), "EUR")),
        ("receipt.total", "1.234,50 €", Money(Decimal("1234.50"), "EUR")),
        ("receipt.total", "12", Money(Decimal("12"), "EUR")),
        ("receipt.total", "-3", Money(Decimal("-3"), "EUR")),
        ("receipt.subtotal", "3,00-", Money(Decimal("-3.00"), "EUR")),
        ("receipt.transaction_date", "17.05.2026", date(2026, 5, 17)),
        ("receipt.transaction_date", "2026-05-17", date(2026, 5, 17)),
        ("receipt.transaction_date", "17 May 26", date(2026, 5, 17)),
        ("receipt.transaction_time", "12:30", time(12, 30)),
        ("receipt.transaction_time", "1:05 pm", time(13, 5)),
        ("receipt.currency", "RM", "MYR"),
        ("receipt.currency", "EUR", "EUR"),
        ("receipt.currency", "€", "EUR"),
        ("receipt.payment_method", "Visa Debit", "VISA"),
        ("receipt.payment_method", "Barter", "Barter"),
        ("receipt.merchant_name", "Bäckerei Süß", "Bäckerei Süß"),
        ("receipt.merchant_address", "Main Street 12, Berlin,", "Main Street 12, Berlin"),
        ("receipt.receipt_number", "00417", "00417"),
        ("receipt.line_items.quantity", "2", Decimal(2)),
        ("receipt.line_items.quantity", "0,350", Decimal("0.350")),
        ("receipt.line_items.unit_price", "1.10", Money(Decimal("1.10"), "EUR")),
        ("receipt.line_items.product_code", "00123", "00123"),
        ("receipt.tax_lines.rate", "19 %", Decimal(19)),
        ("receipt.tax_lines.rate", "8,875", Decimal("8.875")),
    ],
)
def test_a_text_means(name: str, text: str, value: object) -> None:
    assert field_value(name, text, NO_ROWS, "EUR") == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("receipt.total", "twelve"),
        ("receipt.total", "12.30 13.40"),
        ("receipt.total", "-"),
        ("receipt.transaction_date", "12:30"),
        ("receipt.transaction_date", "31.02.2026"),
        ("receipt.transaction_date", "01.02.2026 02.02.2026"),
        ("receipt.transaction_time", "25:00"),
        ("receipt.currency", "shells"),
        ("receipt.line_items.quantity", "two"),
        ("receipt.tax_lines.rate", "119 %"),
    ],
)
def test_a_text_that_means_no_value_or_several_is_none(name: str, text: str) -> None:
    assert field_value(name, text, NO_ROWS, "EUR") is None


def test_day_or_month_first_is_decided_as_on_the_page() -> None:
    def value(currency: str, *rows: str) -> object:
        return field_value("receipt.transaction_date", "03/04/2026", [_row(row) for row in rows], currency)

    assert value("EUR") == date(2026, 4, 3)
    assert value("USD") == date(2026, 3, 4)
    assert value("EUR", "Printed 04/25/2026") == date(2026, 3, 4)
    assert value("USD", "Gedruckt 25/04/2026") == date(2026, 4, 3)


def test_what_was_printed_means_what_was_extracted() -> None:
    rows = read_rows([page(PRINTED)])
    receipt, _ = extract_receipt(rows, today=date(2026, 6, 1))
    found = found_fields(receipt)
    assert len(found) >= 10
    for path, field in found.items():
        name = field_name(path)
        assert name
        assert field_value(name, field.mention_text, rows, "EUR") == field.value, path


@given(st.sampled_from(sorted(VALUE_TYPES)), st.text(min_size=1, max_size=40).map(" ".join))
def test_no_text_is_too_strange(name: str, text: str) -> None:
    value = field_value(name, text, NO_ROWS, "EUR")
    assert value is None or isinstance(value, VALUE_TYPES[name])
