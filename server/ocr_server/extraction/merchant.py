"""Who sold: the name and address at the head of a receipt.

The head ends where the sale begins: at the first row that holds a date, a price or a column heading.
"""

import re
from collections.abc import Sequence

from ocr_server.domain.receipt import Field
from ocr_server.extraction.amounts import find_prices
from ocr_server.extraction.dates import find_dates
from ocr_server.extraction.layout import Row
from ocr_server.extraction.mention import Mention
from ocr_server.extraction.word_patterns import any_word

_LONGEST_HEAD = 16
_MAX_ADDRESS_ROWS = 7
_SHORTEST_ADDRESS = 10
# A company's legal form.
_FORM = any_word(
    "SDN\\.?_BHD\\.? S/?B BHD\\.? PTE\\.?_LTD\\.? PTY\\.?_LTD\\.?"
    " LTD\\.? LIMITED LLC L\\.L\\.C\\.? INC\\.? CORP\\.? PLC GMBH"
    " AG KG OHG"
    " E\\._K\\.? S\\.?A\\.?R\\.?L\\.? S\\.?A\\.?S\\.? S\\.?P\\.?A\\.? S\\.?R\\.?L\\.?"
    " S\\._A\\.? S\\._L\\.? B\\.?V\\.? N\\._V\\.? VOF APS A/S OY AB PLT"
)
# What shops call themselves, in the languages receipts come in.
_BUSINESS = any_word(
    "ENTERPRISE TRADING RESTAURANT RESTORAN CAF[EÉ] KOPITIAM BISTRO MART MARKET SUPERMARKET HYPERMARKET STORES?"
    " SHOP KEDAI SYARIKAT PERNIAGAAN BAKERY BAKERIES HARDWARE PHARMACY FARMASI APOTHEKE PHARMACIE STATION HOTEL"
    " BOUTIQUE STATIONERY BOOK_STORE RISTORANTE TRATTORIA PIZZERIA BRASSERIE BOULANGERIE BÄCKEREI GASTHAUS KITCHEN"
    " GRILL BAR COFFEE ELECTRICAL SERVICES? INDUSTRIES HOLDINGS? GROUP CO COMPANY PASARAYA MINIMARKET MARKT"
)
_LEGAL_FORM = re.compile(_FORM, re.IGNORECASE)
_BUSINESS_WORD = re.compile(_BUSINESS, re.IGNORECASE)
_ONLY_FORM = re.compile(rf"^[\s(&.,-]*(?:(?:{_FORM}|{_BUSINESS}|\(M\)|\(KL\))[\s).,&-]*)+$", re.IGNORECASE)
_BEHIND_NAME = re.compile(rf"\W*(?:{_FORM}|{any_word('ENTERPRISE TRADING')})", re.IGNORECASE)
_REGISTRATION = re.compile(
    r"(?<!\s)\s*+[(\[]?\s*+(?:CO\.?\s?(?:REG|NO)\S*|COMPANY\s?(?:REG\S*|NO)\S*|REG\.?\s?NO\.?|ROC\S*|NO\.?)?[:\s]*+"
    r"(?=[A-Z0-9-]*\d{4})[A-Z]{0,3}\d[\dA-Z]*\s?-?\s?[A-Z]?\s*+[)\]]?\s*+$",
    re.IGNORECASE,
)
# After the legal form: a registration number and whatever follows it.
_BEHIND_FORM = re.compile(r"\W*(?=[A-Z0-9-]*\d{4})[A-Z0-9]", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\d-])(?:\+\d{1,3}[-\s]?)?\(?\d{2,4}\)?[-\s]\s?\d{2,4}[-\s]?\d{4}(?!\d)")
# Rows of a head that are neither name nor address.
_NOT_MERCHANT = re.compile(
    any_word(
        "TEL TELP TELEFON TEL[EÉ]FONO PHONE PH FAX MOBILE HP HOTLINE E-?MAIL WWW HTTPS? WEBSITE GST VAT SST UST UST-?ID"
        " STEUER\\S* TVA IVA BTW NIF CIF P\\.?_IVA SIRET SIREN KVK ABN ROC TIN TAX TAX_INVOICE CO\\.?_(?:REG|NO) REG"
        " REGISTRATION COMPANY_(?:NO|REG) CUSTOMER MEMBER CASHIER KASSIER SERVER INV INVOICE RECEIPT RECHNUNG QUITTUNG"
        " BON KASSENBON TICKET FACTURA FACTURE FATTURA SCONTRINO WELCOME THANK DUPLICATE COPY OWNED_BY BILL ORDER TABLE"
        " DATE DATUM FECHA TIME CASH GUEST LICEN[SC]E"
    )
    + r"|@|\.COM\b",
    re.IGNORECASE,
)
_COLUMN = re.compile(any_word("ITEM DESCRIPTION QTY QUANTITY PRICE AMOUNT ARTIKEL MENGE"), re.IGNORECASE)
_CUSTOMER = re.compile(any_word("(?:BILL|SOLD|DELIVER|SHIP)_TO ATTN"), re.IGNORECASE)
_STREET = re.compile(
    any_word(
        "JALAN JLN? LORONG LRG PERSIARAN LEBUH\\w* LOT TAMAN TMN KAMPUNG KG BANDAR SEKSYEN BATU MUKIM PUSAT KAWASAN"
        " STREET ST ROAD RD AVENUE AVE BLVD BOULEVARD LANE LN DRIVE DR HIGHWAY HWY SQUARE PLAZA SUITE STE FLOOR LEVEL"
        " BLOCK BLK UNIT NO RUE AV PLACE QUAI CHEMIN CALLE C/ AVDA PASEO CARRER VIA VIALE PIAZZA CORSO RUA LARGO"
        " P\\.?O\\.?_BOX"
    )
    + r"|\w(?:STRA(?:SS|ß)E|STR\.|PLATZ|ALLEE|STRAAT|WEG|LAAN|PLEIN|GRACHT|KADE|GASSE)(?!\w)",
    re.IGNORECASE,
)
_POSTCODE = re.compile(
    r"(?<![0-9-])\d{5}(?![0-9])|\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b|\b\d{4}\s?[A-Z]{2}\b|\b(?:CH|A|B|L|DK|N)-\d{4}\b|"
    r"^\d{4}\s+[A-Z]\w+|\b[A-Z]{2}\s\d{5}(?:-\d{4})?\b|\b[A-Z]\d[A-Z]\s\d[A-Z]\d\b",
    re.IGNORECASE,
)
# A state or country alone on the row behind the postcode.
_PLACE = re.compile(r"(?:[^\W\d_]+[.,]?\s?){1,3}")
_PREFIX = re.compile(r"^\s*(?:HQ\s?)?(?:ADDRESS|ADD|ADDR|ADRESSE|ALAMAT|HQ)\s?[:.]\s*", re.IGNORECASE)


