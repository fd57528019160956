"""What kind of document a text is: counted evidence, and UNKNOWN where it does not suffice."""

import re
from collections.abc import Sequence

from ocr_server.domain.document import DocumentType
from ocr_server.extraction.amounts import find_prices
from ocr_server.extraction.labels import Label, label_of
from ocr_server.extraction.layout import Row
from ocr_server.extraction.word_patterns import any_word

_RECEIPT = re.compile(
    any_word(
        "receipt resit cash(?:ier)? change thank_you come_again terminal visa mastercard trans(?:action)? pos"
        " simplified_tax_invoice kassenbon kassierer bon quittung r(?:ü|u)ckgeld gegeben bar kasse girocard"
        " ticket(?:_de_caisse)? caisse caissier recibo caja efectivo kassabon contant scontrino tunai"
        " maestro twint debit"
    ),
    re.IGNORECASE,
)
_INVOICE = re.compile(
    any_word(
        "invoice_date due_date payment_terms purchase_order po_number iban bic swift bill_to ship_to remit"
        " account_number sort_code net_\\d{2}_days rechnungsnummer rechnungsdatum zahlungsziel f(?:ä|a)llig"
        " kundennummer bankverbindung (?:é|e)ch(?:é|e)ance factuurnummer vervaldatum vencimiento scadenza"
    ),
    re.IGNORECASE,
)
_PRODUCT = re.compile(
    any_word(
        "ingredients zutaten ingr(?:é|e)dients ingredientes ingredi(?:ë|e)nten nutrition n(?:ä|a)hrwert\\w* allergens?"
        " best_before use_by mindestens_haltbar (?:à|a)_consommer tenminste_houdbaar kcal kj energy brennwert"
        " contains may_contain net_(?:wt|weight) keep_refrigerated lot batch saturates of_which_sugars"
    ),
    re.IGNORECASE,
)
_ENOUGH = 2.0


def classify(rows: Sequence[Row]) -> DocumentType:
    """Return the type that most evidence speaks for; UNKNOWN below two pieces.

    A piece is a row with a word only that type prints; rows that label a sum count half for receipts and
    invoices alike.
    """
    sums = 0.5 * sum(_labels_a_sum(row) for row in rows)
    scores = {
        DocumentType.RECEIPT: _count(_RECEIPT, rows) + sums,
        DocumentType.INVOICE: 1.5 * _count(_INVOICE, rows) + sums,
        DocumentType.PRODUCT_LABEL: 1.0 * _count(_PRODUCT, rows),
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
