import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_server.extraction.amounts import find_amounts
from ocr_server.extraction.currency import currency_code, find_currency
from ocr_server.extraction.layout import read_rows
from tests.unit.extraction.printed_receipts import page

CODES = {
    "€": "EUR",
    "EUR": "EUR",
    "eur": "EUR",
    "£": "GBP",
    "RM": "MYR",
    "Fr.": "CHF",
    "CHF": "CHF",
    "US$": "USD",
    "S$": "SGD",
    "₹": "INR",
    "zł": "PLN",
}


def currency_of(printed: str) -> str | None:
    found = find_currency(read_rows([page(printed)]))
    return found.value if found else None


@given(st.sampled_from(sorted(CODES)), st.booleans(), st.integers(1, 9999))
def test_a_sign_on_either_side_of_an_amount_gives_its_code(sign: str, before: bool, cents: int) -> None:
    number = f"{cents / 100:.2f}"
    (found,) = find_amounts(f"{sign} {number}" if before else f"{number} {sign}")
    assert found.currency == CODES[sign]


@given(st.text())
def test_no_sign_makes_the_parser_raise(text: str) -> None:
    currency_code(text)


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("TOTAL 12,50 €", "EUR"),
        ("TOTAL CHF 12.50\nMWST CHF 0.93\nGMBH", "CHF"),
        ("TOTAL $12.50", "USD"),
        ("PERTH AUSTRALIA\nTOTAL $12.50", "AUD"),
        ("KEDAI SDN BHD\nTOTAL $12.50", "MYR"),
        ("TOTAL ¥1,250", "JPY"),
        ("KEDAI SDN BHD\nTOTAL 12.50", "MYR"),
        ("KEDAI SDN BHD\nPEN 2.50", "MYR"),
        ("TOTAL 12.50", None),
    ],
)
def test_the_currency_is_what_is_printed_else_what_the_country_pays_in(printed: str, code: str | None) -> None:
    assert currency_of(printed) == code


def test_a_currency_taken_from_the_country_is_less_certain_than_a_printed_one() -> None:
    printed, guessed = (find_currency(read_rows([page(text)])) for text in ("TOTAL RM 5.00", "KEDAI SDN BHD"))
    assert printed is not None
    assert guessed is not None
    assert guessed.confidence < printed.confidence