def find_merchant(rows: Sequence[Row]) -> tuple[Field[str] | None, Field[str] | None]:
    """Return name and address as printed, without the company's registration number behind the name."""
    head = _head(rows)
    name, after = _find_name(head)
    address = _find_address(head[after:]) or _find_address(head)
    return (
        name.field(" ".join(name.text.split())) if name else None,
        address.field(" ".join(address.text.split()).rstrip(" ,")) if address else None,
    )


def _head(rows: Sequence[Row]) -> list[Row]:
    head: list[Row] = []
    for row in rows[:_LONGEST_HEAD]:
        if len(_COLUMN.findall(row.text)) > 1 or _CUSTOMER.search(row.text):
            break
        if len(head) > 1 and any(price.has_cents for price in find_prices(row.text)):
            break
        head.append(row)
    return head


def _find_name(head: Sequence[Row]) -> tuple[Mention | None, int]:
    """The first row that can be one, a row with a legal form or a shop's word before others; and what follows."""
    best: tuple[float, int] | None = None
    for number, row in enumerate(head[:7]):
        score = _name_score(row, number)
        if score is not None and (best is None or score > best[0]):
            best = score, number
        if best is not None and _address_score(row) >= 2:
            break
    if best is None:
        return None, 0
    first = last = best[1]
    if first + 1 < len(head) and _ONLY_FORM.match(head[first + 1].text):
        last = first + 1
    while first > 0 and _is_rest_of_name(head[first : last + 1]) and _name_score(head[first - 1], 0) is not None:
        first -= 1
    mentions = [_name_in(row) for row in head[first : last + 1]]
    return Mention.join(mentions), last + 1


