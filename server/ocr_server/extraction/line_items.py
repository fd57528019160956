"""The bought things: rows of a description, perhaps a code, a quantity and a unit price, and a sum.

An item may take one row (``2 MILK 1.10 2.20``), or its description stands above or below its numbers. Quantity
and unit price are taken only if their product is the sum printed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ocr_server.domain.money import Money
from ocr_server.domain.receipt import Field, LineItem
from ocr_server.extraction.amounts import CENT, Amount, find_amounts, find_prices, parse_number
from ocr_server.extraction.dates import find_dates
from ocr_server.extraction.labelled_amounts import LabelledAmount
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
# The price of one, not a sum: ``@2 X RM 24.35``.
_UNIT_PRICE_BEFORE = re.compile(r"(?<![^\W\d_])[xX×@]\s?$")
_CODE = re.compile(r"(?<!\w)(?=[A-Z0-9-]*\d{3})[A-Z0-9][A-Z0-9-]{4,19}(?!\w)")
# Behind the sum stand at most a tax code and signs.
_TAIL = re.compile(r"^\W*[A-Z]{0,3}\d?\W*$", re.IGNORECASE)
_POSITION = re.compile(r"[\W_]*(?:\d{1,3}\s*[.)xX]\s+)?[\W_]*")
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"[0-9]")
_SUMS = frozenset({Label.TOTAL, Label.SUBTOTAL})
_PAYMENTS = frozenset({Label.PAID, Label.CHANGE})
_NOT_AN_ITEM = frozenset({Label.COUNT, Label.ROUNDING, Label.TAX, Label.TIP, Label.SERVICE})


@dataclass(frozen=True, slots=True)
class _Part:
    """Characters ``start`` to ``end`` of a row."""

    row: Row
    start: int
    end: int

    @classmethod
    def whole(cls, row: Row) -> "_Part":
        return cls(row, 0, len(row.text))

    @property
    def text(self) -> str:
        return self.row.text[self.start : self.end]

    @property
    def describes(self) -> bool:
        return len(_LETTER.findall(self.text)) >= 2


@dataclass(frozen=True, slots=True)
class _Factors:
    """A quantity and a unit price in one row."""

    quantity: _Part
    unit_price: Amount

    @property
    def start(self) -> int:
        return min(self.quantity.start, self.unit_price.start)


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The numbers at the end of an item's row; the factors only where they make the total."""

    row: Row
    total: Amount
    factors: _Factors | None

    @property
    def words(self) -> _Part:
        """What stands before the numbers, or behind a quantity at the row's start: ``2 MILK 1.10 2.20``."""
        if self.factors is None:
            return _Part(self.row, 0, self.total.start)
        before = _Part(self.row, 0, self.factors.start)
        if before.describes or _CODE.search(before.text):
            return before
        quantity, unit_price = self.factors.quantity, self.factors.unit_price
        return _Part(self.row, quantity.end, max(quantity.end, unit_price.start))


def find_line_items(rows: Sequence[Row], amounts: Sequence[LabelledAmount], currency: str) -> tuple[LineItem, ...]:
    """Return the items between the head of the receipt and its first sum; none if there is no such sum.

    amounts: the labelled ones of these rows.
    """
    items = (_item(numbers, others, currency) for numbers, others in _group_rows(_item_rows(rows, amounts)))
    return tuple(item for item in items if item is not None)


def items_total(items: Sequence[LineItem]) -> Decimal | None:
    """Return what the items add up to; None without items."""
    totals = [item.total.value.amount for item in items if item.total]
    return sum(totals, Decimal(0)) if totals else None


def _item_rows(rows: Sequence[Row], amounts: Sequence[LabelledAmount]) -> list[Row]:
    ends = [a.row for a in amounts if a.label in _SUMS] or [a.row for a in amounts if a.label in _PAYMENTS]
    above = [row for row in rows[: ends[0]] if not _is_part_of_sum(row)] if ends else []
    heading = next((n for n in range(len(above) - 1, -1, -1) if _is_heading(above[n])), None)
    if heading is not None:
        return above[heading + 1 :]
    for number, row in enumerate(above):  # the first row with a sum, and the description above it
        if numbers := _read_numbers(row):
            return above[number if numbers.words.describes or number == 0 else number - 1 :]
    return []


def _is_heading(row: Row) -> bool:
    return len(_HEADING.findall(row.text)) >= 2 and not _DIGIT.search(row.text)


