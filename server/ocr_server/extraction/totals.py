"""The sums at the foot of a receipt: which printed amount is the total, the subtotal, the tax, …

A total is printed several times, before and after tax, discount and rounding. The one to be paid is found by
its label and by arithmetic: it is what was paid minus the change, and what the parts add up to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from ocr_server.extraction.amounts import CENT, find_prices
from ocr_server.extraction.labelled_amounts import LabelledAmount, label_amounts, labelled
from ocr_server.extraction.labels import Label
from ocr_server.extraction.layout import Row
from ocr_server.extraction.mention import Mention
from ocr_server.extraction.tax_lines import TaxLine, find_tax_lines

# Cash totals are rounded to five cents in some countries and to ten in others.
_CASH_ROUNDING = Decimal("0.05")
_PAID_MINUS_CHANGE = 2.5


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What the total should be by one rule of arithmetic, and how much that rule counts.

    An explicit label counts up to 4.5. Weights were chosen on receipts of one half of the companies in SROIE's
    training set.
    """

    rule: str
    value: Decimal
    weight: float


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
    evidence = _collect_evidence(amounts, paid, change, items_total)
    candidates = [a for a in amounts if a.label is Label.TOTAL]
    if candidates:
        candidates += _paid_by_arithmetic(rows, amounts, evidence)
    total = _best_total(candidates, evidence) or _unlabelled_total(rows, amounts, evidence)
    subtotal = _subtotal(amounts, total)
    return Sums(
        total=total,
        total_is_labelled=bool(total and total.strength),
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


def _last(amounts: Sequence[LabelledAmount], label: Label) -> LabelledAmount | None:
    return next((amount for amount in reversed(amounts) if amount.label is label), None)


def _payment(amounts: Sequence[LabelledAmount]) -> tuple[LabelledAmount | None, LabelledAmount | None]:
    """The payment nearest above the change; without change the last one printed."""
    change = _last(amounts, Label.CHANGE)
    payments = [a for a in amounts if a.label is Label.PAID and a.amount > 0]
    above = [a for a in payments if change is None or a.row <= change.row]
    candidates = above or payments
    return (candidates[-1] if candidates else None), change


def _collect_evidence(
    amounts: Sequence[LabelledAmount],
    paid: LabelledAmount | None,
    change: LabelledAmount | None,
    items_total: Decimal | None,
) -> list[_Evidence]:
    evidence: list[_Evidence] = []
    if paid:
        evidence.append(
            _Evidence("paid - change", paid.amount - abs(change.amount), _PAID_MINUS_CHANGE)
            if change
            else _Evidence("paid", paid.amount, 1.0)
        )
    extras = sum(a.amount for label in (Label.TIP, Label.SERVICE) if (a := _last(amounts, label)))
    rounding = _last(amounts, Label.ROUNDING)
    rounded = rounding.amount if rounding and abs(rounding.amount) <= _CASH_ROUNDING else Decimal(0)
    taxes = {a.amount for a in amounts if a.label is Label.TAX and a.amount}
    totals = {a.amount for a in amounts if a.label is Label.TOTAL and a.amount}
    for subtotal in {a.amount for a in amounts if a.label is Label.SUBTOTAL}:
        evidence.append(_Evidence("subtotal", subtotal + extras + rounded, 0.5))
        evidence += [_Evidence("subtotal + tax", subtotal + tax + extras + rounded, 1.25) for tax in taxes]
    evidence += [_Evidence("total + tax", total + tax + extras + rounded, 1.0) for total in totals for tax in taxes]
    evidence += [_Evidence("total + rounding", total + rounded, 1.0) for total in totals if rounded]
    evidence += [_Evidence("group totals", a + b, 3.0) for a, b in combinations(totals, 2)]
    if items_total is not None:
        evidence.append(_Evidence("items", items_total, 0.6))
    return evidence


def _best_total(candidates: Sequence[LabelledAmount], evidence: Sequence[_Evidence]) -> LabelledAmount | None:
    """The most explicit label, the most arithmetic and the most repetitions; later ones win ties."""
    best: tuple[float, LabelledAmount] | None = None
    for candidate in candidates:
        score = 1.5 * candidate.strength + _support(candidate.amount, evidence)
        score += 0.4 * min(sum(other.amount == candidate.amount for other in candidates) - 1, 3)
        score -= 3.0 if candidate.amount == 0 else 0.0
        if best is None or score >= best[0]:
            best = score, candidate
    return best[1] if best else None


def _support(amount: Decimal, evidence: Sequence[_Evidence]) -> float:
    """The weights of the rules that lead to this amount, each counted once."""
    return sum({e.rule: e.weight for e in evidence if e.value == amount}.values())


def _paid_by_arithmetic(
    rows: Sequence[Row], amounts: Sequence[LabelledAmount], evidence: Sequence[_Evidence]
) -> list[LabelledAmount]:
    """Unlabelled amounts that equal paid - change: totals whose word was misread."""
    labelled = {a.row for a in amounts}
    wanted = {e.value for e in evidence if e.weight == _PAID_MINUS_CHANGE}
    return [
        labelled((Label.TOTAL, 0), number, row, price)
        for number, row in enumerate(rows)
        if number not in labelled
        for price in find_prices(row.text)
        if price.amount in wanted
    ]


def _unlabelled_total(
    rows: Sequence[Row], amounts: Sequence[LabelledAmount], evidence: Sequence[_Evidence]
) -> LabelledAmount | None:
    """Without any word for it: the amount most arithmetic leads to, else the largest one that nothing labels."""
    other = {a.row for a in amounts}
    subtotals = {a.row for a in amounts if a.label is Label.SUBTOTAL}
    best: tuple[float, Decimal, LabelledAmount] | None = None
    for number, row in enumerate(rows):
        for price in find_prices(row.text):
            support = _support(price.amount, evidence) - (1.0 if number in subtotals else 0.0)
            if price.amount <= 0 or (number in other and support <= 0):
                continue
            if best is None or (support, price.amount) > best[:2]:
                best = support, price.amount, labelled((Label.TOTAL, 0), number, row, price)
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
