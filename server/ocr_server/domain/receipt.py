"""A receipt's fields: what was printed, what it means, where it stood, which checks it passed."""

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Generic, TypeVar

from ocr_server.domain.geometry import Polygon
from ocr_server.domain.money import Money

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Field(Generic[T]):
    """One value found on a page.

    mention_text: as printed.
    value: what it means; money as Money, dates and times as datetime types, quantities as Decimal, else text.
    confidence: 0 to 1: the reader's confidence in the lines used, lowered by failed checks.
    polygon: around the mention, pixels of the original image; for several lines their common box.
    page_number: 1-based.
    check_ids: identifiers of the document's checks that looked at this field.
    """

    mention_text: str
    value: T
    confidence: float
    polygon: Polygon
    page_number: int
    check_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineItem:
    """One bought thing. Parts that the receipt does not print are None."""

    description: Field[str] | None = None
    quantity: Field[Decimal] | None = None
    unit_price: Field[Money] | None = None
    total: Field[Money] | None = None
    product_code: Field[str] | None = None


@dataclass(frozen=True, slots=True)
class TaxLine:
    """Tax of one rate (EN 16931, VAT breakdown). Parts that the receipt does not print are None.

    rate: percent. taxable_amount: what the tax is computed from. tax_amount: the tax.
    """

    rate: Field[Decimal] | None = None
    taxable_amount: Field[Money] | None = None
    tax_amount: Field[Money] | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A till receipt. A field is None if it is not printed or could not be read; that is not an error."""

    merchant_name: Field[str] | None = None
    merchant_address: Field[str] | None = None
    transaction_date: Field[date] | None = None
    transaction_time: Field[time] | None = None
    subtotal: Field[Money] | None = None
    tax: Field[Money] | None = None
    tip: Field[Money] | None = None
    total: Field[Money] | None = None
    currency: Field[str] | None = None
    payment_method: Field[str] | None = None
    receipt_number: Field[str] | None = None
    line_items: tuple[LineItem, ...] = ()
    tax_lines: tuple[TaxLine, ...] = ()
