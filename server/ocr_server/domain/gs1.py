"""Element strings of GS1 barcodes: GS1 General Specifications, sections 3 (identifiers) and 7.8 (processing)."""

from decimal import Decimal
from typing import NamedTuple

from ocr_server.domain.barcode import Gs1Element

# FNC1 in its role as separator, as every reader transmits it.
GROUP_SEPARATOR = "\x1d"

# Section 7.8.5: element strings that begin so have this length, identifier included, and need no separator.
_PREDEFINED_LENGTHS = {
    "00": 20,
    **dict.fromkeys(("01", "02", "03", "41"), 16),
    "04": 18,
    **dict.fromkeys(("11", "12", "13", "14", "15", "16", "17", "18", "19"), 8),
    "20": 4,
    **dict.fromkeys(("31", "32", "33", "34", "35", "36"), 10),
}


class _Kind(NamedTuple):
    """What is known of an identifier: its title and the data's length; data of one fixed length is all digits."""

    title: str
    min_length: int
    max_length: int
    has_decimals: bool = False  # the identifier's fourth digit counts the decimals of the value
    currency_digits: int = 0  # the value starts with an ISO 4217 number of this many digits


def _fixed(title: str, length: int) -> _Kind:
    return _Kind(title, length, length)


def _up_to(title: str, length: int) -> _Kind:
    return _Kind(title, 1, length)


def _measure(title: str) -> _Kind:
    return _Kind(title, 6, 6, has_decimals=True)


