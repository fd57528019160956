"""The sums at the foot of a receipt: which printed amount is the total, the subtotal, the tax, …

A total is printed several times, before and after tax, discount and rounding. The one to be paid is found by
its label and by arithmetic: it is what was paid minus the change, and what the parts add up to.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from ocr_server.extraction.amounts import Amount, find_prices, parse_number
from ocr_server.extraction.labels import Label, label_of
from ocr_server.extraction.layout import Row
from ocr_server.extraction.mention import Mention

CENT = Decimal("0.01")
# Cash totals are rounded to five cents in some countries and to ten in others.
_CASH_ROUNDING = Decimal("0.05")
_RATE = re.compile(r"(?<![0-9.,])([0-9]{1,2}(?:[.,][0-9]{1,2})?)\s?%")
_BARE_RATE = re.compile(r"(?<![0-9.,])([1-9]|[12][0-9])(?:[.,]0{1,2})?(?![0-9.,/%])")
_DIGIT = re.compile(r"[0-9]")
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class LabelledAmount:
    """An amount and what the words before it call it. row: index into the rows. strength: see label_of."""

    label: Label
    strength: int
    row: int
    amount: Decimal
    mention: Mention


@dataclass(frozen=True, slots=True)
class TaxLine:
    """A row of a tax table: net * rate / 100 = tax, as printed."""

    rate_percent: Decimal
    net: Decimal
    tax: Decimal
    mention: Mention


@dataclass(frozen=True, slots=True)
class Sums:
    """The chosen amounts; None where not printed. change is what the till gave back on ``paid``."""

    total: LabelledAmount | None = None
    total_is_labelled: bool = False
    subtotal: LabelledAmount | None = None
    tax: LabelledAmount | None = None
    tip: LabelledAmount | None = None
    service: LabelledAmount | None = None
    rounding: LabelledAmount | None = None
    discount: LabelledAmount | None = None
    paid: LabelledAmount | None = None
    change: LabelledAmount | None = None
    tax_lines: tuple[TaxLine, ...] = ()


def find_sums(rows: Sequence[Row], items_total: Decimal | None = None) -> Sums:
    """Choose among all labelled amounts. items_total: what the line items add up to, as evidence."""
    amounts = label_amounts(rows)
    tax_lines = find_tax_lines(rows)
    paid, change = _payment(amounts)
    parts = {label: _last(amounts, label) for label in (Label.TIP, Label.SERVICE, Label.ROUNDING, Label.DISCOUNT)}
    expected = _expected_totals(amounts, paid, change, items_total)
    total = _best_total([a for a in amounts if a.label is Label.TOTAL], expected)
    labelled = total is not None
    if total is None:
        total = _unlabelled_total(rows, amounts, expected)
    subtotal = _subtotal(amounts, total)
    return Sums(
        total=total,
        total_is_labelled=labelled,
        subtotal=subtotal,
        tax=_tax(amounts, tax_lines, subtotal, total),
        tip=parts[Label.TIP],
        service=parts[Label.SERVICE],
        rounding=parts[Label.ROUNDING],
        discount=parts[Label.DISCOUNT],
        paid=paid,
        change=change,
        tax_lines=tax_lines,
    )


def label_amounts(rows: Sequence[Row]) -> list[LabelledAmount]:
    """Return every amount that words to its left, or alone on the row above, give a part in the sum."""
    found: list[LabelledAmount] = []
    for number, row in enumerate(rows):
        prices = find_prices(row.text)
        if prices:
            found += _labelled_in_row(row, number, prices)
        elif (label := label_of(row.text)) and number + 1 < len(rows) and not _DIGIT.search(_RATE.sub("", row.text)):
            below = rows[number + 1]
            prices = find_prices(below.text)
            if len(prices) == 1 and not _WORD.search(_without(below.text, prices)):
                found.append(_labelled(label, number + 1, below, prices[0]))
    return found


def find_tax_lines(rows: Sequence[Row]) -> tuple[TaxLine, ...]:
    """Return the rows that print a rate, a net amount and the tax that follows from both.

    The rate may lack its ``%`` where the column's heading has it. Rows of zero tax are left out, and so are
    repetitions of the same row.
    """
    lines: dict[tuple[Decimal, Decimal], TaxLine] = {}
    for row in rows:
        prices = find_prices(row.text)
        if len(prices) < 2:
            continue
        bare = _without(row.text, prices)
        rates = [rate for text in _RATE.findall(row.text) or _BARE_RATE.findall(bare) if (rate := parse_number(text))]
        for rate in rates:
            for net, tax in _orders(prices):
                if tax.amount > 0 and _is_tax(net.amount, tax.amount, rate):
                    mention = Mention.in_row(row, tax.start, tax.end)
                    lines.setdefault((rate, tax.amount), TaxLine(rate, net.amount, tax.amount, mention))
                    break
    return tuple(lines.values())


def _orders(prices: list[Amount]) -> list[tuple[Amount, Amount]]:
    neighbours = list(pairwise(prices))
    return neighbours + [(b, a) for a, b in neighbours]


def _is_tax(net: Decimal, tax: Decimal, rate: Decimal) -> bool:
    return 0 < rate < 50 and abs(net * rate / 100 - tax) <= CENT


def _labelled_in_row(row: Row, number: int, prices: list[Amount]) -> list[LabelledAmount]:
    """``CASH 50.00 CHANGE 33.50`` gives two; ``TOTAL 2 19.00 38.00`` gives the last amount to its label."""
    found, end = [], 0
    for price in prices:
        if label := label_of(row.text[end : price.start]):
            found.append(_labelled(label, number, row, price))
        end = price.end
    if len(found) == 1 or (not found and (label := label_of(row.text))):
        label = (found[0].label, found[0].strength) if found else label
        assert label is not None
        return [_labelled(label, number, row, prices[-1])]
    return found


def _labelled(label: tuple[Label, int], number: int, row: Row, price: Amount) -> LabelledAmount:
    if label[0] is Label.ROUNDING and abs(price.amount) >= 1:
        label = Label.TOTAL, 3  # what the rounding led to
    return LabelledAmount(*label, number, price.amount, Mention.in_row(row, price.start, price.end))


def _without(text: str, prices: list[Amount]) -> str:
    kept, end = [], 0
    for price in prices:
        kept.append(text[end : price.start])
        end = price.end
    return " ".join([*kept, text[end:]])


def _last(amounts: Sequence[LabelledAmount], label: Label) -> LabelledAmount | None:
    return next((amount for amount in reversed(amounts) if amount.label is label), None)


def _payment(amounts: Sequence[LabelledAmount]) -> tuple[LabelledAmount | None, LabelledAmount | None]:
    """The payment nearest above the change; without change the last one printed."""
    change = _last(amounts, Label.CHANGE)
    payments = [a for a in amounts if a.label is Label.PAID and a.amount > 0]
    above = [a for a in payments if change is None or a.row <= change.row]
    candidates = above or payments
    return (candidates[-1] if candidates else None), change


def _expected_totals(
    amounts: Sequence[LabelledAmount],
    paid: LabelledAmount | None,
    change: LabelledAmount | None,
    items_total: Decimal | None,
) -> list[tuple[Decimal, float]]:
    """What the total should be by each rule of arithmetic, with how much that rule counts."""
    expected: list[tuple[Decimal, float]] = []
    if paid:
        expected.append((paid.amount - abs(change.amount), 2.5) if change else (paid.amount, 1.0))
    extras = sum(a.amount for label in (Label.TIP, Label.SERVICE) if (a := _last(amounts, label)))
    rounding = _last(amounts, Label.ROUNDING)
    rounded = rounding.amount if rounding and abs(rounding.amount) <= _CASH_ROUNDING else Decimal(0)
    taxes = {Decimal(0)} | {a.amount for a in amounts if a.label is Label.TAX}
    for subtotal in {a.amount for a in amounts if a.label is Label.SUBTOTAL}:
        expected += [(subtotal + tax + extras + rounded, 1.5 if tax else 0.5) for tax in taxes]
    totals = {a.amount for a in amounts if a.label is Label.TOTAL}
    expected += [(total + rounded, 1.0) for total in totals if rounded]
    expected += [(net + tax + extras + rounded, 1.0) for net in totals for tax in taxes if tax]
    if items_total is not None:
        expected.append((items_total, 0.8))
    return expected


def _best_total(
    candidates: Sequence[LabelledAmount], expected: Sequence[tuple[Decimal, float]]
) -> LabelledAmount | None:
    """The most explicit label, the most arithmetic and the most repetitions; later ones win ties."""
    best: tuple[float, LabelledAmount] | None = None
    for candidate in candidates:
        score = float(candidate.strength) + _support(candidate.amount, expected)
        score += 0.4 * min(sum(other.amount == candidate.amount for other in candidates) - 1, 3)
        score -= 3.0 if candidate.amount == 0 else 0.0
        if best is None or score >= best[0]:
            best = score, candidate
    return best[1] if best else None


def _support(amount: Decimal, expected: Sequence[tuple[Decimal, float]]) -> float:
    """The sum over the different rules (by their weight) that lead to this amount."""
    return sum({weight for value, weight in expected if value == amount})


def _unlabelled_total(
    rows: Sequence[Row], amounts: Sequence[LabelledAmount], expected: Sequence[tuple[Decimal, float]]
) -> LabelledAmount | None:
    """Without any word for it: the amount most arithmetic leads to, else the largest one that nothing labels."""
    other = {a.row for a in amounts}
    subtotals = {a.row for a in amounts if a.label is Label.SUBTOTAL}
    best: tuple[float, Decimal, LabelledAmount] | None = None
    for number, row in enumerate(rows):
        for price in find_prices(row.text):
            support = _support(price.amount, expected) - (1.0 if number in subtotals else 0.0)
            if price.amount <= 0 or (number in other and support <= 0):
                continue
            if best is None or (support, price.amount) > best[:2]:
                best = support, price.amount, _labelled((Label.TOTAL, 0), number, row, price)
    return best[2] if best else None


def _subtotal(amounts: Sequence[LabelledAmount], total: LabelledAmount | None) -> LabelledAmount | None:
    """The subtotal that a printed tax leads from to the total, else the last one above the total, else the first."""
    subtotals = [a for a in amounts if a.label is Label.SUBTOTAL]
    if total and subtotals:
        taxes = [a.amount for a in amounts if a.label is Label.TAX]
        for subtotal in subtotals:
            if any(abs(subtotal.amount + tax - total.amount) <= _CASH_ROUNDING for tax in taxes if tax):
                return subtotal
        above = [a for a in subtotals if a.row < total.row]
        return (above or subtotals)[-1 if above else 0]
    return subtotals[0] if subtotals else None


def _tax(
    amounts: Sequence[LabelledAmount],
    lines: Sequence[TaxLine],
    subtotal: LabelledAmount | None,
    total: LabelledAmount | None,
) -> LabelledAmount | None:
    """The labelled tax that leads from subtotal to total or that the tax table repeats, else the first one.

    Several labelled taxes that only together lead to the total (state and city tax) are one, their sum; so are
    the lines of a tax table without any labelled tax.
    """
    labelled = [a for a in amounts if a.label is Label.TAX]
    difference = total.amount - subtotal.amount if total and subtotal else None
    table = sum((line.tax for line in lines), Decimal(0))
    for wanted in (difference, table):
        for tax in labelled:
            if wanted and abs(tax.amount - wanted) <= CENT:
                return tax
    if len(labelled) > 1 and difference and abs(sum(a.amount for a in labelled) - difference) <= CENT:
        first = labelled[0]
        mention = Mention.join(a.mention for a in labelled)
        return LabelledAmount(Label.TAX, 0, first.row, sum((a.amount for a in labelled), Decimal(0)), mention)
    if lines:
        return LabelledAmount(Label.TAX, 0, 0, table, Mention.join(line.mention for line in lines))
    return labelled[0] if labelled else None
