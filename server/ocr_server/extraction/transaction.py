"""How a sale was paid and under which number it is filed."""

import re
from collections.abc import Sequence

from ocr_server.domain.receipt import Field
from ocr_server.extraction.layout import Row
from ocr_server.extraction.mention import Mention

# Cards before cash: a card slip prints CASHIER or CASHBACK too, a cash receipt names no card.
_PAYMENT = (
    ("VISA", r"\bVISA\b"),
    ("MASTERCARD", r"\bMASTER\s?CARD\b"),
    ("AMERICAN EXPRESS", r"\bAM(?:ERICAN\s)?EX(?:PRESS)?\b"),
    ("MAESTRO", r"\bMAESTRO\b"),
    (
        "DEBIT CARD",
        r"\b(?:DEBIT|MYDEBIT|GIROCARD|EC[- ]?(?:KARTE|CASH)|KARTENZAHLUNG|PINPAS|PIN\b(?=.*[0-9][.,][0-9]{2}))\b",
    ),
    ("CREDIT CARD", r"\b(?:CREDIT\s?CARD|KREDITKARTE|CARTE (?:BANCAIRE|BLEUE)|TARJETA|CARTA DI CREDITO|BANK\s?CARD)\b"),
    (
        "CASH",
        r"\b(?:CASH|BAR(?:GELD|ZAHLUNG)?(?=\W*(?:EUR|CHF|€)?\s*[0-9]+[.,][0-9])|GEGEBEN|ESP[ÈE]CES|EFECTIVO|CONTANTI?|CONTANT|TUNAI)\b",
    ),
)
_PAYMENT_PATTERNS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _PAYMENT)
_NUMBER = re.compile(
    r"\b(?:(?:TAX\s?)?INV(?:OICE)?|RECEIPT|RCPT|REC|BILL|DOC(?:UMENT)?|TRANS(?:ACTION)?|TRX|SLIP|CHECK|CHK|TICKET|BON|BELEG|"
    r"RECHNUNG|QUITTUNG|FACTURE|FACTURA|FATTURA|SCONTRINO|KASSABON|ORDER)[-.\s]{0,2}(?:NO|NUMBER|NR|NUM|N[°º]|ID|#)?\W{0,4}"
    r"(?<=[\s:.#-])(?P<number>(?=[A-Z0-9/-]*\d{2})[A-Z0-9][A-Z0-9/-]{2,24})",
    re.IGNORECASE,
)


def find_payment_method(rows: Sequence[Row]) -> Field[str] | None:
    """Return the first means of payment printed, by its English name in capitals."""
    for name, pattern in _PAYMENT_PATTERNS:
        for row in rows:
            if (match := pattern.search(row.text)) and re.search(r"[0-9][.,]\s?[0-9]{2}(?![0-9])", row.text):
                return Mention.in_row(row, *match.span()).field(name)
    return None


def find_receipt_number(rows: Sequence[Row]) -> Field[str] | None:
    """Return the number behind words such as ``INVOICE NO`` or ``Bon-Nr.``."""
    for row in rows:
        for match in _NUMBER.finditer(row.text):
            if not re.fullmatch(r"\d{1,2}[/-]\d{1,2}[/-]\d{2,4}", match["number"]):
                return Mention.in_row(row, *match.span("number")).field(match["number"])
    return None
