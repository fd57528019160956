from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_server.extraction.amounts import find_amounts, find_prices, parse_number, without_amounts

# Thousands sign and decimal sign of each way to print a number.
STYLES = {"en": (",", "."), "de": (".", ","), "ch": ("'", "."), "ch-typographic": ("’", "."), "plain": ("", ".")}
amounts = st.decimals(min_value=0, max_value=Decimal("99999999.99"), places=2)


def printed(amount: Decimal, style: str) -> str:
    thousands, decimal = STYLES[style]
    return f"{amount:,.2f}".replace(",", "T").replace(".", decimal).replace("T", thousands)


@given(amounts, st.sampled_from(sorted(STYLES)))
def test_an_amount_reads_as_it_was_printed_in_every_style(amount: Decimal, style: str) -> None:
    text = printed(amount, style)
    assert parse_number(text) == amount
    assert [found.amount for found in find_amounts(text)] == [amount]


@given(amounts, st.sampled_from(sorted(STYLES)), st.sampled_from(["€", "£", "$", "RM", "CHF", "USD "]))
def test_a_currency_before_the_amount_belongs_to_it(amount: Decimal, style: str, sign: str) -> None:
    text = f"TOTAL {sign}{printed(amount, style)}"
    (found,) = find_amounts(text)
    assert (found.amount, found.currency != "") == (amount, True)
    assert text[found.start : found.end] == text.removeprefix("TOTAL ")


@given(amounts.filter(bool), st.sampled_from(["-{}", "- {}", "{}-", "({})", "-RM {}", "RM -{}", "−{}"]))
def test_a_minus_is_read_wherever_tills_print_it(amount: Decimal, form: str) -> None:
    (found,) = find_amounts(form.format(printed(amount, "plain")))
    assert found.amount == -amount


@given(st.text())
def test_no_text_makes_the_parsers_raise_and_mentions_lie_inside_it_in_order(text: str) -> None:
    parse_number(text)
    found = find_amounts(text)
    edges = [edge for amount in found for edge in (amount.start, amount.end)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(text) for edge in edges)
    assert set(find_prices(text)) <= set(found)


@given(st.text(alphabet="0123456789.,'’ -()RM$%OoIl|xX@", max_size=40))
def test_no_mixture_of_digits_and_signs_makes_the_parsers_raise(text: str) -> None:
    find_amounts(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u202f234,50", "1234.50"),
        ("1.234.567", "1234567"),
        ("0.125", "0.125"),
        ("12. 30", "12.30"),
        ("12·30", "12.30"),
        ("1O.5O", "10.50"),
        ("l2.30", "12.30"),
        (".05", "0.05"),
    ],
)
def test_separators_and_confused_letters_are_understood(text: str, amount: str) -> None:
    (found,) = find_amounts(text)
    assert str(found.amount) == amount


@pytest.mark.parametrize(
    "text",
    [
        "12/03/2018",
        "12.03.2018",
        "10:45:30",
        "TEL 03-8945 1234",
        "6.00 %",
        "1.5kg",
        "500 ml",
        "#12.30",
        "20",
        "OIL",
        "٣٫٥٠",
    ],
)
def test_dates_times_numbers_rates_and_weights_are_no_amounts(text: str) -> None:
    assert find_amounts(text) == []


def test_a_whole_number_is_a_price_only_beside_a_currency() -> None:
    assert [str(found.amount) for found in find_prices("2 PCS RM 20")] == ["20"]
    assert [str(found.amount) for found in find_prices("¥1,200")] == ["1200"]
    assert find_prices("WEIGHT 1.235 9.9") == []


def test_a_number_too_long_for_a_price_is_none() -> None:
    assert parse_number("9" * 18) is not None
    assert parse_number("9" * 19) is None
    assert find_amounts("9" * 10_000 + ".00") == []


def test_the_text_around_amounts_is_what_remains() -> None:
    text = "TOTAL RM 12.30 CASH 20.00 END"
    assert without_amounts(text, find_amounts(text)).split() == ["TOTAL", "CASH", "END"]
