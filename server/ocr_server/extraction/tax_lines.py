"""Rows of a tax table: a rate, a net amount and the tax that follows from both."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from ocr_server.extraction.amounts import CENT, RATE, Amount, find_prices, parse_number, without_amounts
from ocr_server.extraction.layout import Row
from ocr_server.extraction.mention import Mention

_BARE = re.compile(r"(?<![0-9.,])([1-9]|[12][0-9])(?:[.,]0{1,2})?(?![0-9.,/%])")


@dataclass(frozen=True, slots=True)
class TaxLine:
    """A row of a tax table: net * rate / 100 = tax, as printed."""

    rate_percent: Decimal
    net: Decimal
    tax: Decimal
    mention: Mention


def find_tax_lines(rows: Sequence[Row]) -> tuple[TaxLine, ...]:
    """Return the rows that print a rate, a net amount and the tax that follows from both.

    The rate may lack its ``%`` where the column's heading has it. Rows of zero tax are left out, and so are
    repetitions of the same row.
    """
    lines: dict[tuple[Decimal, Decimal], TaxLine] = {}
    for row in rows:
        prices = find_prices(row.text)
        if len(prices) < 2:
            continue
        bare = without_amounts(row.text, prices)
        rates = [rate for text in RATE.findall(row.text) or _BARE.findall(bare) if (rate := parse_number(text))]
        for rate in rates:
            for net, tax in _orders(prices):
                if tax.amount > 0 and _is_tax(net.amount, tax.amount, rate):
                    mention = Mention.in_row(row, tax.start, tax.end)
                    lines.setdefault((rate, tax.amount), TaxLine(rate, net.amount, tax.amount, mention))
                    break
    return tuple(lines.values())


def _orders(prices: list[Amount]) -> list[tuple[Amount, Amount]]:
    neighbours = list(pairwise(prices))
    return neighbours + [(b, a) for a, b in neighbours]


def _is_tax(net: Decimal, tax: Decimal, rate: Decimal) -> bool:
    return 0 < rate < 50 and abs(net * rate / 100 - tax) <= CENT
