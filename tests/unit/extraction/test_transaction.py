import pytest

from ocr_server.extraction.layout import read_rows
from ocr_server.extraction.transaction import find_payment_method, find_receipt_number
from tests.unit.extraction.printed_receipts import page


@pytest.mark.parametrize(
    ("printed", "method"),
    [
        ("CASH 20.00", "CASH"),
        ("Gegeben bar EUR 20,00", "CASH"),
        ("TUNAI RM 20", "CASH"),
        ("VISA ****1234 12.30\nCASHBACK 0.00", "VISA"),
        ("MasterCard 12.30", "MASTERCARD"),
        ("EC-Karte EUR 12,30", "DEBIT CARD"),
        ("CARTE BANCAIRE 12,30 €", "CREDIT CARD"),
        ("CASHIER 12 VISA CARDS WELCOME", None),
        ("CASHEW 12.30", None),
        ("TOTAL 12.30", None),
    ],
)
def test_the_means_of_payment_stands_beside_an_amount(printed: str, method: str | None) -> None:
    found = find_payment_method(read_rows([page(printed)]))
    assert (found and found.value) == method


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("INVOICE NO: CS00012543", "CS00012543"),
        ("Bon-Nr. 004711", "004711"),
        ("Ticket n° 000812", "000812"),
        ("CHECK #: 100482", "100482"),
        ("INVOICE 12/03/2018", None),
        ("TAX INVOICE", None),
        ("RECORDS 12345", None),
    ],
)
def test_the_receipt_number_keeps_its_zeros(printed: str, number: str | None) -> None:
    found = find_receipt_number(read_rows([page(printed)]))
    assert (found and found.value) == number
