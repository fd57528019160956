"""The bought things: rows of a description, perhaps a code, a quantity and a unit price, and a sum.

An item may take one row (``2 MILK 1.10 2.20``), or its description stands above its numbers, or its quantity
alone above or below. Quantity and unit price are taken only if their product is the sum printed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ocr_server.domain.money import Money
from ocr_server.domain.receipt import Field, LineItem
from ocr_server.extraction.amounts import Amount, find_amounts, find_prices, parse_number
from ocr_server.extraction.dates import find_dates
from ocr_server.extraction.labels import Label, label_of
from ocr_server.extraction.layout import Row
from ocr_server.extraction.mention import Mention

_HEADING = re.compile(
    r"\b(?:ITEMS?|DESC\w*|QTY|QUANTITY|U\.?/?P(?:RICE)?|UNIT|PRICE|AMOUNT|AMT|TOTAL|ARTIKEL|BEZEICHNUNG|MENGE|PREIS|"
    r"EUR|DISC|RM|TAX|CODE|ARTICLE|QTÉ|PRIX|CANT|PRECIO)\b",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"(?<![\w.,])(\d{1,4}(?:[.,]\d{1,3})?)\s?(?:[xX×@*]|ST(?:K|CK)?\.?\s?[xX]?|PCS\s?[xX@]?)(?![^\W\d_])"
)
_NUMBER = re.compile(r"(?<![\w.,])\d{1,4}(?:[.,]\d{1,3})?(?![\w.,%])")
_CODE = re.compile(r"(?<!\w)(?=[A-Z0-9-]*\d{3})[A-Z0-9][A-Z0-9-]{4,19}(?!\w)")
_TAIL = re.compile(r"^\W*[A-Z]{0,3}\d?\W*$", re.IGNORECASE)
_END = frozenset({Label.TOTAL, Label.SUBTOTAL, Label.PAID, Label.CHANGE})
_NOT_AN_ITEM = frozenset({Label.COUNT, Label.OTHER, Label.ROUNDING, Label.TAX, Label.TIP, Label.SERVICE})
_LETTERS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The numbers of an item, with the row that printed them; quantity and unit price only where they fit."""

    row: Row
    total: Amount
    quantity: tuple[int, int] | None
    unit_price: Amount | None
    first: int


def find_line_items(rows: Sequence[Row], currency: str) -> tuple[LineItem, ...]:
    """Return the items between the head of the receipt and its first sum; none if there is no such sum."""
    region = _item_rows(rows)
    items: list[LineItem] = []
    waiting: list[Row] = []  # rows without a sum that belong to the item that follows
    for row in region:
        numbers = _read_numbers(row)
        if numbers is None:
            waiting.append(row)
            continue
        item = _item(numbers, waiting, currency)
        if item is not None:
            items.append(item)
        waiting = []
    return tuple(items)


def items_total(items: Sequence[LineItem]) -> Decimal | None:
    """Return what the items add up to; None without items."""
    totals = [item.total.value.amount for item in items if item.total]
    return sum(totals, Decimal(0)) if totals else None


def _item_rows(rows: Sequence[Row]) -> list[Row]:
    end = next((n for n, row in enumerate(rows) if _ends_items(row)), None)
    if end is None:
        return []
    start = next((n + 1 for n in range(end - 1, -1, -1) if _is_heading(rows[n])), None)
    if start is None:  # no column headings: the first row with a sum, and the description above it
        start = next((n for n in range(end) if _read_numbers(rows[n])), end)
        if 0 < start < end and not _LETTERS.search(rows[start].text[: _first_number(rows[start])]):
            start -= 1
    return list(rows[start:end])


def _ends_items(row: Row) -> bool:
    label = label_of(row.text)
    return label is not None and label[0] in _END and bool(find_prices(row.text))


def _is_heading(row: Row) -> bool:
    return len(_HEADING.findall(row.text)) >= 2 and not find_prices(row.text)


