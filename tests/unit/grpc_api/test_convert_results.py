"""Results out: everything a document says reaches the client under its fixed name, and half a result never does."""

import dataclasses
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum

import pytest
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.rpc.code_pb2 import Code
from hypothesis import given

from ocr_server._pb.ocr.v1 import (
    barcode_pb2,
    document_pb2,
    field_pb2,
    job_pb2,
    ocr_service_pb2,
    progress_pb2,
    receipt_pb2,
)
from ocr_server.domain.errors import InvalidImage
from ocr_server.domain.money import Money
from ocr_server.domain.progress import BarcodesRead, FieldsFound, LinesRead, Stage, StageProgress
from ocr_server.domain.receipt import LineItem, Receipt
from ocr_server.grpc_api import convert
from ocr_server.wire import enums
from tests.unit.grpc_api.domain_values import (
    BARCODE,
    LINE,
    RECEIPT,
    RECOGNITION,
    amounts,
    as_json,
    field,
)

POLYGON_JSON = {
    "vertices": [{"x": 90.5, "y": 40.25}, {"x": 10.0, "y": 40.25}, {"x": 10.0, "y": 20.0}, {"x": 90.5, "y": 20.0}]
}


def _with_total(amount: Decimal) -> receipt_pb2.Receipt:
    event = convert.progress_to_pb(FieldsFound(Receipt(total=field(Money(amount, "EUR")))))
    return event.fields.receipt


@pytest.mark.parametrize(
    ("table", "wire"),
    [
        (enums.ENGINES, document_pb2.Engine),
        (enums.DOCUMENT_TYPES, document_pb2.DocumentType),
        (enums.CHECK_STATES, document_pb2.Check.State),
        (enums.SYMBOLOGIES, barcode_pb2.Symbology),
        (enums.STAGES, progress_pb2.Stage),
        (enums.JOB_STATES, job_pb2.Job.State),
    ],
)
def test_every_enum_member_has_one_number_and_every_number_a_member(
    table: enums.EnumTable[Enum], wire: EnumTypeWrapper
) -> None:
    (domain,) = {type(member) for member in table.to_pb}
    assert set(table.to_pb) == set(domain)
    assert {member: table.from_pb[number] for member, number in table.to_pb.items()} == {m: m for m in domain}
    assert set(wire.values()) - set(table.from_pb) <= {0}  # only UNSPECIFIED may have none


@pytest.mark.parametrize(("record", "message"), [(Receipt, receipt_pb2.Receipt), (LineItem, field_pb2.LineItem)])
def test_every_extracted_field_has_its_place_in_the_contract(record: type, message: type) -> None:
    names = {slot.name for slot in dataclasses.fields(record)}
    assert names <= set(message.DESCRIPTOR.fields_by_name)  # type: ignore[attr-defined]


def test_a_recognition_reads_in_json_as_the_contract_says() -> None:
    answer = as_json(convert.recognition_to_pb(RECOGNITION))
    assert answer["model_versions"] == "ppocr-rec:6 zxing-cpp:2.3"
    assert answer["timing"] == {
        "total_duration": "1.250s",
        "queue_duration": "0.125s",
        "stages": [{"stage": "recognize", "wall_duration": "0.500s"}],
    }
    document = answer["document"]
    assert isinstance(document, dict)
    assert (document["document_id"], document["document_type"]) == ("d-1", "DOCUMENT_TYPE_RECEIPT")
    assert document["pages"] == [
        {
            "page_number": 1,
            "width_px": 100,
            "height_px": 50,
            "rotation_degrees": 181.5,
            "render_dpi": 200,
            "lines": [
                {
                    "text": "Milk",
                    "confidence": 0.75,
                    "detection_score": 0.875,
                    "polygon": POLYGON_JSON,
                    "words": [{"text": "Milk", "confidence": 0.5, "polygon": POLYGON_JSON}],
                    "engine": "ENGINE_PPOCR",
                }
            ],
        }
    ]
    assert document["checks"] == [{"id": "TOTAL-SUM", "state": "FAILED", "message": "11.00 + 1.50 is not 12.60."}]
    assert document["quality"] == {"sharpness": 0.5, "contrast": 0.25, "text_height_px": 18.5}
    assert document["barcodes"] == [
        {
            "symbology": "SYMBOLOGY_DATA_MATRIX",
            "text": "0109506000134352",
            "raw_value": "HTAxMDk1MDYwMDAxMzQzNTL/",
            "gtin": "09506000134352",
            "gs1_elements": [{"application_identifier": "01", "title": "GTIN", "value": "09506000134352"}],
            "polygon": POLYGON_JSON,
            "page_number": 1,
            "readers": ["zxing-cpp", "opencv"],
        }
    ]
    assert document["receipt"]["total"] == {
        "mention_text": "TOTAL 12,50",
        "money": {"amount": "12.50", "currency_code": "EUR"},
        "confidence": 0.75,
        "polygon": POLYGON_JSON,
        "page_number": 2,
        "check_ids": ["TOTAL-SUM"],
    }


