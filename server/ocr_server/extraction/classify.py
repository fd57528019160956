"""What kind of document a text is: counted evidence, and UNKNOWN where it does not suffice."""

import re
from collections.abc import Sequence

from ocr_server.domain.document import DocumentType, Page
from ocr_server.extraction.amounts import find_prices
from ocr_server.extraction.labels import Label, label_of
from ocr_server.extraction.layout import Row, read_rows

_RECEIPT = re.compile(
    r"\b(?:receipt|cash(?:ier)?|change|thank you|kassenbon|kassierer|bon|quittung|r(?:ü|u)ckgeld|gegeben|bar|"
    r"ticket de caisse|caissier|ticket|recibo|efectivo|kassabon|contant|scontrino|terminal|visa|mastercard|girocard|"
    r"come again|trans(?:action)?|pos|kasse|caisse|caja|simplified tax invoice|resit|tunai)\b",
    re.IGNORECASE,
)
_INVOICE = re.compile(
    r"\b(?:invoice date|due date|payment terms|purchase order|po number|iban|bic|swift|bill to|ship to|remit|"
    r"rechnungsnummer|rechnungsdatum|zahlungsziel|f(?:ä|a)llig|kundennummer|bankverbindung|facture n|(?:é|e)ch(?:é|e)ance|"
    r"net \d{2} days|factuurnummer|vervaldatum|vencimiento|scadenza|account number|sort code)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\b(?:ingredients|zutaten|ingr(?:é|e)dients|ingredientes|ingredi(?:ë|e)nten|nutrition|n(?:ä|a)hrwert\w*|allergens?|"
    r"best before|use by|mindestens haltbar|(?:à|a) consommer|tenminste houdbaar|kcal|kj|energy|brennwert|"
    r"contains|may contain|net (?:wt|weight)|keep refrigerated|lot|batch|saturates|of which sugars)\b",
    re.IGNORECASE,
)
_ENOUGH = 2.0


def classify(pages: Sequence[Page]) -> DocumentType:
    """Return the type that most evidence speaks for; UNKNOWN below two pieces.

    A piece is a row with a word only that type prints; rows that label a sum count half for receipts and
    invoices alike, and prices in many rows speak for a receipt.
    """
    rows = read_rows(pages)
    sums = 0.5 * sum(_labels_a_sum(row) for row in rows)
    scores = {
        DocumentType.RECEIPT: _count(_RECEIPT, rows) + sums,
        DocumentType.INVOICE: 1.5 * _count(_INVOICE, rows) + sums,
        DocumentType.PRODUCT_LABEL: 1.0 * _count(_LABEL, rows),
    }
    best = max(scores, key=lambda kind: scores[kind])
    return best if scores[best] >= _ENOUGH else DocumentType.UNKNOWN


def _count(pattern: re.Pattern[str], rows: Sequence[Row]) -> int:
    return sum(bool(pattern.search(row.text)) for row in rows)


def _labels_a_sum(row: Row) -> bool:
    label = label_of(row.text)
    return bool(label and label[0] in {Label.TOTAL, Label.SUBTOTAL, Label.TAX, Label.PAID}) and bool(
        find_prices(row.text)
    )
