"""Domain values for conversion tests: one of everything, and hypothesis strategies."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from hypothesis import strategies as st

from ocr_server.domain.barcode import Barcode, Gs1Element, Symbology
from ocr_server.domain.document import (
    Check,
    CheckState,
    Document,
    DocumentType,
    Engine,
    ImageQuality,
    Line,
    Page,
    Recognition,
    RecognizeOptions,
    StageTiming,
    Timing,
    Word,
)
from ocr_server.domain.geometry import Point, Polygon
from ocr_server.domain.job import Job, JobState
from ocr_server.domain.money import Money
from ocr_server.domain.receipt import Field, LineItem, Receipt, T, TaxLine

JOB_ID = "0b5e2c1a-7a53-4c3e-9d1f-0d8c3f6a2b10"
AT = datetime(2024, 5, 17, 12, 30, 15, 250_000, tzinfo=UTC)
# Upside down: the text's own top-left is at the lower right of the picture.
POLYGON = Polygon((Point(90.5, 40.25), Point(10, 40.25), Point(10, 20), Point(90.5, 20)))


def as_json(message: Message) -> dict[str, Any]:
    return MessageToDict(message, preserving_proto_field_name=True)


def field(value: T, mention: str = "as printed") -> Field[T]:
    return Field(mention, value, 0.75, POLYGON, page_number=2, check_ids=("TOTAL-SUM",))


WORD = Word("Milk", 0.5, POLYGON)
LINE = Line("Milk", 0.75, 0.875, POLYGON, (WORD,), Engine.PPOCR)
BARCODE = Barcode(
    Symbology.DATA_MATRIX,
    "0109506000134352",
    b"\x1d0109506000134352\xff",
    POLYGON,
    page_number=1,
    gtin="09506000134352",
    gs1_elements=(Gs1Element("01", "GTIN", "09506000134352"),),
    readers=("zxing-cpp", "opencv"),
)
RECEIPT = Receipt(
    merchant_name=field("Corner Shop"),
    merchant_address=field("1 Main Street"),
    transaction_date=field(date(2024, 2, 29)),
    transaction_time=field(time(23, 59, 58)),
    subtotal=field(Money(Decimal("11.00"), "EUR")),
    tax=field(Money(Decimal("1.50"), "EUR")),
    tip=field(Money(Decimal("0"), "")),
    total=field(Money(Decimal("12.50"), "EUR"), "TOTAL 12,50"),
    currency=field("EUR"),
    payment_method=field("VISA"),
    receipt_number=field("000123"),
    line_items=(
        LineItem(
            description=field("Milk"),
            quantity=field(Decimal("1.500")),
            unit_price=field(Money(Decimal("0.99"), "EUR")),
            total=field(Money(Decimal("1.49"), "EUR")),
            product_code=field("0042"),
        ),
        LineItem(description=field("Bag")),
    ),
    tax_lines=(
        TaxLine(
            rate=field(Decimal("19.0")),
            taxable_amount=field(Money(Decimal("7.89"), "EUR")),
            tax_amount=field(Money(Decimal("1.50"), "EUR")),
        ),
    ),
)
RECOGNITION = Recognition(
    Document(
        document_id="d-1",
        document_type=DocumentType.RECEIPT,
        pages=(Page(1, 100, 50, 181.5, (LINE,), render_dpi=200),),
        barcodes=(BARCODE,),
        fields=RECEIPT,
        checks=(Check("TOTAL-SUM", CheckState.FAILED, "11.00 + 1.50 is not 12.60."),),
        quality=ImageQuality(0.5, 0.25, 18.5),
    ),
    Timing(1.25, 0.125, (StageTiming("recognize", 0.5),)),
    "ppocr-rec:6 zxing-cpp:2.3",
)
QUEUED = Job(JOB_ID, "tenant", JobState.QUEUED, RecognizeOptions(), "ab" * 32, AT)

languages = st.sampled_from(["de", "fil", "en-GB", "zh-Hant", "sr-Latn-RS", "sl-rozaj-biske-1994"])
options = st.builds(
    RecognizeOptions,
    engine=st.sampled_from([engine for engine in Engine if engine is not Engine.PDF_TEXT]),
    document_type=st.sampled_from(DocumentType),
    languages=st.lists(languages, max_size=8).map(tuple),
    barcodes_only=st.booleans(),
)
amounts = st.decimals(allow_nan=False, allow_infinity=False)
