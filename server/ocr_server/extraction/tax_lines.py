"""Tax by rate: rows of a tax table with a rate, a net amount and the tax, or a rate beside the tax alone."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from ocr_server.domain.money import Money
from ocr_server.domain.receipt import TaxLine
from ocr_server.extraction.amounts import CENT, RATE, Amount, find_prices
from ocr_server.extraction.labels import Label, label_of
from ocr_server.extraction.layout import Row
from ocr_server.extraction.mention import Mention

# A rate without its percent sign, where the column's heading has it.
_BARE_RATE = re.compile(r"(?<![0-9.,])((?:[1-9]|[12][0-9])(?:[.,][0-9]{1,2})?)(?![0-9.,/%])")
_HIGHEST_RATE_PERCENT = 50


@dataclass(frozen=True, slots=True)
class TaxRow:
    """What one row says of one rate, and where. net: None where only rate and tax are printed."""

    rate_percent: Decimal
    rate_mention: Mention
    net: Decimal | None
    net_mention: Mention | None
    tax: Decimal
    tax_mention: Mention

    def tax_line(self, currency: str) -> TaxLine:
        """Return it as fields, amounts in that currency."""
        return TaxLine(
            rate=self.rate_mention.field(self.rate_percent),
            taxable_amount=(
                self.net_mention.field(Money(self.net, currency))
                if self.net is not None and self.net_mention is not None
                else None
            ),
            tax_amount=self.tax_mention.field(Money(self.tax, currency)),
        )


def find_tax_rows(rows: Sequence[Row]) -> tuple[TaxRow, ...]:
    """Return a row for each rate and tax printed, from top to bottom.

    Where a rate stands beside several amounts, two of them have to fit: net * rate / 100 = tax, to the cent.
    Where the words of a row call its only amount a tax, the rate printed beside it is taken as it is. A table
    repeats such rows: then the one with the net amount counts.
    """
    found: dict[tuple[Decimal, Decimal], TaxRow] = {}
    for row in rows:
        for line in _in_row(row):
            key = line.rate_percent, line.tax
            if key not in found or found[key].net is None:
                found[key] = line
    return tuple(found.values())


def _in_row(row: Row) -> Iterator[TaxRow]:
    prices = find_prices(row.text)
    if not prices:
        return
    label = label_of(row.text)
    alone = len(prices) == 1 and label is not None and label[0] is Label.TAX
    for rate, rate_mention in _rates(row, prices):
        if alone:
            yield TaxRow(rate, rate_mention, None, None, prices[0].amount, _mention(row, prices[0]))
        for net, tax in _orders(prices):
            if _is_tax(net.amount, tax.amount, rate):
                yield TaxRow(rate, rate_mention, net.amount, _mention(row, net), tax.amount, _mention(row, tax))
                break


def _rates(row: Row, prices: Sequence[Amount]) -> Iterator[tuple[Decimal, Mention]]:
    """Percentages; where the row has none, bare numbers beside its prices that can be rates."""
    matches = list(RATE.finditer(row.text))
    if not matches and len(prices) > 1:
        inside = [range(price.start, price.end) for price in prices]
        matches = [m for m in _BARE_RATE.finditer(row.text) if not any(m.start() in taken for taken in inside)]
    for match in matches:
        rate = Decimal(match[1].replace(",", "."))
        if rate < _HIGHEST_RATE_PERCENT:
            yield rate, Mention.in_row(row, *match.span())


def _orders(prices: Sequence[Amount]) -> list[tuple[Amount, Amount]]:
    neighbours = list(pairwise(prices))
    return neighbours + [(b, a) for a, b in neighbours]


def _is_tax(net: Decimal, tax: Decimal, rate_percent: Decimal) -> bool:
    """Whether this is the tax on this net amount. A zero tax on a zero amount says nothing."""
    return net != 0 and (tax != 0 or rate_percent == 0) and abs(net * rate_percent / 100 - tax) <= CENT


def _mention(row: Row, price: Amount) -> Mention:
    return Mention.in_row(row, price.start, price.end)
