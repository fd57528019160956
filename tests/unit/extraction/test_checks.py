from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_server.domain.document import Check, CheckState
from ocr_server.domain.receipt import Receipt
from ocr_server.extraction.checks import FAILED_CHECK_FACTOR, check_date_plausible
from ocr_server.extraction.layout import read_rows
from ocr_server.extraction.receipt import extract_receipt
from tests.unit.extraction.printed_receipts import page

TODAY = date(2024, 12, 1)


def extract(printed: str) -> tuple[Receipt, dict[str, Check]]:
    receipt, checks = extract_receipt(read_rows([page(printed)]), today=TODAY)
    return receipt, {check.check_id: check for check in checks}


def state(printed: str, check_id: str) -> CheckState:
    return extract(printed)[1][check_id].state


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("SUBTOTAL 10.00\nGST 0.60\nTOTAL 10.60", CheckState.PASSED),
        ("SUBTOTAL 10.60\nINCL. GST 0.60\nTOTAL 10.60", CheckState.PASSED),
        ("SUBTOTAL 10.00\nSERVICE CHARGE 1.00\nGST 0.66\nROUNDING -0.01\nTOTAL 11.65", CheckState.PASSED),
        ("SUBTOTAL 10.00\nDISCOUNT 1.00\nTOTAL 9.00", CheckState.PASSED),
        ("SUBTOTAL 10.00\nGST 0.60\nTOTAL 16.60", CheckState.FAILED),
        ("GST 0.60\nTOTAL 10.60", CheckState.NOT_APPLICABLE),
        ("SUBTOTAL 10.00", CheckState.NOT_APPLICABLE),
        ("", CheckState.NOT_APPLICABLE),
    ],
)
def test_total_sum(printed: str, expected: CheckState) -> None:
    assert state(printed, "TOTAL-SUM") is expected


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("MILK  2.20\nBREAD  3.00\nSUBTOTAL 5.20\nTAX 0.52\nTOTAL 5.72", CheckState.PASSED),
        ("MILK  2.20\nBREAD  3.00\nTAX 0.52\nTOTAL 5.72", CheckState.PASSED),
        ("MILK  2.20\nBREAD  3.00\nTOTAL 5.20", CheckState.PASSED),
        ("MILK  2.20\nBREAD  8.00\nTOTAL 5.20", CheckState.FAILED),
        ("TOTAL 5.20", CheckState.NOT_APPLICABLE),
        ("MILK  2.20\nCASH 5.00", CheckState.FAILED),
    ],
)
def test_line_items_sum(printed: str, expected: CheckState) -> None:
    assert state(printed, "LINE-ITEMS-SUM") is expected


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("TAX 2.55\nTOTAL 18.68\nA 7% 4,37 0,31\nB 19% 11,76 2,24", CheckState.PASSED),
        ("TAX 2.99\nTOTAL 18.68\nSUBTOTAL 15.69\nA 7% 4,37 0,31\nB 19% 11,76 2,24", CheckState.FAILED),
        ("TOTAL 18.68\nA 7% 4,37 0,31\nB 19% 11,76 2,24", CheckState.NOT_APPLICABLE),
        ("TAX 6% 1.50\nTOTAL 26.50", CheckState.NOT_APPLICABLE),
        ("TAX 1.50\nTOTAL 26.50", CheckState.NOT_APPLICABLE),
    ],
)
def test_tax_lines_sum(printed: str, expected: CheckState) -> None:
    assert state(printed, "TAX-LINES-SUM") is expected


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("GRAND TOTAL 10.60\nCASH 20.00\nCHANGE 9.40", CheckState.PASSED),
        ("GRAND TOTAL 10.60\nCASH -20.00\nCHANGE -9.40", CheckState.PASSED),
        ("GRAND TOTAL 10.60\nCASH 20.00\nCHANGE 9.90", CheckState.FAILED),
        ("GRAND TOTAL 10.60\nCASH 20.00", CheckState.NOT_APPLICABLE),
    ],
)
def test_cash_change(printed: str, expected: CheckState) -> None:
    assert state(printed, "CASH-CHANGE") is expected


def test_date_plausible() -> None:
    assert state("01/12/2024", "DATE-PLAUSIBLE") is CheckState.PASSED
    assert state("02/12/2024", "DATE-PLAUSIBLE") is CheckState.FAILED
    assert state("31/12/1989", "DATE-PLAUSIBLE") is CheckState.FAILED
    assert state("TOTAL 1.00", "DATE-PLAUSIBLE") is CheckState.NOT_APPLICABLE


@given(st.dates(date(1990, 1, 1), TODAY + timedelta(days=4000)))
def test_a_date_is_plausible_up_to_today(day: date) -> None:
    receipt, _ = extract("01/12/2024")
    assert receipt.transaction_date is not None
    check = check_date_plausible(replace(receipt.transaction_date, value=day), TODAY).check
    assert (check.state is CheckState.PASSED) == (day <= TODAY)


def test_a_failed_check_lowers_what_it_looked_at_and_a_passed_one_does_not() -> None:
    right, _ = extract("SUBTOTAL 10.00\nGST 0.60\nTOTAL 10.60\n01/12/2024")
    wrong, _ = extract("SUBTOTAL 10.00\nGST 0.60\nTOTAL 16.60\n01/12/2024")
    for name in ("subtotal", "tax", "total"):
        before, after = getattr(right, name), getattr(wrong, name)
        assert after.confidence == pytest.approx(before.confidence * FAILED_CHECK_FACTOR)
        assert before.check_ids == after.check_ids == ("TOTAL-SUM",)
    assert right.transaction_date is not None
    assert wrong.transaction_date is not None
    assert wrong.transaction_date.confidence == right.transaction_date.confidence


def test_line_items_that_do_not_add_up_are_less_certain_and_the_total_is_not() -> None:
    receipt, _ = extract("MILK  2.20\nBREAD  8.00\nTOTAL 5.20")
    assert receipt.total is not None
    assert receipt.total.confidence == 0.9
    assert [item.total and (item.total.confidence, item.total.check_ids) for item in receipt.line_items] == [
        (0.45, ("LINE-ITEMS-SUM",)),
        (0.45, ("LINE-ITEMS-SUM",)),
    ]


def test_the_message_shows_the_numbers_compared() -> None:
    _, checks = extract("SUBTOTAL 10.00\nGST 0.60\nTOTAL 10.60")
    assert checks["TOTAL-SUM"].message == "subtotal 10.00 + tax 0.60 = 10.60, and the total is 10.60."


def test_every_check_is_reported_once_whatever_the_text() -> None:
    _, checks = extract("")
    assert set(checks) == {"TOTAL-SUM", "LINE-ITEMS-SUM", "TAX-LINES-SUM", "CASH-CHANGE", "DATE-PLAUSIBLE"}


@given(st.integers(10, 99999), st.integers(0, 9999))  # a subtotal within cash rounding of nothing tells nothing
def test_any_subtotal_and_tax_printed_with_their_sum_pass(subtotal_cents: int, tax_cents: int) -> None:
    subtotal, tax = Decimal(subtotal_cents) / 100, Decimal(tax_cents) / 100
    printed = f"SUBTOTAL {subtotal:.2f}\nTAX {tax:.2f}\nGRAND TOTAL {subtotal + tax:.2f}"
    assert state(printed, "TOTAL-SUM") is CheckState.PASSED
