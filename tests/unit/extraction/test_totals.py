from decimal import Decimal

import pytest

from ocr_server.extraction.labelled_amounts import LabelledAmount, label_amounts
from ocr_server.extraction.layout import read_rows
from ocr_server.extraction.tax_lines import find_tax_rows
from ocr_server.extraction.totals import Sums, find_sums
from tests.unit.extraction.printed_receipts import page


def sums(printed: str, items_total: str | None = None) -> Sums:
    rows = read_rows([page(printed)])
    return find_sums(rows, label_amounts(rows), Decimal(items_total) if items_total else None)


def amount(found: LabelledAmount | None) -> str | None:
    return str(found.amount) if found else None


@pytest.mark.parametrize(
    ("printed", "total"),
    [
        ("TOTAL 12.30", "12.30"),
        ("TOTAL 12.30\nROUNDING -0.05\nTOTAL PAYABLE 12.25", "12.25"),
        ("SUBTOTAL 10.00\nGST 0.60\nTOTAL 10.60\nCASH 20.00\nCHANGE 9.40", "10.60"),
        ("TOTAL 31.47\nROUNDING ADJ -0.02\nTOTAL 31.45\nCASH -50.00\nCHANGE 18.55", "31.45"),
        ("TOTAL 0% SUPPLIES 23.64\nTOTAL 6% SUPPLIES 12.72\nTOTAL 36.36", "36.36"),
        ("SUMME EUR 18,68\nGegeben EUR 20,00\nRückgeld EUR 1,32", "18.68"),
        ("TOTAL\n12.30", "12.30"),
        ("TOTAL 12.30\nTOTAL 15.00\nCASH 20.00\nCHANGE 7.70", "12.30"),
    ],
)
def test_the_total_is_what_is_to_be_paid(printed: str, total: str) -> None:
    found = sums(printed)
    assert amount(found.total) == total
    assert found.total_is_labelled


def test_a_total_whose_word_was_misread_is_found_by_what_was_paid() -> None:
    found = sums("MILK 3.00\nBREAD 9.30\nT@T@L 12.30\nCASH 20.00\nCHANGE 7.70")
    assert (amount(found.total), found.total_is_labelled) == ("12.30", False)


def test_without_any_label_the_largest_amount_is_a_guess() -> None:
    found = sums("MILK 3.00\nBREAD 9.30\n12.30")
    assert (amount(found.total), found.total_is_labelled) == ("12.30", False)


def test_without_amounts_there_is_no_total() -> None:
    assert sums("THANK YOU") == Sums()


def test_the_subtotal_of_one_tax_rate_only_is_not_the_subtotal() -> None:
    printed = "TOTAL (EXCL. GST) 12.00\nGST 0.72\nTOTAL 0% SUPPLIES 23.64\nTOTAL PAYABLE 36.36"
    assert sums(printed).subtotal is None
    assert amount(sums("TOTAL (EXCL. GST) 12.00\nGST 0.72\nTOTAL PAYABLE 12.72").subtotal) == "12.00"


def test_taxes_of_state_and_city_are_one_tax() -> None:
    found = sums("SUBTOTAL 100.00\nSTATE TAX 4.00\nCITY TAX 4.50\nTOTAL 108.50")
    assert found.tax is not None
    assert (amount(found.tax), found.tax.mention.text) == ("8.50", "4.00 4.50")


def test_the_taxes_of_all_rates_are_the_tax_where_it_is_not_printed() -> None:
    assert amount(sums("SUMME 18,68\nA 7% 4,37 0,31\nB 19% 11,76 2,24").tax) == "2.55"


def rates(printed: str) -> list[tuple[str, str | None, str]]:
    rows = find_tax_rows(read_rows([page(printed)]))
    return [(str(row.rate_percent), str(row.net) if row.net is not None else None, str(row.tax)) for row in rows]


def test_a_tax_row_holds_rate_net_amount_and_tax_in_any_order() -> None:
    assert rates("SR @ 6%  25.00  1.50") == [("6", "25.00", "1.50")]
    assert rates("MWST 19,0%  2,24  11,76") == [("19.0", "11.76", "2.24")]
    assert rates("B 19%  11,76  2,24  14,00") == [("19", "11.76", "2.24")]


def test_a_rate_needs_no_percent_sign_where_the_numbers_fit() -> None:
    assert rates("2.6  1'006.63  26.17") == [("2.6", "1006.63", "26.17")]
    assert rates("2  10.00  7.00") == []


def test_a_rate_beside_the_tax_alone_has_no_net_amount() -> None:
    assert rates("SALES TAX 8.875%  1.46") == [("8.875", None, "1.46")]
    assert rates("DISCOUNT 10%  1.46") == []


def test_a_zero_rate_counts_and_a_row_of_zeros_does_not() -> None:
    assert rates("E = 0%  0.00  0.00\nE = 6%  0.00  0.00") == []
    assert rates("Z = 0%  146.40  .00\nE = 0%  0.00  0.00") == [("0", "146.40", "0.00")]


def test_a_repeated_rate_counts_once_and_with_its_net_amount() -> None:
    assert rates("GST 6%  1.50\nSR @ 6%  25.00  1.50") == [("6", "25.00", "1.50")]
