"""Check digits against python-stdnum, whose rules were written independently."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from ocr_server.domain.barcode import Gs1Element, Symbology
from ocr_server.domain.gtin import check_digit, claimed_gtin, expand_upc_e, has_valid_check_digit, to_gtin_14

digits = st.text("0123456789", min_size=1, max_size=17)
bodies = st.sampled_from([7, 11, 12, 13]).flatmap(lambda n: st.text("0123456789", min_size=n, max_size=n))


def test_check_digit_of_the_example_in_the_general_specifications() -> None:
    assert check_digit("629104150021") == "3"


@given(bodies)
def test_check_digit_agrees_with_an_independent_implementation(body: str) -> None:
    assert check_digit(body) == ean.calc_check_digit(body)


@given(digits)
def test_a_completed_number_is_valid_and_no_other_last_digit_is(body: str) -> None:
    valid = [last for last in "0123456789" if has_valid_check_digit(body + last)]
    assert valid == [check_digit(body)]


@given(bodies, st.data())
def test_one_wrong_digit_is_always_noticed(body: str, data: st.DataObject) -> None:
    number = body + check_digit(body)
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    assert not has_valid_check_digit(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize("text", ["", "0", "12a4", "４００６３８１３３３９３１", "4006381333932", " 4006381333931"])
def test_what_is_no_number_with_a_check_digit_is_invalid(text: str) -> None:
    assert not has_valid_check_digit(text)


@given(bodies)
def test_padding_to_14_digits_keeps_the_number_and_its_check_digit(body: str) -> None:
    gtin = to_gtin_14(body + check_digit(body))
    assert len(gtin) == 14
    assert gtin.lstrip("0") == (body + check_digit(body)).lstrip("0")
    assert has_valid_check_digit(gtin)


@pytest.mark.parametrize("text", ["4006381333932", "400638133393", "", "123456789"])
def test_a_wrong_length_or_check_digit_is_no_gtin(text: str) -> None:
    with pytest.raises(ValueError, match=r"GTIN has|check digit"):
        to_gtin_14(text)


@pytest.mark.parametrize(
    ("upc_e", "upc_a"),
    [  # one of each rule of section 5.2.2.4.2, by the last of the six digits
        ("01234505", "012000003455"),
        ("01234514", "012100003454"),
        ("01234523", "012200003453"),
        ("01234531", "012300000451"),
        ("01234543", "012340000053"),
        ("01234565", "012345000065"),
        ("01234596", "012345000096"),
        ("12345670", "123456000070"),
    ],
)
def test_upc_e_expands_to_the_upc_a_it_stands_for(upc_e: str, upc_a: str) -> None:
    assert expand_upc_e(upc_e) == upc_a
    assert has_valid_check_digit(upc_a)


@pytest.mark.parametrize("text", ["0123456", "012345678", "21234565", "0123456x", ""])
def test_what_is_no_upc_e_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="UPC-E"):
        expand_upc_e(text)


ELEMENTS = (Gs1Element("10", "BATCH/LOT", "AB1"), Gs1Element("01", "GTIN", "09506000134352"))


@pytest.mark.parametrize(
    ("symbology", "text", "claimed"),
    [
        (Symbology.EAN_13, "4006381333931", "4006381333931"),
        (Symbology.EAN_13, "4006381333932", "4006381333932"),  # whether it holds is checked elsewhere
        (Symbology.UPC_A, "012345678905", "012345678905"),
        (Symbology.EAN_8, "96385074", "96385074"),
        (Symbology.UPC_E, "01234565", "012345000065"),
        (Symbology.ITF, "10012345678902", "10012345678902"),
        (Symbology.ITF, "123456", ""),
        (Symbology.CODE_128, "10012345678902", ""),
        (Symbology.QR_CODE, "4006381333931", ""),
    ],
)
def test_digits_that_should_be_a_gtin_depend_on_the_symbology(symbology: Symbology, text: str, claimed: str) -> None:
    assert claimed_gtin(symbology, text) == claimed


def test_a_gs1_symbol_claims_the_gtin_among_its_elements() -> None:
    assert claimed_gtin(Symbology.DATA_MATRIX, "…", ELEMENTS) == "09506000134352"
