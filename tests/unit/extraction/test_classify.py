import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_server.domain.document import DocumentType
from ocr_server.extraction.classify import classify
from ocr_server.extraction.layout import read_rows
from tests.unit.extraction.printed_receipts import page


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("CASH 20.00\nCHANGE 7.70\nTHANK YOU", DocumentType.RECEIPT),
        (
            "INVOICE DATE 12/03/2024\nDUE DATE 12/04/2024\nIBAN DE89 3704 0044 0532 0130 00\nTOTAL 12.30",
            DocumentType.INVOICE,
        ),
        ("Rechnungsnummer 4711\nZahlungsziel 30 Tage\nBankverbindung", DocumentType.INVOICE),
        (
            "Ingredients: oats, honey\nNutrition per 100 g\nEnergy 1500 kJ\nBest before 01/2025",
            DocumentType.PRODUCT_LABEL,
        ),
        ("Zutaten: Hafer\nmindestens haltbar bis", DocumentType.PRODUCT_LABEL),
        ("DEAR MADAM\nI WRITE TO YOU", DocumentType.UNKNOWN),
        ("TOTAL 12.30", DocumentType.UNKNOWN),
        ("", DocumentType.UNKNOWN),
    ],
)
def test_the_words_of_a_document_tell_its_type(printed: str, expected: DocumentType) -> None:
    assert classify(read_rows([page(printed)])) is expected


@given(st.lists(st.text(max_size=40), max_size=5))
def test_no_text_makes_it_raise(texts: list[str]) -> None:
    classify(read_rows([page("\n".join(texts))]))