# A key with decimals stands for the identifiers of one digit more: 310 for 3100 to 3109.
_KINDS = {
    "00": _fixed("SSCC", 18),
    "01": _fixed("GTIN", 14),
    "02": _fixed("CONTENT", 14),
    "10": _up_to("BATCH/LOT", 20),
    "11": _fixed("PROD DATE", 6),
    "12": _fixed("DUE DATE", 6),
    "13": _fixed("PACK DATE", 6),
    "15": _fixed("BEST BEFORE or BEST BY", 6),
    "16": _fixed("SELL BY", 6),
    "17": _fixed("USE BY OR EXPIRY", 6),
    "20": _fixed("VARIANT", 2),
    "21": _up_to("SERIAL", 20),
    "22": _up_to("CPV", 20),
    "235": _up_to("TPX", 28),
    "240": _up_to("ADDITIONAL ID", 30),
    "241": _up_to("CUST. PART No.", 30),
    "242": _up_to("MTO VARIANT", 6),
    "243": _up_to("PCN", 20),
    "250": _up_to("SECONDARY SERIAL", 30),
    "251": _up_to("REF. TO SOURCE", 30),
    "253": _Kind("GDTI", 13, 30),
    "254": _up_to("GLN EXTENSION COMPONENT", 20),
    "255": _Kind("GCN", 13, 25),
    "30": _up_to("VAR. COUNT", 8),
    "310": _measure("NET WEIGHT (kg)"),
    "311": _measure("LENGTH (m)"),
    "312": _measure("WIDTH (m)"),
    "313": _measure("HEIGHT (m)"),
    "314": _measure("AREA (m²)"),
    "315": _measure("NET VOLUME (l)"),
    "316": _measure("NET VOLUME (m³)"),
    "320": _measure("NET WEIGHT (lb)"),
    "321": _measure("LENGTH (in)"),
    "322": _measure("LENGTH (ft)"),
    "323": _measure("LENGTH (yd)"),
    "330": _measure("GROSS WEIGHT (kg)"),
    "331": _measure("LENGTH (m), log"),
    "332": _measure("WIDTH (m), log"),
    "333": _measure("HEIGHT (m), log"),
    "334": _measure("AREA (m²), log"),
    "335": _measure("VOLUME (l), log"),
    "336": _measure("VOLUME (m³), log"),
    "337": _measure("KG PER m²"),
    "340": _measure("GROSS WEIGHT (lb)"),
    "356": _measure("NET WEIGHT (troy oz)"),
    "357": _measure("NET VOLUME (oz)"),
    "360": _measure("NET VOLUME (qt)"),
    "361": _measure("NET VOLUME (gal.)"),
    "37": _up_to("COUNT", 8),
    "390": _Kind("AMOUNT", 1, 15, has_decimals=True),
    "391": _Kind("AMOUNT", 4, 18, has_decimals=True, currency_digits=3),
    "392": _Kind("PRICE", 1, 15, has_decimals=True),
    "393": _Kind("PRICE", 4, 18, has_decimals=True, currency_digits=3),
    "394": _Kind("PRCNT OFF", 4, 4, has_decimals=True),
    "395": _Kind("PRICE/UoM", 6, 6, has_decimals=True),
    "400": _up_to("ORDER NUMBER", 30),
    "401": _up_to("GINC", 30),
    "402": _fixed("GSIN", 17),
    "403": _up_to("ROUTE", 30),
    "410": _fixed("SHIP TO LOC", 13),
    "411": _fixed("BILL TO", 13),
    "412": _fixed("PURCHASE FROM", 13),
    "413": _fixed("SHIP FOR LOC", 13),
    "414": _fixed("LOC No.", 13),
    "415": _fixed("PAY TO", 13),
    "416": _fixed("PROD/SERV LOC", 13),
    "417": _fixed("PARTY", 13),
    "420": _up_to("SHIP TO POST", 20),
    "421": _Kind("SHIP TO POST", 4, 12),
    "422": _fixed("ORIGIN", 3),
    "423": _Kind("COUNTRY - INITIAL PROCESS.", 3, 15),
    "424": _fixed("COUNTRY - PROCESS.", 3),
    "425": _Kind("COUNTRY - DISASSEMBLY", 3, 15),
    "426": _fixed("COUNTRY - FULL PROCESS", 3),
    "427": _up_to("ORIGIN SUBDIVISION", 3),
    "7001": _fixed("NSN", 13),
    "7002": _up_to("MEAT CUT", 30),
    "7003": _fixed("EXPIRY TIME", 10),
    "7004": _up_to("ACTIVE POTENCY", 4),
    "7005": _up_to("CATCH AREA", 12),
    "7006": _fixed("FIRST FREEZE DATE", 6),
    "7007": _Kind("HARVEST DATE", 6, 12),
    "7008": _up_to("AQUATIC SPECIES", 3),
    "7009": _up_to("FISHING GEAR TYPE", 10),
    "7010": _up_to("PROD METHOD", 2),
    "7020": _up_to("REFURB LOT", 20),
    "7021": _up_to("FUNC STAT", 20),
    "7022": _up_to("REV STAT", 20),
    "7023": _up_to("GIAI - ASSEMBLY", 30),
    **{f"703{place}": _Kind(f"PROCESSOR # {place}", 4, 30) for place in range(10)},
    "8001": _fixed("DIMENSIONS", 14),
    "8002": _up_to("CMT No.", 20),
    "8003": _Kind("GRAI", 14, 30),
    "8004": _up_to("GIAI", 30),
    "8005": _fixed("PRICE PER UNIT", 6),
    "8006": _fixed("ITIP", 18),
    "8007": _up_to("IBAN", 34),
    "8008": _Kind("PROD TIME", 8, 12),
    "8010": _up_to("CPID", 30),
    "8011": _up_to("CPID SERIAL", 12),
    "8012": _up_to("VERSION", 20),
    "8013": _up_to("GMN", 25),
    "8017": _fixed("GSRN - PROVIDER", 18),
    "8018": _fixed("GSRN - RECIPIENT", 18),
    "8019": _up_to("SRIN", 10),
    "8020": _up_to("REF No.", 25),
    "8110": _up_to("COUPON CODE", 70),
    "8111": _fixed("POINTS", 4),
    "8112": _up_to("PAPERLESS COUPON", 70),
    "8200": _up_to("PRODUCT URL", 70),
    **{f"9{place}": _up_to("INTERNAL", 30 if place == 0 else 90) for place in range(10)},
}