def _is_rest_of_name(rows: Sequence[Row]) -> bool:
    """Whether the rows close a bracket they do not open, or begin with a bracket or words that stand behind a name."""
    text = " ".join(row.text for row in rows)
    if text.count(")") > text.count("(") or text.startswith("(") or _BEHIND_NAME.match(text):
        return True
    return bool(_ONLY_FORM.match(text))


def _name_score(row: Row, number: int) -> float | None:
    """None for rows that cannot be a name."""
    text = _name_in(row).text
    letters = sum(character.isalpha() for character in text)
    if letters < 3 or (_NOT_MERCHANT.search(text) and not _LEGAL_FORM.search(text)) or find_dates(text):
        return None
    if letters < 0.5 * len(text.replace(" ", "")) or _PREFIX.match(text):
        return None
    score = -0.5 * number
    score += 2.0 if _LEGAL_FORM.search(text) else 0.0
    score += 0.8 if _BUSINESS_WORD.search(text) else 0.0
    score -= 1.5 * _address_score(row) if not _LEGAL_FORM.search(text) else 0.0
    return score


def _name_in(row: Row) -> Mention:
    """The row without a registration number behind the name and without blanks around."""
    text = row.text
    form = _LEGAL_FORM.search(text)
    match = _REGISTRATION.search(text) or (form and _BEHIND_FORM.match(text, form.end()))
    end = match.start() if match and match.start() > 2 else len(text)
    name = text[:end].rstrip()
    return Mention.in_row(row, len(text) - len(text.lstrip()), len(name))


def _find_address(head: Sequence[Row]) -> Mention | None:
    """The first run of rows that begins like an address, up to the first that cannot belong."""
    for first in range(len(head)):
        if _is_other(head[first].text) or _address_score(head[first]) < 1:
            continue
        last = first + 1
        while last < min(len(head), first + _MAX_ADDRESS_ROWS) and _continues(head[last], head[last - 1]):
            last += 1
        if sum(_address_score(row) for row in head[first:last]) >= 2:
            return Mention.join(_address_in(row) for row in head[first:last])
    return None


def _address_score(row: Row) -> int:
    """How many marks of an address a row bears: street, postcode, house number or commas."""
    text = row.text
    marks = [
        _STREET.search(text),
        _POSTCODE.search(text),
        re.search(r"^\W*(?:NO\.?\s?)?\d+[A-Z]?\s?[-,/&]|\w\s\d{1,4}[a-z]?\s*$", text, re.IGNORECASE),
        text.count(",") >= 1,
    ]
    return sum(bool(mark) for mark in marks)


def _continues(row: Row, before: Row) -> bool:
    if _is_other(row.text):
        return False
    if _address_score(row) >= 1 or before.text.rstrip().endswith(",") or not _POSTCODE.search(before.text):
        return True
    return bool(_PLACE.fullmatch(row.text.strip()))


def _is_other(text: str) -> bool:
    contact = _contact_start(text)
    if contact < len(text) and _POSTCODE.search(text[:contact]):
        return False
    letters = sum(character.isalpha() for character in text)
    return bool(_NOT_MERCHANT.search(text) or _PHONE.search(text) or find_dates(text)) or (
        letters < 3 or _only_registration(text)
    )


def _only_registration(text: str) -> bool:
    return bool(_REGISTRATION.match(text)) and not _POSTCODE.search(text)


def _address_in(row: Row) -> Mention:
    text = row.text
    match = _PREFIX.match(text)
    start = match.end() if match else len(text) - len(text.lstrip())
    return Mention.in_row(row, start, len(text[: _contact_start(text)].rstrip()))


def _contact_start(text: str) -> int:
    """Where a telephone number or the like begins behind part of an address; else the text's length."""
    match = _NOT_MERCHANT.search(text)
    return match.start() if match and match.start() > _SHORTEST_ADDRESS else len(text)