def _is_part_of_sum(row: Row) -> bool:
    """Whether words call its last price that. ``SAVING -9.60`` is an item, and so is ``861 SOAP BAR 130 9.00``."""
    prices = find_prices(row.text)
    words = row.text[: prices[-1].start] if prices else ""
    label = label_of(words)
    if label is None:
        return False
    if label[0] in _PAYMENTS:
        return len(words.split()) < 3
    return label[0] in _NOT_AN_ITEM or (label[0] is Label.OTHER and prices[-1].amount >= 0)


def _group_rows(rows: Sequence[Row]) -> list[tuple[_Numbers, list[Row]]]:
    """The numbers of each item and the rows that belong to it without numbers, the nearest last.

    Those are the rows above; or those below, where the first row has numbers without any words and the last row
    has words only.
    """
    read = [(row, _read_numbers(row)) for row in rows]
    below = bool(read) and read[0][1] is not None and not read[0][1].words.describes and read[-1][1] is None
    groups: list[tuple[_Numbers, list[Row]]] = []
    others: list[Row] = []
    for row, numbers in reversed(read) if below else read:
        if numbers is None:
            others.append(row)
        else:
            groups.append((numbers, others))
            others = []
    if any(numbers.total.has_cents for numbers, _ in groups):  # then ``JALAN EURO 1`` is no price
        groups = [group for group in groups if group[0].total.has_cents]
    return groups[::-1] if below else groups


def _read_numbers(row: Row) -> _Numbers | None:
    """The sum at the end of the row and what fits before it; None for rows that end otherwise."""
    prices = find_prices(row.text)
    if not prices or not _TAIL.match(row.text[prices[-1].end :]) or find_dates(row.text):
        return None
    total = prices[-1]
    if _UNIT_PRICE_BEFORE.search(row.text[: total.start]):
        return None
    return _Numbers(row, total, _find_factors(row, total.start, total.amount))


def _find_factors(row: Row, end: int, total: Decimal) -> _Factors | None:
    """Two numbers before ``end`` whose product is the total, the second with a price's decimals."""
    for unit_price in reversed([amount for amount in find_amounts(row.text) if amount.end <= end]):
        for match in [*_TIMES.finditer(row.text), *_NUMBER.finditer(row.text)]:
            digits = match[1] if match.re is _TIMES else match[0]
            quantity = _Part(row, match.start(), match.start() + len(digits))
            beside = quantity.end <= unit_price.start or unit_price.end <= quantity.start <= quantity.end <= end
            number = parse_number(digits)
            if beside and number and abs(number * unit_price.amount - total) <= CENT:
                return _Factors(quantity, unit_price)
    return None


def _item(numbers: _Numbers, others: Sequence[Row], currency: str) -> LineItem | None:
    words = numbers.words
    nearest = [_Part.whole(row) for row in reversed(others)]
    described = next((part for part in (words, *nearest) if part.describes), None)
    code = _code([words, *(part for part in nearest if described is not words or not part.describes)])
    factors = numbers.factors
    if described and factors is None:  # WINE 2 x 7.00, and 14.00 on the next row
        factors = _find_factors(described.row, described.end, numbers.total.amount)
        if factors:
            described = _Part(described.row, described.start, max(described.start, factors.start))
    description = _description(described, code) if described else None
    if description is None and code is None:
        return None
    return LineItem(
        description=description,
        quantity=_quantity(factors.quantity) if factors else None,
        unit_price=_money(factors.quantity.row, factors.unit_price, currency) if factors else None,
        total=_money(numbers.row, numbers.total, currency),
        product_code=code,
    )


def _description(part: _Part, code: Field[str] | None) -> Field[str] | None:
    """The text without the code at either end, a position number before and signs around."""
    start, text = part.start, part.text
    if code and code.mention_text in text:
        before, _, behind = text.partition(code.mention_text)
        if len(_LETTER.findall(behind)) >= len(_LETTER.findall(before)):
            start, text = start + len(before) + len(code.mention_text), behind
        else:
            text = before
    lead = _POSITION.match(text)
    assert lead is not None
    start, text = start + lead.end(), re.sub(r"[\s:*@x×-]+$", "", text[lead.end() :], flags=re.IGNORECASE)
    if not _LETTER.search(text):
        return None
    return Mention.in_row(part.row, start, start + len(text)).field(" ".join(text.split()))


def _quantity(part: _Part) -> Field[Decimal] | None:
    value = parse_number(part.text)
    return Mention.in_row(part.row, part.start, part.end).field(value) if value is not None else None


def _money(row: Row, amount: Amount, currency: str) -> Field[Money]:
    return Mention.in_row(row, amount.start, amount.end).field(Money(amount.amount, currency))


def _code(parts: Sequence[_Part]) -> Field[str] | None:
    for part in parts:
        if match := _CODE.search(part.row.text, part.start, part.end):
            return Mention.in_row(part.row, *match.span()).field(match[0])
    return None
