from ocr_server.domain.barcode import Barcode, Gs1Element, Symbology
from ocr_server.domain.document import CheckState
from ocr_server.domain.geometry import Polygon
from ocr_server.extraction.barcode_checks import check_barcodes


def barcode(symbology: Symbology, text: str, *elements: Gs1Element) -> Barcode:
    return Barcode(symbology, text, text.encode(), Polygon.from_box(0, 0, 10, 10), 1, gs1_elements=elements)


def test_a_check_digit_that_holds_passes() -> None:
    (check,) = check_barcodes([barcode(Symbology.EAN_13, "4006381333931")])
    assert (check.check_id, check.state) == ("GTIN-CHECK-DIGIT", CheckState.PASSED)


def test_a_check_digit_that_does_not_hold_fails_and_says_what_it_should_be() -> None:
    (check,) = check_barcodes([barcode(Symbology.EAN_13, "4006381333932")])
    assert check.state is CheckState.FAILED
    assert check.message == "The check digit of 4006381333932 is 2, computed is 1."


def test_each_barcode_with_a_gtin_gets_its_own_check_and_others_none() -> None:
    checks = check_barcodes(
        [
            barcode(Symbology.UPC_E, "01234565"),
            barcode(Symbology.QR_CODE, "https://example.com"),
            barcode(Symbology.DATA_MATRIX, "…", Gs1Element("01", "GTIN", "09506000134353")),
        ]
    )
    assert [(check.check_id, check.state) for check in checks] == [
        ("GTIN-CHECK-DIGIT", CheckState.PASSED),
        ("GTIN-CHECK-DIGIT/2", CheckState.FAILED),
    ]


def test_without_barcodes_there_is_nothing_to_check() -> None:
    assert check_barcodes([]) == ()
