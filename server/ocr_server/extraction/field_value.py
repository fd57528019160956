"""What a field means when a person says how it is printed: by the rules that the recognized mention is read by."""

import re
from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal

from ocr_server.domain.document import Engine, Line
from ocr_server.domain.field_path import VALUE_TYPES
from ocr_server.domain.geometry import Polygon
from ocr_server.domain.money import Money
from ocr_server.extraction.amounts import RATE, find_amounts, parse_number
from ocr_server.extraction.currency import find_currency
from ocr_server.extraction.dates import find_dates, find_times, month_before_day
from ocr_server.extraction.layout import Row
from ocr_server.extraction.transaction import payment_method_in

FieldValue = Money | date | time | Decimal | str

_SIGNED = re.compile(r"(?P<minus>[-−–])?\s*(?P<number>\S.*)")


def field_value(name: str, text: str, rows: Sequence[Row], currency: str) -> FieldValue | None:
    """Return what the text means as the value of a field; None if it cannot mean any, or more than one.

    name: the field's path without indexes, one of VALUE_TYPES. text: words separated by single spaces.
    rows: those of the document, whose other dates may tell whether the day or the month comes first.
    currency: ISO 4217 code of the document, or empty.
    """
    if name.endswith(".rate"):
        return _rate(text)
    kind = VALUE_TYPES[name]
    if kind is Money:
        amount = _amount(text)
        return None if amount is None else Money(amount, currency)
    if kind is date:
        return _date(text, rows, currency)
    if kind is time:
        times = find_times(text)
        return times[0][2] if len(times) == 1 else None
    if kind is Decimal:
        return parse_number(text)
    return _text(name, text)


def _amount(text: str) -> Decimal | None:
    amounts = find_amounts(text)
    if amounts:
        return amounts[0].amount if len(amounts) == 1 else None
    # A whole number: in a field of money it needs no currency beside it.
    signed = _SIGNED.fullmatch(text)
    number = parse_number(signed["number"]) if signed else None
    return -number if number is not None and signed and signed["minus"] else number


def _date(text: str, rows: Sequence[Row], currency: str) -> date | None:
    mentions = find_dates(text)
    if len(mentions) != 1:
        return None
    others = [mention for row in rows for mention in find_dates(row.text)]
    return mentions[0].value(month_before_day=month_before_day([*mentions, *others], currency))


def _rate(text: str) -> Decimal | None:
    match = RATE.fullmatch(text if text.endswith("%") else f"{text}%")
    return Decimal(match[1].replace(",", ".")) if match else None


def _text(name: str, text: str) -> str | None:
    match name.rpartition(".")[2]:
        case "currency":
            found = find_currency([_row(text)])
            return found.value if found else None
        case "payment_method":
            return payment_method_in(text) or text
        case "merchant_address":
            return text.rstrip(" ,")
        case _:
            return text


def _row(text: str) -> Row:
    """The text as if it stood on a page by itself."""
    return Row.of([Line(text, 1.0, 1.0, Polygon.from_box(0, 0, 1, 1), (), Engine.AUTO)], page_number=1)
