from decimal import Decimal

from ocr_server.domain.receipt import LineItem
from ocr_server.extraction.labelled_amounts import label_amounts
from ocr_server.extraction.layout import read_rows
from ocr_server.extraction.line_items import find_line_items, items_total
from tests.unit.extraction.printed_receipts import page


def items(printed: str) -> tuple[LineItem, ...]:
    rows = read_rows([page(printed)])
    return find_line_items(rows, label_amounts(rows), "MYR")


def table(printed: str) -> list[tuple[str | None, str | None, str | None, str | None]]:
    """Description, quantity, unit price and sum of each item."""
    return [
        (
            item.description and item.description.value,
            item.quantity and str(item.quantity.value),
            item.unit_price and str(item.unit_price.value.amount),
            item.total and str(item.total.value.amount),
        )
        for item in items(printed)
    ]


def test_an_item_in_one_row() -> None:
    assert table("MILO 1KG  2  10.60  21.20\nTOTAL 21.20") == [("MILO 1KG", "2", "10.60", "21.20")]


def test_a_quantity_before_the_description() -> None:
    assert table("2 MILK  1.10  2.20\nTOTAL 2.20") == [("MILK", "2", "1.10", "2.20")]


def test_a_description_above_its_numbers() -> None:
    printed = "MILK\n2 X 1.10   2.20\nBREAD\n1 X 3.00   3.00\nTOTAL 5.20"
    assert table(printed) == [("MILK", "2", "1.10", "2.20"), ("BREAD", "1", "3.00", "3.00")]


def test_quantity_and_unit_price_behind_the_description_above() -> None:
    assert table("WINE  2 x 7.00\n14.00\nTOTAL 14.00") == [("WINE", "2", "7.00", "14.00")]


def test_a_description_below_its_numbers() -> None:
    printed = "QTY  PRICE  AMOUNT\n2  1.10  2.20  SR\nMILK\n1  3.00  3.00  SR\nBREAD\nTOTAL 5.20"
    assert table(printed) == [("MILK", "2", "1.10", "2.20"), ("BREAD", "1", "3.00", "3.00")]


def test_a_code_is_kept_apart_from_the_description() -> None:
    (item,) = items("MILK 1L\n9556123456789  2 X 1.10   2.20\nTOTAL 2.20")
    assert item.product_code is not None
    assert item.description is not None
    assert (item.product_code.value, item.description.value) == ("9556123456789", "MILK 1L")


def test_quantity_and_unit_price_that_do_not_make_the_sum_are_left_out() -> None:
    assert table("MILK  3  1.10  2.20\nTOTAL 2.20")[0][1:3] == (None, None)


def test_the_price_of_one_is_no_sum() -> None:
    assert [row[3] for row in table("RICE\n@2 X RM 24.35\nRICE  48.70\nTOTAL 48.70")] == ["48.70"]


def test_a_discount_and_a_saving_are_items_with_a_minus() -> None:
    assert [row[3] for row in table("BOOK  41.07\nGREAT SAVING  -9.60\nTOTAL 31.47")] == ["41.07", "-9.60"]


def test_a_product_named_like_a_payment_is_an_item_but_the_payment_is_not() -> None:
    assert [row[0] for row in table("861 SOAP BAR 130  9.00\nCASH  20.00\nTOTAL 9.00")] == ["861 SOAP BAR 130"]


def test_head_and_foot_are_no_items() -> None:
    printed = "JALAN EURO 1\nDATE 12/03/2018\nMILK  2.20\nSUBTOTAL  2.20\nTAX  0.10\nTOTAL 2.30\nPOINTS  9.00"
    assert [row[0] for row in table(printed)] == ["MILK"]


def test_without_a_sum_there_are_no_items() -> None:
    assert items("MILK  2.20\nBREAD  3.00") == ()
    assert items_total(()) is None


def test_items_add_up_exactly() -> None:
    assert items_total(items("A CAKE  0.10\nB CAKE  0.20\nTOTAL 0.30")) == Decimal("0.30")
