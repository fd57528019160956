"""What can be checked about barcodes by themselves."""

from collections.abc import Iterable

from ocr_server.domain.barcode import Barcode
from ocr_server.domain.document import Check, CheckState
from ocr_server.domain.gtin import check_digit, claimed_gtin

_GTIN_CHECK_DIGIT = "GTIN-CHECK-DIGIT"


def check_barcodes(barcodes: Iterable[Barcode]) -> tuple[Check, ...]:
    """Hold the check digit of every barcode that carries a GTIN (GS1 General Specifications, section 7.9)."""
    claims = [claimed_gtin(barcode.symbology, barcode.text, barcode.gs1_elements) for barcode in barcodes]
    return tuple(_check_gtin(digits, number) for number, digits in enumerate(filter(None, claims), start=1))


def _check_gtin(digits: str, number: int) -> Check:
    check_id = _GTIN_CHECK_DIGIT if number == 1 else f"{_GTIN_CHECK_DIGIT}/{number}"
    expected = check_digit(digits[:-1])
    if expected == digits[-1]:
        return Check(check_id, CheckState.PASSED, f"The check digit of {digits} is {expected}, as computed.")
    return Check(check_id, CheckState.FAILED, f"The check digit of {digits} is {digits[-1]}, computed is {expected}.")
