"""What the words of a row say that its amount is: total, subtotal, tax, … in the languages receipts come in."""

import re
from enum import Enum


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


_TAX = (
    r"(?:gst|vat|mwst|m\.w\.st|ust|tva|t\.v\.a|iva|i\.v\.a|btw|sst|hst|pst|qst|"
    r"(?:sales\s|service\s|gov\w*\s)?tax(?:es)?|steuer|cukai|impuestos?)"
)
_SUM = r"(?:total\w*|totaal|totale|summe|gesamt|jumlah|amount|amt|betrag|montant|importe|importo|bedrag|balance)"
_WITHOUT = r"(?:excl?\w*|w/?o|without|before|net of|ohne|hors|sin|senza|zonder)"
_WITH = r"(?:incl?\w*|with|inkl\w*|compr\w*|inbegr\w*)"
_ROUND = r"(?:round(?:ing|g)?|rnd|rundung\w*|arrondi|redondeo|afronding|arrotondamento|pe(?:nggenapan|mbundaran))"

# The first rule that matches decides, so they go from the special to the general. The number says how explicit
# a total is.
_RULES: tuple[tuple[Label, int, str], ...] = (
    (
        Label.OTHER,
        0,
        r"\b(?:tax|gst|vat|sst)\W{0,2}(?:invoice|summary|reg|id|no|code|analysis|rate|#)|\bsummary|\bpoints?\b|\bsav(?:ed|ings?)\b|"
        r"\binv(?:oice)? (?:no|#)|\brefund|\bexchange",
    ),
    (
        Label.COUNT,
        0,
        r"\btotal\s?(?:qty|quantity|items?|pcs|no\b|number)|\bno\.? of items|"
        r"\b(?:items?|qty|item\s?\(s\)|qty\s?\(s\)|articles?|artikel|pcs)\s?(?:count|sold|total)?\s?[:=]?\s*[0-9]+\b",
    ),
    (
        Label.DISCOUNT,
        0,
        r"\b(?:disc(?:ount)?|rabatt|remise|korting|descuento|sconto|diskaun|coupon)\b(?!.*\btotal\b)",
    ),
    (
        Label.TOTAL,
        3,
        rf"\b{_SUM}\s?(?:rounded|after)|\b{_ROUND}\s?(?:ed)?\s?{_SUM}|\brounded\b|\bto be paid\b|\b(?:grand|final|nett?)\s?total|"
        r"\btotal\s?(?:due|payable|to pay|ttc|a pagar|amt payable|amount payable)|\b(?:amount|balance)\s?(?:due|payable)|"
        r"\bto pay\b|^\W*(?:due|payable)\b|\bzu (?:be)?zahlen|\bnet (?:à|a) payer|\bte betalen|\bgesamt(?:betrag|summe)|"
        r"\bendbetrag|\bendsumme|\brechnungsbetrag|\bjumlah (?:besar|perlu)|\bimporte total|\btotale complessivo|"
        r"\bnett? payable|\bnett? amount(?: due)?$",
    ),
    (Label.ROUNDING, 0, rf"\b{_ROUND}"),
    (
        Label.CHANGE,
        0,
        r"\b(?:change\w*|chg|r(?:ü|u|ue)ckgeld|wechselgeld|zur(?:ü|ue)ck|monnaie|rendu|cambio|wisselgeld|resto|vuelto|baki|troco)\b",
    ),
    (
        Label.SUBTOTAL,
        0,
        r"\bsub\W?\s?t[o0]ta?a?le?\b|\bsub\s?ttl|\bzwischensumme|\bsous[- ]?total|\bzw-summe|\btussentotaal|\btotal ht\b|"
        r"\bbase imponible|\bimponibile|\bnet\s?(?:amount|sales)|\bnetto(?:betrag)?\b|\btaxable\b|"
        rf"\b{_SUM}\b.*\b{_WITHOUT}\b\W*(?:of\s)?{_TAX}|\b{_WITHOUT}\b\W*{_TAX}.*\b{_SUM}\b",
    ),
    (Label.TIP, 0, r"\b(?:tip|gratuity|trinkgeld|pourboire|propina|fooi|mancia)\b"),
    (
        Label.SERVICE,
        0,
        r"\b(?:service|serv|svc|svr|s)[./]?\s?(?:charge|chrg|chg|fee)\b|\bbedienung\b",
    ),
    (Label.TAX, 0, rf"\b{_TAX}\b.*\b{_WITH}\b.*\b(?:{_SUM}|price)"),
    (Label.TOTAL, 2, rf"\b{_SUM}\b.*\b{_WITH}"),
    (Label.TAX, 0, rf"\b{_TAX}(?![^\W\d_])(?!.*\b{_SUM}\b\s*[:$€£]?\s*$)"),
    (
        Label.PAID,
        0,
        r"\b(?:cash(?!ier)\w*|tender(?:ed)?|paid|pay|payment|received|bar|gegeben|bezahlt|esp[eè]ces|efectivo|contanti?|contant|tunai|"
        r"bayaran|visa|master(?:card)?|amex|maestro|girocard|ec[- ]?karte|debit|credit|card|karte|carte|tarjeta|pin|kaart|"
        r"bank\s?card|mydebit|cheque|cb)\b",
    ),
    (Label.TOTAL, 2, r"\btotal\s?(?:amount|amt|sales|rm|price|bill)|\b(?:amount|bill)\s?total|\bmontant|\bjumlah"),
    (Label.TOTAL, 1, rf"\b{_SUM}\b"),
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
