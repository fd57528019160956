"""The sums at the foot of a receipt: which printed amount is the total, the subtotal, the tax, …

A total is printed several times, before and after tax, discount and rounding. The one to be paid is found by
its label and by arithmetic: it is what was paid minus the change, and what the parts add up to.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from ocr_server.extraction.amounts import CENT, find_prices
from ocr_server.extraction.labelled_amounts import LabelledAmount
from ocr_server.extraction.labels import Label
from ocr_server.extraction.layout import Row
from ocr_server.extraction.mention import Mention
from ocr_server.extraction.tax_lines import TaxRow, find_tax_rows

# Cash totals are rounded to five cents in some countries and to ten in others.
_CASH_ROUNDING = Decimal("0.05")
# The sums stand at the foot. Arithmetic tries all pairs, so a text of nothing but totals must not be tried whole.
_MOST_AMOUNTS = 100


class _Evidence:
    """What the total should be by rules of arithmetic, and how much each rule counts.

    An explicit label counts up to 4.5. Weights were chosen on receipts of one half of the companies in SROIE's
    training set.
    """

    def __init__(self) -> None:
        self._weights: defaultdict[Decimal, dict[str, float]] = defaultdict(dict)

    def add(self, rule: str, value: Decimal, weight: float) -> None:
        self._weights[value][rule] = weight

    def support(self, value: Decimal) -> float:
        """Return the weights of the rules that lead to this value, each counted once."""
        return sum(self._weights[value].values()) if value in self._weights else 0.0


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
    tax_rows: tuple[TaxRow, ...] = ()


def find_sums(rows: Sequence[Row], amounts: Sequence[LabelledAmount], items_total: Decimal | None) -> Sums:
    """Choose among the labelled amounts of these rows. items_total: what the line items add up to, as evidence."""
    amounts = amounts[-_MOST_AMOUNTS:]
    tax_rows = find_tax_rows(rows)
    paid, change = _payment(amounts)
    due = abs(paid.amount) - abs(change.amount) if paid and change else None
    evidence = _collect_evidence(amounts, paid, due, items_total)
    candidates = [a for a in amounts if a.label is Label.TOTAL]
    if candidates and due is not None:
        candidates += _unlabelled(rows, amounts, due)
    total = _best_total(candidates, evidence) or _unlabelled_total(rows, amounts, evidence)
    subtotal = _subtotal(amounts, total)
    return Sums(
        total=total,
        total_is_labelled=bool(total and total.strength),
        subtotal=subtotal,
        tax=_tax(amounts, tax_rows, subtotal, total),
        tip=_last(amounts, Label.TIP),
        service=_last(amounts, Label.SERVICE),
        rounding=_last(amounts, Label.ROUNDING),
        discount=_last(amounts, Label.DISCOUNT),
        paid=paid,
        change=change,
        tax_rows=tax_rows,
    )


def _last(amounts: Sequence[LabelledAmount], label: Label) -> LabelledAmount | None:
    return next((amount for amount in reversed(amounts) if amount.label is label), None)


def _payment(amounts: Sequence[LabelledAmount]) -> tuple[LabelledAmount | None, LabelledAmount | None]:
    """The payment nearest above the change; without change the last one printed. Some tills print them negative."""
    change = _last(amounts, Label.CHANGE)
    payments = [a for a in amounts if a.label is Label.PAID and a.amount]
    above = [a for a in payments if change is None or a.row <= change.row]
    candidates = above or payments
    return (candidates[-1] if candidates else None), change


def _collect_evidence(
    amounts: Sequence[LabelledAmount], paid: LabelledAmount | None, due: Decimal | None, items_total: Decimal | None
) -> _Evidence:
    evidence = _Evidence()
    if due is not None:
        evidence.add("paid - change", due, 2.5)
    elif paid:
        evidence.add("paid", abs(paid.amount), 1.0)
    if items_total is not None:
        evidence.add("items", items_total, 0.6)
    extras = sum(a.amount for label in (Label.TIP, Label.SERVICE) if (a := _last(amounts, label)))
    rounding = _last(amounts, Label.ROUNDING)
    rounded = rounding.amount if rounding and abs(rounding.amount) <= _CASH_ROUNDING else Decimal(0)
    taxes = {a.amount for a in amounts if a.label is Label.TAX and a.amount}
    totals = {a.amount for a in amounts if a.label is Label.TOTAL and a.amount}
    for subtotal in {a.amount for a in amounts if a.label is Label.SUBTOTAL}:
        evidence.add("subtotal", subtotal + extras + rounded, 0.5)
        for tax in taxes:
            evidence.add("subtotal + tax", subtotal + tax + extras + rounded, 1.25)
    for total in totals:
        if rounded:
            evidence.add("total + rounding", total + rounded, 1.0)
        for tax in taxes:
            evidence.add("total + tax", total + tax + extras + rounded, 1.0)
    for one, other in combinations(totals, 2):
        evidence.add("group totals", one + other, 3.0)
    return evidence


def _best_total(candidates: Sequence[LabelledAmount], evidence: _Evidence) -> LabelledAmount | None:
    """The most explicit label, the most arithmetic and the most repetitions; later ones win ties."""
    repetitions = Counter(candidate.amount for candidate in candidates)
    best: tuple[float, LabelledAmount] | None = None
    for candidate in candidates:
        score = 1.5 * candidate.strength + evidence.support(candidate.amount)
        score += 0.4 * min(repetitions[candidate.amount] - 1, 3)
        score -= 3.0 if candidate.amount == 0 else 0.0
        if best is None or score >= best[0]:
            best = score, candidate
    return best[1] if best else None


def _unlabelled(rows: Sequence[Row], amounts: Sequence[LabelledAmount], due: Decimal) -> list[LabelledAmount]:
    """Amounts without a label that equal what was paid minus the change: totals whose word was misread."""
    taken = {a.row for a in amounts}
    return [
        LabelledAmount.of((Label.TOTAL, 0), number, row, price)
        for number, row in enumerate(rows)
        if number not in taken
        for price in find_prices(row.text)
        if price.amount == due
    ]


def _unlabelled_total(
    rows: Sequence[Row], amounts: Sequence[LabelledAmount], evidence: _Evidence
) -> LabelledAmount | None:
    """Without any word for it: the amount most arithmetic leads to, else the largest one that nothing labels."""
    other = {a.row for a in amounts}
    subtotals = {a.row for a in amounts if a.label is Label.SUBTOTAL}
    best: tuple[float, Decimal, LabelledAmount] | None = None
    for number, row in enumerate(rows):
        for price in find_prices(row.text):
            support = evidence.support(price.amount) - (1.0 if number in subtotals else 0.0)
            if price.amount <= 0 or (number in other and support <= 0):
                continue
            if best is None or (support, price.amount) > best[:2]:
                best = support, price.amount, LabelledAmount.of((Label.TOTAL, 0), number, row, price)
    return best[2] if best else None


def _subtotal(amounts: Sequence[LabelledAmount], total: LabelledAmount | None) -> LabelledAmount | None:
    """The subtotal that a printed tax leads from to the total, else the last one above the total, else the first.

    None if it is the sum of one tax rate only: if it takes another group's total to reach the total.
    """
    subtotals = [a for a in amounts if a.label is Label.SUBTOTAL]
    if not subtotals or total is None:
        return subtotals[0] if subtotals else None
    taxes = {a.amount for a in amounts if a.label is Label.TAX}
    for subtotal in subtotals:
        if any(abs(subtotal.amount + tax - total.amount) <= _CASH_ROUNDING for tax in taxes if tax):
            return subtotal
    above = [a for a in subtotals if a.row < total.row]
    subtotal = above[-1] if above else subtotals[0]
    groups = {a.amount for a in amounts if a.label is Label.TOTAL and a.amount}
    rest = total.amount - subtotal.amount
    partial = any(abs(tax + group - rest) <= _CASH_ROUNDING for tax in {Decimal(0), *taxes} for group in groups)
    return None if partial else subtotal


def _tax(
    amounts: Sequence[LabelledAmount],
    tax_rows: Sequence[TaxRow],
    subtotal: LabelledAmount | None,
    total: LabelledAmount | None,
) -> LabelledAmount | None:
    """The labelled tax that leads from subtotal to total or that the tax table repeats, else the first one.

    Several labelled taxes that only together lead to the total (state and city tax) are one, their sum; so are
    the lines of a tax table without any labelled tax.
    """
    taxes = [a for a in amounts if a.label is Label.TAX]
    difference = total.amount - subtotal.amount if total and subtotal else None
    table = sum((row.tax for row in tax_rows), Decimal(0))
    for wanted in (difference, table):
        for tax in taxes:
            if wanted and abs(tax.amount - wanted) <= CENT:
                return tax
    if len(taxes) > 1 and difference and abs(sum(a.amount for a in taxes) - difference) <= CENT:
        first = taxes[0]
        mention = Mention.join(a.mention for a in taxes)
        return LabelledAmount(Label.TAX, 0, first.row, sum((a.amount for a in taxes), Decimal(0)), mention)
    if tax_rows:
        return LabelledAmount(Label.TAX, 0, 0, table, Mention.join(row.tax_mention for row in tax_rows))
    return taxes[0] if taxes else None
