import pytest

from ocr_server.extraction.layout import read_rows
from ocr_server.extraction.merchant import find_merchant
from tests.unit.extraction.printed_receipts import page


def merchant(printed: str) -> tuple[str | None, str | None]:
    name, address = find_merchant(read_rows([page(printed)]))
    return name and name.value, address and address.value


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("KEDAI MAKMUR SDN BHD (123456-X)\nNO 1, JALAN MAWAR", "KEDAI MAKMUR SDN BHD"),
        ("tan woon yann\nMR D.I.Y. (M) SDN BHD", "MR D.I.Y. (M) SDN BHD"),
        ("POPULAR BOOK\nCO. (M) SDN BHD\n(COMPANY NO. 113825-W)", "POPULAR BOOK CO. (M) SDN BHD"),
        ("PASAR RAYA MEGA MAJU\n(SEMENYIH) SDN BHD", "PASAR RAYA MEGA MAJU (SEMENYIH) SDN BHD"),
        ("LIAN CHI PU TIAN\nRESTAURANT SDN BHD", "LIAN CHI PU TIAN RESTAURANT SDN BHD"),
        ("TAX INVOICE\nSANYU STATIONERY SHOP\nNO. 31G, JALAN SETIA", "SANYU STATIONERY SHOP"),
        ("WELCOME\nMüller Markt GmbH", "Müller Markt GmbH"),
    ],
)
def test_the_name_is_that_of_the_company_without_its_number(printed: str, name: str) -> None:
    assert merchant(printed)[0] == name


@pytest.mark.parametrize(
    ("printed", "address"),
    [
        ("SHOP LTD\n14 HIGH STREET\nLONDON SW1A 1AA\nTEL 020 7946 0000", "14 HIGH STREET LONDON SW1A 1AA"),
        ("Markt GmbH\nHauptstraße 12\n80331 München", "Hauptstraße 12 80331 München"),
        ("SHOP SDN BHD\nADDRESS: NO 1, JALAN A,\n43300 SELANGOR\nGST NO 12", "NO 1, JALAN A, 43300 SELANGOR"),
        ("JOE'S LLC\n120 MAIN STREET\nALBANY, NY 12207\n03/04/2024", "120 MAIN STREET ALBANY, NY 12207"),
    ],
)
def test_the_address_is_the_rows_from_street_to_postcode(printed: str, address: str) -> None:
    assert merchant(printed)[1] == address


def test_rows_of_the_sale_are_neither_name_nor_address() -> None:
    assert merchant("DATE 12/03/2018\nTEL 03-8945 1234\nTOTAL 12.30") == (None, None)


def test_the_box_covers_all_rows_of_the_address() -> None:
    _, address = find_merchant(read_rows([page("SHOP LTD\n14 HIGH STREET\nLONDON SW1A 1AA")]))
    assert address is not None
    assert address.polygon.bounding_box == (0, 30, 150, 84)
