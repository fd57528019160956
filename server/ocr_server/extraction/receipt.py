"""From the lines of a till receipt to its fields. Read this file first; each family of rules has its own."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from ocr_server.domain.document import Check
from ocr_server.domain.money import Money
from ocr_server.domain.receipt import Field, Receipt
from ocr_server.extraction.checks import check_receipt
from ocr_server.extraction.currency import find_currency
from ocr_server.extraction.dates import find_transaction_date, find_transaction_time
from ocr_server.extraction.labelled_amounts import LabelledAmount, label_amounts
from ocr_server.extraction.layout import Row
from ocr_server.extraction.line_items import find_line_items, items_total
from ocr_server.extraction.merchant import find_merchant
from ocr_server.extraction.totals import find_sums
from ocr_server.extraction.transaction import find_payment_method, find_receipt_number

# An amount that no word calls the total is a guess.
_UNLABELLED = 0.5


def extract_receipt(rows: Sequence[Row], *, today: date | None = None) -> tuple[Receipt, tuple[Check, ...]]:
    """Return the receipt that these rows print, and the checks it was held against.

    Never raises on any text: what is not found is None. today: dates after it are implausible; by default the
    latest date that it is anywhere on earth.
    """
    today = today or (datetime.now(UTC) + timedelta(hours=14)).date()
    currency = find_currency(rows)
    code = currency.value if currency else ""
    amounts = label_amounts(rows)
    items = find_line_items(rows, amounts, code)
    sums = find_sums(rows, amounts, items_total(items))
    merchant_name, merchant_address = find_merchant(rows)
    transaction_date = find_transaction_date(rows, code, today)
    receipt = Receipt(
        merchant_name=merchant_name,
        merchant_address=merchant_address,
        transaction_date=transaction_date,
        transaction_time=find_transaction_time(rows, transaction_date),
        subtotal=_money(sums.subtotal, code),
        tax=_money(sums.tax, code),
        tip=_money(sums.tip or sums.service, code),
        total=_money(sums.total, code, certainty=1.0 if sums.total_is_labelled else _UNLABELLED),
        currency=currency,
        payment_method=find_payment_method(rows),
        receipt_number=find_receipt_number(rows),
        line_items=items,
        tax_lines=tuple(row.tax_line(code) for row in sums.tax_rows),
    )
    return check_receipt(receipt, sums, today)


def _money(found: LabelledAmount | None, currency: str, *, certainty: float = 1.0) -> Field[Money] | None:
    return found.mention.field(Money(found.amount, currency), certainty=certainty) if found else None
