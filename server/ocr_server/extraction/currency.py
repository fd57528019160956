"""Which currency a document counts in: what it prints beside amounts, else the country its words point to."""

import re
from collections import Counter
from collections.abc import Sequence

from ocr_server.domain.receipt import Field
from ocr_server.extraction.layout import Row
from ocr_server.extraction.mention import Mention
from ocr_server.extraction.word_patterns import any_word

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
    r"(?i:(?<![^\W\d_])(?:EURO|" + _CODES + r"|US\$|NZ\$|HK\$|S\$|A\$|C\$|R\$|SFR\.?|FR\.|RM|DH|ZŁ|KČ)|[€£$¥₹₩₺₫₱฿])"
)

# What only documents of one country print: company forms, tax names, authorities' numbers.
_COUNTRY = {
    "MYR": any_word("SDN\\.?_BHD GST_@?_6 MALAYSIA SELANGOR KUALA_LUMPUR JALAN TUNAI") + r"|\.COM\.MY\b",
    "SGD": any_word("PTE\\.?_LTD SINGAPORE") + r"|\.COM\.SG\b",
    "CHF": any_word("CHE-?[0-9]{3}\\.[0-9]{3}\\.[0-9]{3} SCHWEIZ SUISSE SVIZZERA"),
    "GBP": any_word("UNITED_KINGDOM VAT_(?:REG\\S*_)?(?:NO\\.?)?:?_(?:GB_)?\\d{3}_\\d{4}_\\d{2}") + r"|\.CO\.UK\b",
    "EUR": any_word(
        "GMBH MWST S\\.?A\\.?R\\.?L TVA BTW IVA SIRET PARTITA_IVA"
        " DE[0-9]{9} FR[0-9A-Z]{2}[0-9]{9} NL[0-9]{9}B[0-9]{2} ES[A-Z][0-9]{8} AT_U[0-9]{8} IT[0-9]{11}"
    ),
    "CAD": any_word("HST PST QST TVQ CANADA"),
    "AUD": any_word("A\\.?B\\.?N\\.?:?_[0-9]{2}_[0-9]{3} AUSTRALIA") + r"|\.COM\.AU\b",
    "NZD": any_word("NEW_ZEALAND") + r"|\.CO\.NZ\b",
    "INR": any_word("[CS]GST GSTIN"),
    "USD": any_word("SALES_TAX USA") + r"|\b[A-Z]{2}\s[0-9]{5}(?:-[0-9]{4})?\b",
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

    Letters printed once only, against the country's words, are no code: ``PEN`` is what was bought. A bare ``$``
    is the dollar of the country the text points to, else USD; Malaysian tills print it for ringgit. A bare ``¥``
    is JPY.
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
        if code not in {"$", "¥"} and (printed[code] > 1 or country in {"", code}):
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
