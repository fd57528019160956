from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_server.extraction.dates import find_dates, find_times, find_transaction_date, find_transaction_time
from ocr_server.extraction.layout import Row, read_rows
from tests.unit.extraction.printed_receipts import page

TODAY = date(2024, 12, 1)
days = st.dates(date(1970, 1, 1), date(2069, 12, 31))
NUMERIC = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y/%m/%d", "%d/%m/%y", "%d-%m-%y", "%d.%m.%y"]
NAMED = ["%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y", "%d %b %y", "%d. %B %Y"]


def rows(printed: str) -> tuple[Row, ...]:
    return read_rows([page(printed)])


@given(days, st.sampled_from(NUMERIC + NAMED))
def test_a_date_reads_as_it_was_printed_day_first(day: date, form: str) -> None:
    (mention,) = find_dates(f"Date: {day.strftime(form)} end")
    assert mention.value(month_before_day=False) == day


@given(days, st.sampled_from(["%m/%d/%Y", "%m-%d-%y"]))
def test_a_date_reads_as_it_was_printed_month_first(day: date, form: str) -> None:
    (mention,) = find_dates(day.strftime(form))
    assert mention.value(month_before_day=True) == day


@given(st.times().map(lambda at: at.replace(microsecond=0)), st.sampled_from(["%H:%M:%S", "%I:%M:%S %p"]))
def test_a_time_of_day_reads_as_it_was_printed(at: time, form: str) -> None:
    ((_, _, found),) = find_times(at.strftime(form))
    assert found == at


@given(st.text())
def test_no_text_makes_the_parsers_raise_and_dates_do_not_overlap(text: str) -> None:
    find_times(text)
    edges = [edge for mention in find_dates(text) for edge in (mention.start, mention.end)]
    assert edges == sorted(edges)


@given(st.text(alphabet="0123456789/-.: OoIl|JanFebMARäé'APM", max_size=40))
def test_no_mixture_of_digits_and_separators_makes_the_parsers_raise(text: str) -> None:
    for mention in find_dates(text):
        mention.value(month_before_day=True)
    find_times(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12. März 2024", date(2024, 3, 12)),
        ("12 août 2023", date(2023, 8, 12)),
        ("3 de enero", None),
        ("15 Ogos 2018", date(2018, 8, 15)),
        ("1O/O3/2018", date(2018, 3, 10)),
        ("19-03-201818:08", date(2018, 3, 19)),
        ("31/02/2018", None),
        ("03-8945 1234", None),
        ("12.30", None),
        ("١٢/٠٣/٢٠١٨", None),
    ],
)
def test_dates_of_other_languages_and_misread_ones(text: str, expected: date | None) -> None:
    assert [mention.value(month_before_day=False) for mention in find_dates(text)] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("currency", "expected"), [("USD", date(2024, 3, 4)), ("EUR", date(2024, 4, 3)), ("", date(2024, 4, 3))]
)
def test_the_currency_decides_which_of_day_and_month_comes_first(currency: str, expected: date) -> None:
    found = find_transaction_date(rows("03/04/2024"), currency, TODAY)
    assert found is not None
    assert found.value == expected


def test_a_date_that_allows_one_order_decides_for_the_others() -> None:
    found = find_transaction_date(rows("DATE 03/04/2024\nVALID UNTIL 03/25/2024"), "EUR", TODAY)
    assert found is not None
    assert (found.value, found.mention_text) == (date(2024, 3, 4), "03/04/2024")


def test_an_ambiguous_date_without_a_currency_is_less_certain() -> None:
    sure = find_transaction_date(rows("03/04/2024"), "EUR", TODAY)
    unsure = find_transaction_date(rows("03/04/2024"), "", TODAY)
    assert sure is not None
    assert unsure is not None
    assert unsure.confidence < sure.confidence


def test_the_date_of_sale_is_neither_the_date_of_expiry_nor_one_to_come() -> None:
    tomorrow = TODAY + timedelta(days=1)
    found = find_transaction_date(rows(f"VALID UNTIL 01/02/2024\n{tomorrow:%d/%m/%Y}\nDATE: 05/11/2024"), "EUR", TODAY)
    assert found is not None
    assert found.value == date(2024, 11, 5)


def test_the_date_of_expiry_does_not_count_even_where_it_comes_first() -> None:
    found = find_transaction_date(rows("VALID UNTIL 01/02/2024\n05/11/2024"), "EUR", TODAY)
    assert found is not None
    assert found.value == date(2024, 11, 5)


def test_the_time_is_the_one_beside_the_date() -> None:
    printed = rows("OPEN 08:00 - 22:00\nTHANK YOU\n12/03/2024 18:07")
    day = find_transaction_date(printed, "EUR", TODAY)
    found = find_transaction_time(printed, day)
    assert found is not None
    assert found.value == time(18, 7)


def test_no_date_no_time_is_none() -> None:
    assert find_transaction_date(rows("TOTAL 12.30"), "EUR", TODAY) is None
    assert find_transaction_time(rows("TOTAL 12.30"), None) is None
