"""Money: a Decimal and an ISO 4217 code; never a float."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency.

    amount: exact, in units of the currency (not cents), with the digits that were printed.
    currency: ISO 4217 alphabetic code such as ``EUR``; empty where the document does not say.
    """

    amount: Decimal
    currency: str = ""
