"""Which currency a document counts in: what it prints beside amounts, else the country its words point to."""

import re
from collections import Counter
from collections.abc import Sequence

from ocr_server.domain.receipt import Field
from ocr_server.extraction.layout import Row
from ocr_server.extraction.mention import Mention

_CODES = (
    "AED|ARS|AUD|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KRW|MAD|MXN|MYR|NOK|NZD|PEN|PHP|PLN|RON|"
    "SAR|SEK|SGD|THB|TRY|TWD|USD|VND|ZAR"
)
_SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "RM": "MYR",
    "S$": "SGD",
    "US$": "USD",
    "A$": "AUD",
    "C$": "CAD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "R$": "BRL",
    "FR.": "CHF",
    "SFR.": "CHF",
    "SFR": "CHF",
    "EURO": "EUR",
    "₹": "INR",
    "₩": "KRW",
    "₺": "TRY",
    "₫": "VND",
    "₱": "PHP",
    "฿": "THB",
    "DH": "MAD",
    "ZŁ": "PLN",
    "KČ": "CZK",
    "$": "$",
    "¥": "¥",
}
# Longest first, so that US$ is not read as $. Letters need a non-letter before them.
CURRENCY_SIGN = (
    r"(?:(?<![^\W\d_])(?:EURO|" + _CODES + r"|US\$|NZ\$|HK\$|S\$|A\$|C\$|R\$|SFR\.?|FR\.|RM|DH|ZŁ|KČ)|[€£$¥₹₩₺₫₱฿])"
)

# What only documents of one country print: company forms, tax names, authorities' numbers.
_COUNTRY = {
    "MYR": r"\bSDN\.?\s?BHD\b|\bGST\s?@?\s?6\b|\bMALAYSIA\b|\bSELANGOR\b|\bKUALA LUMPUR\b|\bJALAN\b|\bTUNAI\b|\.COM\.MY\b",
    "SGD": r"\bPTE\.?\s?LTD\b|\bSINGAPORE\b|\.COM\.SG\b",
    "CHF": r"\bCHE-?\d{3}\.\d{3}\.\d{3}\b|\bSCHWEIZ\b|\bSUISSE\b|\bSVIZZERA\b",
    "GBP": r"\bVAT\s?(?:REG\S*\s?)?(?:NO\.?)?:?\s?(?:GB\s?)?\d{3}\s?\d{4}\s?\d{2}\b|\bUNITED KINGDOM\b|\.CO\.UK\b",
    "EUR": (
        r"\bGMBH\b|\bMWST\b|\bS\.?A\.?R\.?L\b|\bTVA\b|\bBTW\b|\bIVA\b|\bSIRET\b|\bPARTITA IVA\b|"
        r"\b(?:DE\d{9}|FR[0-9A-Z]{2}\d{9}|NL\d{9}B\d{2}|ES[A-Z]\d{8}|AT\s?U\d{8}|IT\d{11})\b"
    ),
    "CAD": r"\b(?:HST|PST|QST|TVQ)\b|\bCANADA\b",
    "AUD": r"\bA\.?B\.?N\.?:?\s?\d{2}\s?\d{3}|\bAUSTRALIA\b|\.COM\.AU\b",
    "NZD": r"\bNEW ZEALAND\b|\.CO\.NZ\b",
    "INR": r"\b[CS]GST\b|\bGSTIN\b",
    "USD": r"\bSALES TAX\b|\b[A-Z]{2}\s\d{5}(?:-\d{4})?\b|\bUSA\b",
}
_COUNTRY_PATTERNS = {code: re.compile(pattern, re.IGNORECASE) for code, pattern in _COUNTRY.items()}
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "MYR"})
_PRINTED = re.compile(CURRENCY_SIGN + r"(?![^\W\d_])", re.IGNORECASE)
# A country's words tell its currency less surely than the currency's own sign does.
_BY_COUNTRY = 0.8


def currency_code(sign: str) -> str:
    """Return the ISO 4217 code of a sign or code; ``$`` and ``¥``, shared by countries, stay as they are."""
    return _SIGNS.get(sign.upper(), sign.upper())


def find_currency(rows: Sequence[Row]) -> Field[str] | None:
    """Return the document's currency: the code or sign printed most often, else the country's.

    A bare ``$`` is the dollar of the country the text points to, else USD; Malaysian tills print it for
    ringgit. A bare ``¥`` is JPY.
    """
    printed: Counter[str] = Counter()
    first: dict[str, Mention] = {}
    for row in rows:
        for match in _PRINTED.finditer(row.text):
            code = currency_code(match[0])
            printed[code] += 1
            first.setdefault(code, Mention.in_row(row, *match.span()))
    country, evidence = _country_of(rows)
    for code, _ in printed.most_common():
        if code not in {"$", "¥"}:
            return first[code].field(code)
    if "$" in printed:
        return first["$"].field(country if country in _DOLLARS else "USD", certainty=_BY_COUNTRY)
    if "¥" in printed:
        return first["¥"].field("JPY", certainty=_BY_COUNTRY)
    return evidence.field(country, certainty=_BY_COUNTRY) if evidence else None


def _country_of(rows: Sequence[Row]) -> tuple[str, Mention | None]:
    """The currency most pieces of evidence point to, and the first of them."""
    votes: Counter[str] = Counter()
    first: dict[str, Mention] = {}
    for row in rows:
        for code, pattern in _COUNTRY_PATTERNS.items():
            if match := pattern.search(row.text):
                votes[code] += 1
                first.setdefault(code, Mention.in_row(row, *match.span()))
    if not votes:
        return "", None
    code = votes.most_common(1)[0][0]
    return code, first[code]
