"""What the words of a row say that its amount is: total, subtotal, tax, … in the languages receipts come in."""

import re
from enum import Enum

from ocr_server.extraction.word_patterns import any_word


class Label(Enum):
    """The part an amount plays in a receipt's sum."""

    TOTAL = "total"
    SUBTOTAL = "subtotal"
    TAX = "tax"
    TIP = "tip"
    SERVICE = "service charge"
    ROUNDING = "rounding"
    DISCOUNT = "discount"
    PAID = "paid"
    CHANGE = "change"
    COUNT = "count"
    OTHER = "other"


_TAX = any_word(
    "gst vat mwst m.w.st ust mehrwertsteuer umsatzsteuer tva t.v.a iva i.v.a btw sst hst pst qst tax(?:es)?"
    " steuer cukai impuestos?"
)
_SUM = any_word("total\\w* totaal totale summe gesamt jumlah amount amt betrag montant importe importo bedrag balance")
_WITH = any_word("incl?\\w* inkl\\w* with compr\\w* inbegr\\w* enthalten\\w* dont")
_WITHOUT = any_word("excl?\\w* w/?o without before net_of ohne hors sin senza zonder")
_ROUND = any_word(
    "round(?:ing|g)?\\w* rnd rundung\\w* arrondi redondeo afronding arrotondamento penggenapan pembundaran"
)

_NO_SUM = rf"{_TAX}\W{{0,2}}(?:invoice|summary|reg|id|no|code|analysis|rate|\#|nr)|" + any_word(
    "summary points? saved savings? refund\\w* exchange\\w* inv(?:oice)?_(?:no|\\#)"
)
_COUNT = any_word("total_(?:qty|quantity|items?|pcs|no|number) no\\.?_of_items") + (
    r"|\b(?:items?|qty|item\s?\(s\)|qty\s?\(s\)|articles?|artikel|pcs)\s?(?:count|sold|total)?\s?[:=]?\s*[0-9]+\b"
)
_DISCOUNT = any_word("disc(?:ount)? rabatt remise korting descuento sconto diskaun coupon") + r"(?!.*\btotal\b)"
_TO_PAY = (
    any_word(
        "(?:grand|final|nett?|rounded)_total"
        " total_(?:due|payable|to_pay|ttc|a_pagar|am(?:oun)?t_payable|rounded|after)\\w*"
        " (?:amount|balance)_(?:due|payable) to_(?:be_)?pa(?:y|id) zu_(?:be)?zahlen net_[àa]_payer te_betalen"
        " gesamt(?:betrag|summe) endbetrag endsumme rechnungsbetrag jumlah_(?:besar|perlu\\w*) importe_total"
        " totale_complessivo nett?_payable nett?_amount_due am(?:oun)?t_rounded"
    )
    + rf"|^\W*(?:due|payable)\b|{_ROUND}\s?{_SUM}"
)
_CHANGE = any_word(
    "change\\w* chg r(?:ü|u|ue)ckgeld wechselgeld zur(?:ü|ue)ck monnaie rendu cambio wisselgeld resto vuelto baki troco"
)
_SUBTOTAL = (
    any_word(
        "sub\\W?_tota?a?le? sub_ttl zwischensumme sous[-\\s]?total zw-summe tussentotaal total_ht base_imponible"
        " imponibile nett?_(?:amount|sales) netto(?:betrag)? taxable"
    )
    + rf"|{_SUM}.*{_WITHOUT}\W*(?:of\s)?{_TAX}|{_WITHOUT}\W*{_TAX}.*{_SUM}|\btotal.*\bexcl\w*(?:gst|vat|tax|mwst|tva)"
)
_TIP = any_word("tip gratuity trinkgeld pourboire propina fooi mancia")
_SERVICE = any_word("(?:service|serv|srv|svc|svr|s)[./]?_(?:charge|chrg|chg|fee) bedienung")
_PAID = any_word(
    "cash(?!ier|ew|mere)\\w* tender(?:ed)? paid pay payment received bar gegeben bezahlt esp[eè]ces? efectivo contanti?"
    " contant tunai bayaran visa master(?:card)? amex maestro girocard ec[-\\s]?karte debit credit card karte carte"
    " tarjeta pin kaart bank_card mydebit cheque cb kartenzahlung pinpas entregado recibido"
)
_TOTAL_OF = any_word("total_(?:amount|amt|sales|rm|price|bill)\\w* (?:amount|bill)_total montant jumlah")

# The first rule that matches decides, so they go from the special to the general. The number says how explicit a
# total is.
_RULES: tuple[tuple[Label, int, str], ...] = (
    (Label.OTHER, 0, _NO_SUM),
    (Label.COUNT, 0, _COUNT),
    (Label.DISCOUNT, 0, _DISCOUNT),
    (Label.TOTAL, 3, _TO_PAY),
    (Label.ROUNDING, 0, _ROUND),
    (Label.SERVICE, 0, _SERVICE),
    (Label.CHANGE, 0, _CHANGE),
    (Label.SUBTOTAL, 0, _SUBTOTAL),
    (Label.TIP, 0, _TIP),
    (Label.TAX, 0, rf"{_TAX}.*{_WITH}.*(?:{_SUM}|price)"),
    (Label.TAX, 0, rf"^\W*{_WITH}.*{_TAX}"),
    (Label.TOTAL, 2, rf"{_SUM}.*{_WITH}"),
    (Label.TAX, 0, rf"{_TAX}(?!.*{_SUM}\s*[:$€£]?\s*$)"),
    (Label.PAID, 0, _PAID),
    (Label.TOTAL, 2, _TOTAL_OF),
    (Label.TOTAL, 1, _SUM),
)
_PATTERNS = tuple((label, strength, re.compile(pattern)) for label, strength, pattern in _RULES)
# OCR writes T0TAL and SUBT0TAL.
_ZERO_IN_WORD = re.compile(r"(?<=[a-z])0(?=[a-z])")


def label_of(text: str) -> tuple[Label, int] | None:
    """Return the label a row's words give its amount, and how explicit it is (0 to 3; totals only).

    ``TOTAL`` alone is 1, ``TOTAL AMOUNT`` or ``TOTAL INCL. GST`` 2, ``GRAND TOTAL`` or ``AMOUNT DUE`` 3.
    """
    plain = _ZERO_IN_WORD.sub("o", text.lower())
    for label, strength, pattern in _PATTERNS:
        if pattern.search(plain):
            return label, strength
    return None
