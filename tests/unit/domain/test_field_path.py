"""Paths of fields, as the dataclasses and the contract have them."""

from dataclasses import fields
from datetime import date, time
from decimal import Decimal

import pytest

from ocr_server._pb.ocr.v1.document_pb2 import Document
from ocr_server._pb.ocr.v1.field_pb2 import Field as FieldMessage
from ocr_server.domain.field_path import VALUE_TYPES, field_name, found_fields
from ocr_server.domain.geometry import Polygon
from ocr_server.domain.money import Money
from ocr_server.domain.receipt import Field, LineItem, Receipt, TaxLine

BOX = Polygon.from_box(0, 0, 1, 1)
TOTAL = Field("9.90", Money(Decimal("9.90")), 1.0, BOX, 1)
NAME = Field("Tea", "Tea", 1.0, BOX, 1)


@pytest.mark.parametrize("name", VALUE_TYPES)
def test_every_name_is_a_path_of_a_field_in_the_contract(name: str) -> None:
    descriptor = Document.DESCRIPTOR
    for part in name.split("."):
        descriptor = descriptor.fields_by_name[part].message_type
    assert descriptor is FieldMessage.DESCRIPTOR


def test_every_field_of_a_receipt_has_a_name_and_the_type_of_its_value() -> None:
    for record, path in ((Receipt, ""), (LineItem, "line_items."), (TaxLine, "tax_lines.")):
        names = {slot.name for slot in fields(record)} - {"line_items", "tax_lines"}
        assert {f"receipt.{path}{name}" for name in names} <= set(VALUE_TYPES)
    assert VALUE_TYPES["receipt.total"] is Money
    assert VALUE_TYPES["receipt.transaction_date"] is date
    assert VALUE_TYPES["receipt.transaction_time"] is time
    assert VALUE_TYPES["receipt.line_items.quantity"] is Decimal
    assert VALUE_TYPES["receipt.merchant_name"] is str


def test_a_name_is_the_path_without_indexes() -> None:
    assert field_name("receipt.total") == "receipt.total"
    assert field_name("receipt.line_items[0].quantity") == "receipt.line_items.quantity"
    assert field_name("receipt.tax_lines[999].rate") == "receipt.tax_lines.rate"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "total",
        "receipt",
        "receipt.",
        "receipt.total.amount",
        "receipt.total[0]",
        "receipt.line_items",
        "receipt.line_items[0]",
        "receipt.line_items.quantity",
        "receipt.line_items[].quantity",
        "receipt.line_items[-1].quantity",
        "receipt.line_items[01].quantity",
        "receipt.line_items[1000].quantity",
        "receipt.line_items[٣].quantity",
        "receipt.line_items[1][2].quantity",
        "receipt.line_items[1].tax_rate",
        "invoice.invoice_total",
        "receipt.total\n",
        " receipt.total",
    ],
)
def test_what_no_document_has_is_no_path(path: str) -> None:
    assert field_name(path) is None


def test_found_fields_are_those_that_are_there_by_their_paths() -> None:
    receipt = Receipt(total=TOTAL, line_items=(LineItem(), LineItem(description=NAME, total=TOTAL)))
    found = found_fields(receipt)
    assert found == {
        "receipt.total": TOTAL,
        "receipt.line_items[1].description": NAME,
        "receipt.line_items[1].total": TOTAL,
    }
    assert all(field_name(path) for path in found)
    assert found_fields(Receipt()) == found_fields(None) == {}
