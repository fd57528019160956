"""Global Trade Item Numbers (GTIN): strings of 8, 12, 13 or 14 digits whose leading zeros count.

Sources: GS1 General Specifications, section 7.9 (check digits) and 5.2.2.4.2 (UPC-E).
"""

from collections.abc import Iterable

from ocr_server.domain.barcode import Gs1Element, Symbology

_LENGTHS = {8, 12, 13, 14}

_RETAIL_SYMBOLOGIES = {Symbology.EAN_13, Symbology.EAN_8, Symbology.UPC_A}


def check_digit(body: str) -> str:
    """Return the digit that completes ``body`` (digits without a check digit): weights 3, 1, 3, … from the right.

    The same rule serves GTIN-8 to GTIN-14, SSCC and GLN.
    """
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-weighted % 10)


def has_valid_check_digit(digits: str) -> bool:
    """Tell whether the last digit follows from the others; False for anything but two or more ASCII digits."""
    return len(digits) >= 2 and digits.isascii() and digits.isdigit() and check_digit(digits[:-1]) == digits[-1]


def expand_upc_e(digits: str) -> str:
    """Turn the 8 digits of a UPC-E (number system, six digits, check digit) into the UPC-A's 12.

    Raises ValueError for anything but 8 digits that start with 0 or 1.
    """
    if len(digits) != 8 or not digits.isascii() or not digits.isdigit() or digits[0] not in "01":
        raise ValueError(f"{digits!r} is not a UPC-E of 8 digits that start with 0 or 1")
    system, body, check = digits[0], digits[1:7], digits[7]
    match body[5]:
        case "0" | "1" | "2" as last:
            expanded = body[:2] + last + "0000" + body[2:5]
        case "3":
            expanded = body[:3] + "00000" + body[3:5]
        case "4":
            expanded = body[:4] + "00000" + body[4]
        case last:
            expanded = body[:5] + "0000" + last
    return system + expanded + check


def to_gtin_14(digits: str) -> str:
    """Pad a GTIN of any length with zeros to 14 digits.

    Raises ValueError if it has another length than 8, 12, 13 or 14, or if its check digit does not hold.
    """
    if len(digits) not in _LENGTHS:
        raise ValueError(f"a GTIN has 8, 12, 13 or 14 digits, not {len(digits)}")
    if not has_valid_check_digit(digits):
        raise ValueError(f"the check digit of {digits!r} does not hold")
    return digits.zfill(14)


def claimed_gtin(symbology: Symbology, text: str, gs1_elements: Iterable[Gs1Element] = ()) -> str:
    """Return the digits of a barcode that should be a GTIN, unchecked; empty if it carries none.

    That is the whole of an EAN or UPC symbol (UPC-E expanded), 14 digits in ITF, or the element 01 of a GS1 symbol.
    """
    if symbology in _RETAIL_SYMBOLOGIES:
        return text
    if symbology is Symbology.UPC_E:
        return expand_upc_e(text)
    if symbology is Symbology.ITF and len(text) == 14:
        return text
    return next((element.value for element in gs1_elements if element.application_identifier == "01"), "")
