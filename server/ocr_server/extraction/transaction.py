"""How a sale was paid and under which number it is filed."""

import re
from collections.abc import Sequence

from ocr_server.domain.receipt import Field
from ocr_server.extraction.amounts import find_prices
from ocr_server.extraction.dates import find_dates
from ocr_server.extraction.layout import Row
from ocr_server.extraction.mention import Mention
from ocr_server.extraction.word_patterns import any_word

# Cards before cash: a card slip prints CASHIER or CASHBACK too, a cash receipt names no card.
_PAYMENT = {
    "VISA": any_word("VISA"),
    "MASTERCARD": any_word("MASTER_CARD"),
    "AMERICAN EXPRESS": any_word("AM(?:ERICAN_)?EX(?:PRESS)?"),
    "MAESTRO": any_word("MAESTRO"),
    "DEBIT CARD": any_word("(?:MY)?DEBIT GIROCARD EC[-\\s]?(?:KARTE|CASH) KARTENZAHLUNG PINPAS PIN"),
    "CREDIT CARD": any_word("CREDIT_CARD KREDITKARTE CARTE_(?:BANCAIRE|BLEUE) TARJETA CARTA_DI_CREDITO BANK_CARD"),
    "CASH": any_word("CASH BAR(?:GELD|ZAHLUNG)? GEGEBEN ESP[ÈE]CES EFECTIVO CONTANTI? CONTANT TUNAI"),
}
_PAYMENT_PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _PAYMENT.items()}
_NUMBER = re.compile(
    r"\b(?:(?:TAX\s?)?INV(?:OICE)?|RECEIPT|RCPT|REC|BILL|DOC(?:UMENT)?|TRANS(?:ACTION)?|TRX|SLIP|CHECK|CHK|TICKET|BON|"
    r"BELEG|RECHNUNG|QUITTUNG|FACTURE|FACTURA|FATTURA|SCONTRINO|KASSABON|ORDER)"
    r"[-.\s]{0,2}(?:NO|NUMBER|NR|NUM|N[°º]|ID|#)?\W{0,4}"
    r"(?<=[\s:.#-])(?P<number>(?=[A-Z0-9/-]*\d{2})[A-Z0-9][A-Z0-9/-]{2,24})",
    re.IGNORECASE,
)


def find_payment_method(rows: Sequence[Row]) -> Field[str] | None:
    """Return the first means of payment printed beside an amount, by its English name in capitals."""
    paying = [row for row in rows if find_prices(row.text)]
    for name, pattern in _PAYMENT_PATTERNS.items():
        for row in paying:
            if match := pattern.search(row.text):
                return Mention.in_row(row, *match.span()).field(name)
    return None


def payment_method_in(text: str) -> str | None:
    """Return the first means of payment that a text names, by its English name in capitals."""
    return next((name for name, pattern in _PAYMENT_PATTERNS.items() if pattern.search(text)), None)


def find_receipt_number(rows: Sequence[Row]) -> Field[str] | None:
    """Return the number behind words such as ``INVOICE NO`` or ``Bon-Nr.``."""
    for row in rows:
        for match in _NUMBER.finditer(row.text):
            if not find_dates(match["number"]):
                return Mention.in_row(row, *match.span("number")).field(match["number"])
    return None
