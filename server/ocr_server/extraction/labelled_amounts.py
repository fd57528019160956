"""Amounts with the words that say what they are: ``TOTAL 12.30`` in one row, or one above the other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ocr_server.extraction.amounts import RATE, Amount, find_prices, without_amounts
from ocr_server.extraction.labels import Label, label_of
from ocr_server.extraction.layout import Row
from ocr_server.extraction.mention import Mention

_DIGIT = re.compile(r"[0-9]")
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class LabelledAmount:
    """An amount and what the words before it call it. row: index into the rows. strength: see label_of."""

    label: Label
    strength: int
    row: int
    amount: Decimal
    mention: Mention

    @classmethod
    def of(cls, label: tuple[Label, int], number: int, row: Row, price: Amount) -> "LabelledAmount":
        """Give an amount of row ``number`` its label. A large "rounding" is the total that the rounding led to."""
        if label[0] is Label.ROUNDING and abs(price.amount) >= 1:
            label = Label.TOTAL, 3
        return cls(*label, number, price.amount, Mention.in_row(row, price.start, price.end))


def label_amounts(rows: Sequence[Row]) -> list[LabelledAmount]:
    """Return every amount that words to its left, or alone on the row above, give a part in the sum."""
    found: list[LabelledAmount] = []
    for number, row in enumerate(rows):
        prices = find_prices(row.text)
        if prices:
            found += _in_row(row, number, prices)
        elif (label := label_of(row.text)) and number + 1 < len(rows) and not _DIGIT.search(RATE.sub("", row.text)):
            below = rows[number + 1]
            prices = find_prices(below.text)
            if len(prices) == 1 and not _WORD.search(without_amounts(below.text, prices)):
                found.append(LabelledAmount.of(label, number + 1, below, prices[0]))
    return found


def _in_row(row: Row, number: int, prices: list[Amount]) -> list[LabelledAmount]:
    """``CASH 50.00 CHANGE 33.50`` gives two; ``TOTAL 2 19.00 38.00`` gives the last amount to its label."""
    found, end = [], 0
    for price in prices:
        if label := label_of(row.text[end : price.start]):
            found.append(LabelledAmount.of(label, number, row, price))
        end = price.end
    if len(found) == 1 or (not found and (label := label_of(row.text))):
        label = (found[0].label, found[0].strength) if found else label
        assert label is not None
        return [LabelledAmount.of(label, number, row, prices[-1])]
    return found
