"""Rules of arithmetic and of the calendar that a receipt's fields are held against.

Every check names the fields it looked at. A failed check halves the confidence of each of them: one number at
least among them was misread or misunderstood, and which one the check cannot say.
"""

from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from ocr_server.domain.document import Check, CheckState
from ocr_server.domain.receipt import Field, Receipt
from ocr_server.extraction.amounts import CENT
from ocr_server.extraction.line_items import items_total
from ocr_server.extraction.totals import Sums

FAILED_CHECK_FACTOR = 0.5
_OLDEST = date(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class FieldCheck:
    """A check and the receipt's fields, by name, that it looked at."""

    check: Check
    field_names: frozenset[str]


def check_receipt(receipt: Receipt, sums: Sums, today: date) -> tuple[Receipt, tuple[Check, ...]]:
    """Hold all rules against a receipt; return it with their identifiers and the lowered confidences."""
    results = (
        check_total_sum(receipt, sums),
        check_tax_rate(sums),
        check_cash_change(sums),
        check_date_plausible(receipt, today),
    )
    changed: dict[str, Any] = {}
    for field in fields(Receipt):
        value = getattr(receipt, field.name)
        looked = [result.check for result in results if field.name in result.field_names]
        if isinstance(value, Field) and looked:
            failed = sum(check.state is CheckState.FAILED for check in looked)
            changed[field.name] = replace(
                value,
                confidence=value.confidence * FAILED_CHECK_FACTOR**failed,
                check_ids=tuple(check.check_id for check in looked),
            )
    return replace(receipt, **changed), tuple(result.check for result in results)


def check_total_sum(receipt: Receipt, sums: Sums) -> FieldCheck:
    """TOTAL-SUM: subtotal, or else the line items, plus what is added makes the total.

    Tax is added or already inside, and so is a discount: both ways count.
    """
    items = items_total(receipt.line_items)
    if sums.total is None or (sums.subtotal is None and items is None):
        return _not_applicable("TOTAL-SUM", "There is no total, or neither a subtotal nor line items to add up.")
    total = sums.total.amount
    starts = [("subtotal", sums.subtotal.amount)] if sums.subtotal else []
    starts += [("line items", items)] if items is not None else []
    added = [("tip", sums.tip), ("service charge", sums.service), ("rounding", sums.rounding)]
    always = [(name, part.amount) for name, part in added if part and part.amount]
    optional = [("tax", sums.tax.amount)] if sums.tax and sums.tax.amount else []
    if sums.discount and sums.discount.amount:
        optional.append(("discount", -abs(sums.discount.amount)))
    attempts = [[start, *chosen, *always] for start in starts for chosen in _subsets(optional)]
    reached = next((a for a in attempts if abs(sum(v for _, v in a) - total) <= CENT), None)
    shown = reached or attempts[-1 if len(starts) == 1 else len(attempts) // 2 - 1]
    terms = " + ".join(f"{name} {value}" for name, value in shown)
    made = sum((value for _, value in shown), Decimal(0))
    message = f"{terms} = {made}, and the total is {total}."
    names = frozenset({"total"} | {name for name, _ in shown if name in {"subtotal", "tax", "tip"}})
    return FieldCheck(Check("TOTAL-SUM", _state(reached is not None), message), names)


def check_tax_rate(sums: Sums) -> FieldCheck:
    """TAX-RATE: the taxes of the rows that print rate and net amount add up to the tax."""
    if not sums.tax_lines or sums.tax is None:
        return _not_applicable("TAX-RATE", "No row prints a tax rate beside a net amount and the tax.")
    table = sum((line.tax for line in sums.tax_lines), Decimal(0))
    terms = " + ".join(f"{line.rate_percent}% of {line.net} = {line.tax}" for line in sums.tax_lines)
    message = f"{terms}: together {table}, and the tax is {sums.tax.amount}."
    return FieldCheck(Check("TAX-RATE", _state(abs(table - sums.tax.amount) <= CENT), message), frozenset({"tax"}))


def check_cash_change(sums: Sums) -> FieldCheck:
    """CASH-CHANGE: what was paid minus the total is the change."""
    if sums.total is None or sums.paid is None or sums.change is None:
        return _not_applicable("CASH-CHANGE", "Total, amount paid and change are not all printed.")
    paid, total, change = sums.paid.amount, sums.total.amount, abs(sums.change.amount)
    message = f"Paid {paid} - total {total} = {paid - total}, and the change is {change}."
    return FieldCheck(Check("CASH-CHANGE", _state(paid - total == change), message), frozenset({"total"}))


def check_date_plausible(receipt: Receipt, today: date) -> FieldCheck:
    """DATE-PLAUSIBLE: the sale is not in the future and not before 1990."""
    if receipt.transaction_date is None:
        return _not_applicable("DATE-PLAUSIBLE", "There is no date.")
    value = receipt.transaction_date.value
    message = f"The date {value.isoformat()} should lie between {_OLDEST.isoformat()} and {today.isoformat()}."
    check = Check("DATE-PLAUSIBLE", _state(_OLDEST <= value <= today), message)
    return FieldCheck(check, frozenset({"transaction_date"}))


def _subsets(terms: list[tuple[str, Decimal]]) -> list[list[tuple[str, Decimal]]]:
    subsets: list[list[tuple[str, Decimal]]] = [[]]
    for term in terms:
        subsets += [[*subset, term] for subset in subsets]
    return subsets


def _state(passed: bool) -> CheckState:
    return CheckState.PASSED if passed else CheckState.FAILED


def _not_applicable(check_id: str, message: str) -> FieldCheck:
    return FieldCheck(Check(check_id, CheckState.NOT_APPLICABLE, message), frozenset())
