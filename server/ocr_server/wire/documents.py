"""Documents as messages: what the answers of gRPC and the events have in common."""

from dataclasses import fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from google.type.timeofday_pb2 import TimeOfDay

from ocr_server._pb.ocr.v1 import barcode_pb2, document_pb2, field_pb2, geometry_pb2
from ocr_server.domain.barcode import Barcode
from ocr_server.domain.document import Check, Document, Line, Page
from ocr_server.domain.field_path import FIELDS_MEMBERS
from ocr_server.domain.geometry import Polygon
from ocr_server.domain.money import Money
from ocr_server.domain.receipt import Field, Receipt
from ocr_server.wire.enums import CHECK_STATES, DOCUMENT_TYPES, ENGINES, SYMBOLOGIES


def document_to_pb(document: Document) -> document_pb2.Document:
    """Convert a whole document."""
    message = document_pb2.Document(
        document_id=document.document_id,
        document_type=DOCUMENT_TYPES.to_pb[document.document_type],
        pages=map(_page, document.pages),
        barcodes=map(barcode_to_pb, document.barcodes),
        checks=map(check_to_pb, document.checks),
    )
    if document.fields is not None:
        set_fields(message, document.fields)
    if document.quality is not None:
        quality = document.quality
        message.quality.sharpness = quality.sharpness
        message.quality.contrast = quality.contrast
        message.quality.text_height_px = quality.text_height_px
    return message


def check_to_pb(check: Check) -> document_pb2.Check:
    """Convert a check."""
    return document_pb2.Check(id=check.check_id, state=CHECK_STATES.to_pb[check.state], message=check.message)


def set_fields(message: Message, found: Receipt) -> None:
    """Set the message's oneof ``fields`` to what was extracted."""
    _fill(getattr(message, FIELDS_MEMBERS[type(found)]), found)


def _page(page: Page) -> document_pb2.Page:
    return document_pb2.Page(
        page_number=page.page_number,
        width_px=page.width_px,
        height_px=page.height_px,
        rotation_degrees=page.rotation_degrees,
        lines=map(line_to_pb, page.lines),
        render_dpi=page.render_dpi,
    )


def line_to_pb(line: Line) -> document_pb2.Line:
    """Convert a line of text."""
    return document_pb2.Line(
        text=line.text,
        confidence=line.confidence,
        detection_score=line.detection_score,
        polygon=_polygon(line.polygon),
        words=(
            document_pb2.Word(text=word.text, confidence=word.confidence, polygon=_polygon(word.polygon))
            for word in line.words
        ),
        engine=ENGINES.to_pb[line.engine],
    )


def barcode_to_pb(barcode: Barcode) -> barcode_pb2.Barcode:
    """Convert a barcode."""
    return barcode_pb2.Barcode(
        symbology=SYMBOLOGIES.to_pb[barcode.symbology],
        text=barcode.text,
        raw_value=barcode.raw_value,
        gtin=barcode.gtin,
        gs1_elements=(
            barcode_pb2.Gs1Element(
                application_identifier=element.application_identifier, title=element.title, value=element.value
            )
            for element in barcode.gs1_elements
        ),
        polygon=_polygon(barcode.polygon),
        page_number=barcode.page_number,
        readers=barcode.readers,
    )


def _polygon(polygon: Polygon) -> geometry_pb2.Polygon:
    return geometry_pb2.Polygon(vertices=(geometry_pb2.Vertex(x=x, y=y) for x, y in polygon.vertices))


def _fill(message: Message, record: Any) -> None:
    """Copy a dataclass of Fields, and of tuples of such dataclasses, into the message with the same names."""
    message.SetInParent()  # a receipt without any field is still a receipt
    for name in (slot.name for slot in fields(record)):
        value = getattr(record, name)
        if isinstance(value, tuple):
            for item in value:
                _fill(getattr(message, name).add(), item)
        elif value is not None:
            getattr(message, name).CopyFrom(_field(value))


def _field(field: Field[Any]) -> field_pb2.Field:
    message = field_pb2.Field(
        mention_text=field.mention_text,
        confidence=field.confidence,
        polygon=_polygon(field.polygon),
        page_number=field.page_number,
        check_ids=field.check_ids,
    )
    match field.value:
        case Money(amount, currency):
            message.money.CopyFrom(field_pb2.Money(amount=_decimal(amount), currency_code=currency))
        case Decimal() as number:
            message.number = _decimal(number)
        case str() as text:
            message.text = text
        case date() as day if not isinstance(day, datetime):
            message.date.CopyFrom(Date(year=day.year, month=day.month, day=day.day))
        case time() as clock:
            message.time.CopyFrom(TimeOfDay(hours=clock.hour, minutes=clock.minute, seconds=clock.second))
        case other:
            raise TypeError(f"a field cannot carry a {type(other).__name__}")
    return message


def _decimal(number: Decimal) -> str:
    """Write all digits, trailing zeros included, and no exponent."""
    if not number.is_finite():
        raise ValueError(f"{number} is no amount")
    return f"{number:f}"


def duration(seconds: float) -> Duration:
    """Convert seconds."""
    message = Duration()
    message.FromTimedelta(timedelta(seconds=seconds))
    return message


def timestamp(at: datetime) -> Timestamp:
    """Convert a moment. Raises ValueError if it has no time zone."""
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    message = Timestamp()
    message.FromDatetime(at)
    return message