def _read_numbers(row: Row) -> _Numbers | None:
    """The sum at the end of the row and what fits before it; None for rows that end otherwise."""
    prices = find_prices(row.text)
    label = label_of(row.text)
    if not prices or not _TAIL.match(row.text[prices[-1].end :]) or find_dates(row.text):
        return None
    if label and label[0] in _NOT_AN_ITEM:
        return None
    total = prices[-1]
    for unit in reversed([amount for amount in find_amounts(row.text) if amount.end <= total.start]):
        for match in [*_TIMES.finditer(row.text), *_NUMBER.finditer(row.text)]:
            digits = match[1] if match.re is _TIMES else match[0]
            start, end = match.start(), match.start() + len(digits)
            beside = end <= unit.start or (unit.end <= start and end <= total.start)
            quantity = parse_number(digits)
            if beside and quantity and abs(quantity * unit.amount - total.amount) <= Decimal("0.01"):
                return _Numbers(row, total, (start, end), unit, min(start, unit.start))
    return _Numbers(row, total, None, None, total.start)


def _first_number(row: Row) -> int:
    numbers = _read_numbers(row)
    return numbers.first if numbers else len(row.text)


def _item(numbers: _Numbers, waiting: Sequence[Row], currency: str) -> LineItem | None:
    row = numbers.row
    text = row.text[: numbers.first]
    if numbers.quantity and numbers.quantity[0] == numbers.first and not _LETTERS.search(text):
        text = row.text[numbers.quantity[1] : (numbers.unit_price or numbers.total).start]  # 2 MILK 1.10 2.20
        start = numbers.quantity[1]
    else:
        start = 0
    described = [(row, start, start + len(text))] if len(_LETTERS.findall(text)) >= 2 else []
    if not described:
        described = [(above, 0, len(above.text)) for above in waiting if len(_LETTERS.findall(above.text)) >= 2][-1:]
    code = _code([(above, 0, len(above.text)) for above in waiting] + [(row, start, start + len(text))])
    if not described and code is None:
        return None
    item = LineItem(
        description=_description(*described[0], code) if described else None,
        quantity=_quantity(numbers),
        unit_price=_money(row, numbers.unit_price, currency) if numbers.unit_price else None,
        total=_money(row, numbers.total, currency),
        product_code=code,
    )
    return item if item.description or item.product_code else None


def _description(row: Row, start: int, end: int, code: Field[str] | None) -> Field[str] | None:
    """The text without the code at either end, a position number before and signs around."""
    text = row.text[start:end]
    if code and code.mention_text in text:
        before, _, behind = text.partition(code.mention_text)
        if len(_LETTERS.findall(behind)) >= len(_LETTERS.findall(before)):
            start, text = start + len(before) + len(code.mention_text), behind
        else:
            text = before
    lead = re.match(r"[\W_]*(?:\d{1,3}\s*[.)xX]\s+)?[\W_]*", text)
    start += lead.end() if lead else 0
    text = re.sub(r"[\s:*@x×-]+$", "", text[lead.end() if lead else 0 :], flags=re.IGNORECASE)
    if not _LETTERS.search(text):
        return None
    return Mention.in_row(row, start, start + len(text)).field(" ".join(text.split()))


def _quantity(numbers: _Numbers) -> Field[Decimal] | None:
    if numbers.quantity is None:
        return None
    mention = Mention.in_row(numbers.row, *numbers.quantity)
    value = parse_number(mention.text)
    return mention.field(value) if value is not None else None


def _money(row: Row, amount: Amount, currency: str) -> Field[Money]:
    return Mention.in_row(row, amount.start, amount.end).field(Money(amount.amount, currency))


def _code(texts: Sequence[tuple[Row, int, int]]) -> Field[str] | None:
    for row, start, end in texts:
        if match := _CODE.search(row.text, start, end):
            return Mention.in_row(row, *match.span()).field(match[0])
    return None