def parse_element_strings(data: str) -> tuple[Gs1Element, ...]:
    """Split what a GS1 barcode encodes, or what stands below it, into its elements, in order.

    data: element strings one after the other, those of variable length ended by GROUP_SEPARATOR unless last
    (``0109506000134352`` ``10AB1\\x1d`` ``17251231``); or the printed form, ``(01)09506000134352(10)AB1``.
    Raises ValueError, naming the place, for an unknown identifier or data of the wrong length.
    """
    return _parse_bracketed(data) if data.startswith("(") else _parse_encoded(data)


def decimal_value(element: Gs1Element) -> Decimal | None:
    """Return a measure, amount or price as a number in the unit of its title; None for other elements.

    The identifier's last digit counts decimals: 3103 with 001750 is 1.750 kg. A currency (391n, 393n) is left out.
    """
    kind = _KINDS.get(element.application_identifier[:3])
    if kind is None or not kind.has_decimals or not element.value.isdigit():
        return None
    return Decimal(element.value[kind.currency_digits :]).scaleb(-int(element.application_identifier[3]))


def _parse_encoded(data: str) -> tuple[Gs1Element, ...]:
    elements = []
    rest = data.removeprefix(GROUP_SEPARATOR)
    while rest:
        identifier, kind = _identify(rest)
        if predefined := _PREDEFINED_LENGTHS.get(rest[:2]):
            value, rest = rest[len(identifier) : predefined], rest[predefined:].removeprefix(GROUP_SEPARATOR)
        else:
            value, _, rest = rest[len(identifier) :].partition(GROUP_SEPARATOR)
        elements.append(_element(identifier, kind, value))
    return tuple(elements)


def _parse_bracketed(data: str) -> tuple[Gs1Element, ...]:
    # A bracket may be data too, so a new element begins only where an identifier we know stands in brackets.
    elements = []
    rest = data
    while rest:
        identifier, kind = _identify(rest[1:])
        if not rest.startswith(f"({identifier})"):
            raise ValueError(f"no application identifier in brackets at {rest[:8]!r}")
        after = rest[len(identifier) + 2 :]
        end = next((at for at, char in enumerate(after) if char == "(" and _opens_element(after[at:])), len(after))
        elements.append(_element(identifier, kind, after[:end]))
        rest = after[end:]
    return tuple(elements)


def _opens_element(text: str) -> bool:
    return any(text[1 : length + 1] in _KINDS and text[length + 1 : length + 2] == ")" for length in (2, 3, 4)) or (
        text[5:6] == ")" and text[1:5].isdigit() and _has_decimals(text[1:4])
    )


def _has_decimals(prefix: str) -> bool:
    return prefix in _KINDS and _KINDS[prefix].has_decimals


def _identify(data: str) -> tuple[str, _Kind]:
    for length in (2, 3, 4):
        kind = _KINDS.get(data[:length])
        if kind is None:
            continue
        identifier = data[: 4 if kind.has_decimals else length]
        if len(identifier) >= length and identifier.isascii() and identifier.isdigit():
            return identifier, kind
    raise ValueError(f"unknown application identifier at {data[:4]!r}")


def _element(identifier: str, kind: _Kind, value: str) -> Gs1Element:
    if not kind.min_length <= len(value) <= kind.max_length:
        raise ValueError(
            f"({identifier}) {kind.title} has {kind.min_length} to {kind.max_length} characters, not {len(value)}"
        )
    if kind.min_length == kind.max_length and not (value.isascii() and value.isdigit()):
        raise ValueError(f"({identifier}) {kind.title} consists of digits, unlike {value!r}")
    return Gs1Element(identifier, kind.title, value)