def test_every_field_of_a_receipt_is_carried_in_its_own_kind() -> None:
    receipt = convert.recognition_to_pb(RECOGNITION).document.receipt
    fields = [slot.name for slot in dataclasses.fields(Receipt) if slot.name not in {"line_items", "tax_lines"}]
    assert {name: getattr(receipt, name).WhichOneof("normalized_value") for name in fields} == {
        "merchant_name": "text",
        "merchant_address": "text",
        "transaction_date": "date",
        "transaction_time": "time",
        "subtotal": "money",
        "tax": "money",
        "tip": "money",
        "total": "money",
        "currency": "text",
        "payment_method": "text",
        "receipt_number": "text",
    }
    assert as_json(receipt.transaction_date.date) == {"year": 2024, "month": 2, "day": 29}
    assert as_json(receipt.transaction_time.time) == {"hours": 23, "minutes": 59, "seconds": 58}
    assert receipt.receipt_number.text == "000123"
    milk, bag = receipt.line_items
    assert (milk.quantity.number, milk.unit_price.money.amount, milk.product_code.text) == ("1.500", "0.99", "0042")
    assert [slot.name for slot, _ in bag.ListFields()] == ["description"]
    (tax,) = receipt.tax_lines
    assert (tax.rate.number, tax.taxable_amount.money.amount, tax.tax_amount.money.amount) == ("19.0", "7.89", "1.50")


@given(amounts)
def test_money_keeps_its_value_and_its_digits_without_exponent(amount: Decimal) -> None:
    written = _with_total(amount).total.money.amount
    assert Decimal(written) == amount
    assert set(written) <= set("-.0123456789")


def test_money_keeps_trailing_zeros() -> None:
    assert _with_total(Decimal("100.00")).total.money.amount == "100.00"


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity")])
def test_an_amount_that_is_no_number_is_refused(value: Decimal) -> None:
    with pytest.raises(ValueError, match="is no amount"):
        _with_total(value)


@pytest.mark.parametrize("value", [1.5, 3, datetime(2024, 1, 1, tzinfo=UTC), None])
def test_a_field_of_a_kind_the_contract_does_not_know_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="a field cannot carry"):
        convert.progress_to_pb(FieldsFound(Receipt(total=field(value))))  # type: ignore[arg-type]


def test_a_receipt_without_fields_is_still_a_receipt() -> None:
    document = dataclasses.replace(RECOGNITION.document, fields=Receipt())
    answer = convert.recognition_to_pb(dataclasses.replace(RECOGNITION, document=document))
    assert answer.document.WhichOneof("fields") == "receipt"
    assert not answer.document.receipt.ListFields()


def test_a_document_without_extraction_has_no_fields_and_no_quality() -> None:
    document = dataclasses.replace(RECOGNITION.document, fields=None, quality=None)
    answer = convert.recognition_to_pb(dataclasses.replace(RECOGNITION, document=document)).document
    assert answer.WhichOneof("fields") is None
    assert not answer.HasField("quality")


def test_progress_becomes_events_of_its_own_kind() -> None:
    reading = StageProgress(Stage.RECOGNIZE, 0.5, page_number=1, page_count=2, lines_done=3, lines_total=6)
    happened = (reading, LinesRead(1, (LINE,)), BarcodesRead(2, (BARCODE,)), FieldsFound(RECEIPT))
    progress, lines, barcodes, found = map(convert.progress_to_pb, happened)
    assert as_json(progress) == {
        "progress": {
            "stage": "STAGE_RECOGNIZE",
            "fraction": 0.5,
            "page_number": 1,
            "page_count": 2,
            "lines_done": 3,
            "lines_total": 6,
        }
    }
    document = convert.recognition_to_pb(RECOGNITION).document
    assert (lines.lines.page_number, list(lines.lines.lines)) == (1, list(document.pages[0].lines))
    assert (barcodes.barcodes.page_number, list(barcodes.barcodes.barcodes)) == (2, list(document.barcodes))
    assert found.fields.receipt == document.receipt


def test_a_stream_that_succeeded_ends_with_the_whole_result() -> None:
    terminal = convert.succeeded_to_pb(RECOGNITION).terminal
    assert terminal.state == ocr_service_pb2.RecognizeTerminal.SUCCEEDED
    assert terminal.response == convert.recognition_to_pb(RECOGNITION)


def test_a_stream_that_failed_ends_with_the_error() -> None:
    terminal = convert.failed_to_pb(InvalidImage("The image is damaged.")).terminal
    assert terminal.state == ocr_service_pb2.RecognizeTerminal.FAILED
    assert (terminal.error.code, terminal.error.message) == (Code.INVALID_ARGUMENT, "The image is damaged.")
