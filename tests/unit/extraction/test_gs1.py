from datetime import date
from decimal import Decimal
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import gs1_128

from ocr_server.domain.barcode import Gs1Element
from ocr_server.domain.gtin import check_digit
from ocr_server.extraction.gs1 import GROUP_SEPARATOR, parse_digital_link, parse_element_strings

CHARACTERS_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

gtins = st.text("0123456789", min_size=13, max_size=13).map(lambda body: body + check_digit(body))
batches = st.text(CHARACTERS_82, min_size=1, max_size=20)
# Identifier, what it may hold, and whether a separator must end it: some of predefined and some of variable length.
kinds = st.sampled_from(
    [
        ("01", gtins, False),
        ("00", st.from_regex(r"[0-9]{18}", fullmatch=True), False),
        ("17", st.from_regex(r"[0-9]{6}", fullmatch=True), False),
        ("3103", st.from_regex(r"[0-9]{6}", fullmatch=True), False),
        ("414", st.from_regex(r"[0-9]{13}", fullmatch=True), False),
        ("10", batches, True),
        ("21", batches, True),
        ("3922", st.from_regex(r"[0-9]{1,15}", fullmatch=True), True),
        ("4331", st.from_regex(r"[0-9]{6}-?", fullmatch=True), True),
        ("8008", st.from_regex(r"[0-9]{8}([0-9]{1,4})?", fullmatch=True), True),
    ]
)
elements = st.lists(
    kinds.flatmap(lambda kind: kind[1].map(lambda value: (kind[0], value, kind[2]))), min_size=1, max_size=6
)


def pairs(parsed: tuple[Gs1Element, ...]) -> list[tuple[str, str]]:
    return [(element.application_identifier, element.value) for element in parsed]


def test_elements_come_in_the_order_encoded_with_their_titles() -> None:
    assert parse_element_strings("0109506000134352" + "10AB1\x1d" + "17251231") == (
        Gs1Element("01", "GTIN", "09506000134352"),
        Gs1Element("10", "BATCH/LOT", "AB1"),
        Gs1Element("17", "USE BY or EXPIRY", "251231"),
    )


@given(elements)
def test_what_is_encoded_by_the_rules_is_parsed_back(encoded: list[tuple[str, str, bool]]) -> None:
    data = "".join(ai + value + (GROUP_SEPARATOR if variable else "") for ai, value, variable in encoded)
    expected = [(ai, value) for ai, value, _ in encoded]
    assert pairs(parse_element_strings(data)) == expected
    assert pairs(parse_element_strings(data.removesuffix(GROUP_SEPARATOR))) == expected  # the last one needs none


@given(elements)
def test_separators_where_none_is_needed_do_no_harm(encoded: list[tuple[str, str, bool]]) -> None:
    data = GROUP_SEPARATOR + "".join(ai + value + GROUP_SEPARATOR for ai, value, _ in encoded)
    assert pairs(parse_element_strings(data)) == [(ai, value) for ai, value, _ in encoded]


@given(gtins, st.dates(), st.decimals(0, 999, places=3), st.text("ABCDEFGH0123", min_size=1, max_size=20))
def test_what_an_independent_encoder_writes_is_read(gtin: str, expiry: date, weight_kg: Decimal, lot: str) -> None:
    data = gs1_128.encode({"01": gtin, "17": expiry, "3100": weight_kg, "10": lot}, separator=GROUP_SEPARATOR)
    read = dict(pairs(parse_element_strings(data)))
    assert read["01"] == gtin
    assert read["17"] == f"{expiry:%y%m%d}"
    assert read["10"] == lot
    assert read["3103"] == f"{weight_kg:07.3f}".replace(".", "")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("9", "unknown application identifier"),
        ("3106000123", "unknown application identifier at '3106'"),  # six decimals of six digits are not defined
        ("010950600013435", "GTIN has the format N14"),
        ("01O9506000134352", "GTIN has the format N14"),
        ("10", "BATCH/LOT has the format"),
        ("10AB C", "BATCH/LOT has the format"),
        ("10" + "A" * 21, "BATCH/LOT has the format"),
        ("01095060001343521", "unknown application identifier"),
        ("https://example.com", "unknown application identifier"),
    ],
)
def test_what_the_standard_does_not_allow_is_refused_by_name(data: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_element_strings(data)


@given(st.text() | st.text("0123456789()\x1d", max_size=60))
def test_any_text_is_parsed_or_refused(data: str) -> None:
    try:
        parsed = parse_element_strings(data)
    except ValueError:
        return
    assert "".join(ai + value for ai, value in pairs(parsed)) == data.replace(GROUP_SEPARATOR, "")


@pytest.mark.parametrize(
    "uri",
    [
        "https://id.gs1.org/01/09506000134352/10/AB%2F1?17=251231",
        "HTTP://example.com/some/shop/01/09506000134352/10/AB%2F1?linkType=pip&17=251231#top",
    ],
)
def test_a_digital_link_gives_the_elements_in_its_path_and_query(uri: str) -> None:
    assert pairs(parse_digital_link(uri)) == [("01", "09506000134352"), ("10", "AB/1"), ("17", "251231")]


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.com/news/2025/01/31",
        "https://example.com/01/09506000134353",  # check digit
        "https://example.com/01/9506000134352",  # the standard wants 14 digits
        "https://example.com/01/09506000134352/10",
        "https://example.com/01/09506000134352/about/us",
        "https://example.com/01/",
        "https://example.com/01",
        "https://[broken/01/09506000134352",
        "ftp://example.com/01/09506000134352",
        "0109506000134352",
        "",
    ],
)
def test_other_addresses_are_no_digital_links(uri: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the reason, it is refused
        parse_digital_link(uri)


@given(gtins, batches)
def test_a_digital_link_is_read_back_whatever_its_qualifier_holds(gtin: str, batch: str) -> None:
    uri = f"https://example.com/01/{gtin}/10/{quote(batch, safe='')}"
    assert pairs(parse_digital_link(uri)) == [("01", gtin), ("10", batch)]
