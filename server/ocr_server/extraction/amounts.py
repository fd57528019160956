"""Amounts of money as receipts of any country print them, and as OCR garbles them.

Read are ``12.30``, ``1,234.50``, ``1.234,50``, ``1'234.50``, ``1 234,50``; a sign before, after or as brackets;
a currency before or after; ``O`` for 0 and ``l`` or ``I`` for 1 beside digits; a blank beside the decimal sign.

A last separator with two digits after it is the decimal sign; with three digits it separates thousands, unless
the number begins with ``0`` as weights do. Whole numbers count only with a currency beside them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ocr_server.extraction.currency import CURRENCY_SIGN, currency_code

CENT = Decimal("0.01")
# A percentage: of tax or of a discount. 8.875 is New York's.
RATE = re.compile(r"(?<![0-9.,])([0-9]{1,2}(?:[.,][0-9]{1,3})?)\s?%")
# A longer number is an identifier; this one holds 999,999,999,999.99.
_MOST_CHARACTERS = 18
_DIGIT = r"[0-9OoQlI|]"
_NUMBER = rf"""
    (?P<number>
        {_DIGIT}{{1,3}}(?:[.,'’]{_DIGIT}{{3}})+(?:\s?[.,]\s?{_DIGIT}{{1,2}})?   # 1,234.50
      | {_DIGIT}{{1,3}}(?:[ \u00a0\u202f]{_DIGIT}{{3}})+,{_DIGIT}{{2}}          # 1 234,50
      | {_DIGIT}+(?:\s?[.,]\s?|\s·\s?|·){_DIGIT}{{1,4}}                         # 12.30, 12. 30, 5.6000
      | \.[0-9]{{2}}                                                             # .05
      | {_DIGIT}+(?:[.,][-–—]{{1,2}})?                                          # 12, 12,-
    )
"""
_AMOUNT = re.compile(
    rf"""
    (?<![0-9][.,:/'-]) (?<![0-9\#])
    (?!(?<=[^\W\d_])[OoQlI])  # the end of a word
    (?P<before>[-−–(]\s?)?
    (?:(?P<prefix>{CURRENCY_SIGN})\s?)?
    (?P<between>[-−–]\s?)?
    (?=[OoQlI|.]*[0-9]){_NUMBER}
    (?P<after>\s?[-−–](?![\w]))?
    (?:\s?(?P<suffix>{CURRENCY_SIGN})(?![^\W_]))?
    (?P<close>\s?\))?
    (?![0-9]|[.,:/'-][0-9]|\s?%|\s?(?i:kg|gr?|m?l|[cm]?m|cl|oz|lbs?|pcs|kwh)\b)
    """,
    re.VERBOSE,
)
_DECIMALS = re.compile(r"[.,·]\s?\w")
_CONFUSED = str.maketrans("OoQlI|", "000111")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in a text.

    start, end: the characters it takes, sign and currency included.
    amount: what it says. currency: the sign or code printed beside it, upper case, or empty.
    """

    start: int
    end: int
    amount: Decimal
    currency: str

    @property
    def has_cents(self) -> bool:
        """Two decimals, as most prices are printed."""
        return self.amount.as_tuple().exponent == -2


def find_amounts(text: str) -> list[Amount]:
    """Return all amounts in a text from left to right. Numbers without decimals need a currency beside them."""
    return [amount for match in _AMOUNT.finditer(text) if (amount := _amount_of(match, text)) is not None]


def find_prices(text: str) -> list[Amount]:
    """Return the amounts that can be sums paid: with two decimals, or whole with a currency."""
    return [found for found in find_amounts(text) if found.has_cents or found.currency]


def without_amounts(text: str, amounts: Sequence[Amount]) -> str:
    """Return the text around the amounts found in it."""
    kept, end = [], 0
    for amount in amounts:
        kept.append(text[end : amount.start])
        end = amount.end
    return " ".join([*kept, text[end:]])


def parse_number(text: str) -> Decimal | None:
    """Return the number that digits with separators stand for; None if there are none or too many for a price.

    The value keeps the digits printed: ``12.30`` has two decimals.
    """
    digits = re.sub(r"\s", "", text.translate(_CONFUSED)).replace("·", ".")
    digits = re.sub(r"[.,][-–—]+$", "", digits).replace("'", "").replace("’", "")
    if len(digits) > _MOST_CHARACTERS or not re.fullmatch(r"[0-9.,]*[0-9]", digits):
        return None
    whole, decimals = digits, ""
    last = max(digits.rfind("."), digits.rfind(","))
    if last >= 0:
        tail = digits[last + 1 :]
        thousands = (len(tail) == 3 and not digits.startswith("0") and last <= 3) or digits.count(digits[last]) > 1
        if not thousands:
            whole, decimals = digits[:last], tail
    whole = re.sub(r"[.,]", "", whole)
    return Decimal(f"{whole or '0'}.{decimals}") if decimals else Decimal(whole)


def _amount_of(match: re.Match[str], text: str) -> Amount | None:
    number = match["number"]
    currency = match["prefix"] or match["suffix"] or ""
    start, end = match.span()
    if not currency and not _DECIMALS.search(number):
        return None
    # A letter directly before is the end of a word that lost its blank; then the number starts with a digit.
    if start > 0 and text[start - 1].isalpha() and not text[start].isdigit() and not match["prefix"]:
        return None
    amount = parse_number(number)
    if amount is None:
        return None
    bracketed = (match["before"] or "").startswith("(")
    if bracketed and not match["close"]:
        start, bracketed = start + len(match["before"]), False
    elif match["close"] and not bracketed:
        end -= len(match["close"])
    minus = bracketed or (match["before"] or "").strip() in {"-", "−", "–"} or match["between"] or match["after"]
    return Amount(start, end, -amount if minus else amount, currency_code(currency))
