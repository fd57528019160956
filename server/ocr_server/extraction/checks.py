"""Rules of arithmetic and of the calendar that a receipt's fields are held against.

Every check names the fields it looked at. A failed check halves the confidence of each of them: one number at
least among them was misread or misunderstood, and which one the check cannot say. A check whose inputs are not
printed, or were worked out from each other, is not applicable.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

from ocr_server.domain.document import Check, CheckState
from ocr_server.domain.receipt import Field, LineItem, Receipt, TaxLine
from ocr_server.extraction.amounts import CENT
from ocr_server.extraction.line_items import items_total
from ocr_server.extraction.totals import Sums

FAILED_CHECK_FACTOR = 0.5
_OLDEST = date(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class FieldCheck:
    """A check and the receipt's fields, by name, that it looked at."""

    check: Check
    field_names: frozenset[str] = frozenset()


def check_receipt(receipt: Receipt, sums: Sums, today: date) -> tuple[Receipt, tuple[Check, ...]]:
    """Hold all rules against a receipt; return it with their identifiers and the lowered confidences."""
    results = (
        check_total_sum(sums),
        check_line_items_sum(receipt.line_items, sums),
        check_tax_lines_sum(sums),
        check_cash_change(sums),
        check_date_plausible(receipt.transaction_date, today),
    )
    changed: dict[str, Any] = {}
    for slot in fields(Receipt):
        looked = [result.check for result in results if slot.name in result.field_names]
        if looked:
            changed[slot.name] = _checked(getattr(receipt, slot.name), looked)
    return replace(receipt, **changed), tuple(result.check for result in results)


def check_total_sum(sums: Sums) -> FieldCheck:
    """TOTAL-SUM: the subtotal and what is added to it make the total."""
    if sums.total is None or sums.subtotal is None or sums.subtotal is sums.total:
        return _not_applicable("TOTAL-SUM", "Subtotal and total are not both printed.")
    parts = {"subtotal": sums.subtotal, "tax": sums.tax, "tip": sums.tip or sums.service, "total": sums.total}
    names = frozenset(name for name, part in parts.items() if part)
    return _sum_check("TOTAL-SUM", ("subtotal", sums.subtotal.amount), sums, {"total": sums.total.amount}, names)


def check_line_items_sum(items: Sequence[LineItem], sums: Sums) -> FieldCheck:
    """LINE-ITEMS-SUM: the line items make the subtotal; or the total, with what is added to them."""
    added_up = items_total(items)
    goals = {name: sum_.amount for name, sum_ in (("subtotal", sums.subtotal), ("total", sums.total)) if sum_}
    if added_up is None or not goals:
        return _not_applicable("LINE-ITEMS-SUM", "There are no line items, or neither a subtotal nor a total.")
    return _sum_check("LINE-ITEMS-SUM", ("line items", added_up), sums, goals, frozenset({"line_items"}))


def check_tax_lines_sum(sums: Sums) -> FieldCheck:
    """TAX-LINES-SUM: the taxes of all rates make the tax, where it is printed by itself."""
    spans = {span for row in sums.tax_rows for span in row.tax_mention.spans}
    if not sums.tax_rows or sums.tax is None or not spans.isdisjoint(sums.tax.mention.spans):
        return _not_applicable("TAX-LINES-SUM", "There is no tax printed apart from the taxes by rate.")
    made = sum((row.tax for row in sums.tax_rows), Decimal(0))
    terms = " + ".join(f"{row.rate_percent}%: {row.tax}" for row in sums.tax_rows)
    passed = abs(made - sums.tax.amount) <= CENT
    message = f"{terms} = {made}, and the tax is {sums.tax.amount}."
    return FieldCheck(Check("TAX-LINES-SUM", _state(passed), message), frozenset({"tax", "tax_lines"}))


def check_cash_change(sums: Sums) -> FieldCheck:
    """CASH-CHANGE: what was paid minus the total is the change."""
    if sums.total is None or sums.paid is None or sums.change is None:
        return _not_applicable("CASH-CHANGE", "Total, amount paid and change are not all printed.")
    paid, total, change = abs(sums.paid.amount), sums.total.amount, abs(sums.change.amount)
    message = f"Paid {paid} - total {total} = {paid - total}, and the change is {change}."
    return FieldCheck(Check("CASH-CHANGE", _state(paid - total == change), message), frozenset({"total"}))


def check_date_plausible(transaction_date: Field[date] | None, today: date) -> FieldCheck:
    """DATE-PLAUSIBLE: the sale is not in the future and not before 1990."""
    if transaction_date is None:
        return _not_applicable("DATE-PLAUSIBLE", "There is no date.")
    value = transaction_date.value
    message = f"The date {value.isoformat()} should lie between {_OLDEST.isoformat()} and {today.isoformat()}."
    check = Check("DATE-PLAUSIBLE", _state(_OLDEST <= value <= today), message)
    return FieldCheck(check, frozenset({"transaction_date"}))


def _sum_check(
    check_id: str, start: tuple[str, Decimal], sums: Sums, goals: Mapping[str, Decimal], names: frozenset[str]
) -> FieldCheck:
    """Whether ``start`` with any choice of what a receipt adds makes one of the goals.

    Any choice, because a tax, a service charge or a discount may stand inside the starting amount already.
    """
    optional = {"tax": sums.tax, "service charge": sums.service, "tip": sums.tip, "rounding": sums.rounding}
    terms = [(name, part.amount) for name, part in optional.items() if part and part.amount]
    if sums.discount and sums.discount.amount:
        terms.append(("discount", -abs(sums.discount.amount)))
    for chosen in _subsets(terms):
        made = start[1] + sum((value for _, value in chosen), Decimal(0))
        for goal, wanted in goals.items():
            if abs(made - wanted) <= CENT:
                return FieldCheck(
                    Check(check_id, CheckState.PASSED, _equation([start, *chosen], made, goal, wanted)), names
                )
    made = start[1] + sum((value for _, value in terms), Decimal(0))
    goal, wanted = list(goals.items())[-1]
    return FieldCheck(Check(check_id, CheckState.FAILED, _equation([start, *terms], made, goal, wanted)), names)


def _equation(terms: Iterable[tuple[str, Decimal]], made: Decimal, goal: str, wanted: Decimal) -> str:
    return f"{' + '.join(f'{name} {value}' for name, value in terms)} = {made}, and the {goal} is {wanted}."


def _subsets(terms: Sequence[tuple[str, Decimal]]) -> list[list[tuple[str, Decimal]]]:
    """All of them, the smallest first."""
    return [list(chosen) for size in range(len(terms) + 1) for chosen in combinations(terms, size)]


def _checked(value: Any, checks: Sequence[Check]) -> Any:
    """A field with these checks; for line items and tax lines, each of the amounts that were added up."""
    match value:
        case Field():
            failed = sum(check.state is CheckState.FAILED for check in checks)
            return replace(
                value,
                confidence=value.confidence * FAILED_CHECK_FACTOR**failed,
                check_ids=tuple(check.check_id for check in checks),
            )
        case LineItem():
            return replace(value, total=_checked(value.total, checks))
        case TaxLine():
            return replace(value, tax_amount=_checked(value.tax_amount, checks))
        case tuple():
            return tuple(_checked(part, checks) for part in value)
    return value


def _state(passed: bool) -> CheckState:
    return CheckState.PASSED if passed else CheckState.FAILED


def _not_applicable(check_id: str, message: str) -> FieldCheck:
    return FieldCheck(Check(check_id, CheckState.NOT_APPLICABLE, message))
