"""What GS1 barcodes say beside a number: element strings, encoded by themselves or in a web address."""

import re
from functools import cache
from urllib.parse import parse_qsl, unquote, urlsplit

from stdnum import numdb

from ocr_server.domain.barcode import Gs1Element
from ocr_server.domain.gtin import has_valid_check_digit

# FNC1 in its role as separator, as every reader transmits it.
GROUP_SEPARATOR = "\x1d"

# GS1 General Specifications, section 3.2, as GS1 publishes it: identifiers with format, title and need of a separator.
_IDENTIFIERS = numdb.get("gs1_ai")

# Section 7.11: digits, and the character sets 82, 39 and 64.
_CHARACTERS = {"N": "[0-9]", "X": '[!"%-?A-Z_a-z]', "Y": "[#/0-9A-Z-]", "Z": "[0-9A-Z_a-z=-]"}

_TRADE_ITEM = "01"


def parse_element_strings(data: str) -> tuple[Gs1Element, ...]:
    """Split what a GS1 barcode encodes into its elements, in order (section 7.8).

    data: element strings one after the other, those of variable length ended by GROUP_SEPARATOR unless last:
    ``0109506000134352`` ``10AB1\\x1d`` ``17251231``.
    Raises ValueError, naming the place, for an unknown identifier or a value not as the identifier wants it.
    """
    elements = []
    rest = data.removeprefix(GROUP_SEPARATOR)
    while rest:
        (identifier, properties), *_ = _IDENTIFIERS.info(rest)
        if not properties:
            raise ValueError(f"unknown application identifier at {rest[:4]!r}")
        value = rest[len(identifier) :].partition(GROUP_SEPARATOR)[0]
        if "fnc1" not in properties:  # of a predefined length, after which the next element may follow at once
            value = value[: int(properties["format"].removeprefix("N"))]
        elements.append(_element(identifier, value))
        rest = rest[len(identifier) + len(value) :].removeprefix(GROUP_SEPARATOR)
    return tuple(elements)


def parse_digital_link(uri: str) -> tuple[Gs1Element, ...]:
    """Return the elements in the web address of a trade item, as QR codes on packages carry it.

    ``https://example.com/01/09506000134352/10/AB1?17=251231``: GTIN, qualifiers and attributes of the GS1 Digital
    Link Standard: URI Syntax, section 4. Raises ValueError for anything else.
    """
    address = urlsplit(uri)
    path = [unquote(segment) for segment in address.path.split("/")]
    if address.scheme.lower() not in {"http", "https"} or _TRADE_ITEM not in path:
        raise ValueError("not the web address of a trade item")
    key = path.index(_TRADE_ITEM)
    in_path = zip(path[key::2], path[key + 1 :: 2], strict=True)
    in_query = [(name, value) for name, value in parse_qsl(address.query) if name.isdigit()]
    elements = tuple(_element(identifier, value) for identifier, value in (*in_path, *in_query))
    if not has_valid_check_digit(elements[0].value):  # any other address may have a folder of this name
        raise ValueError(f"the check digit of {elements[0].value} does not hold")
    return elements


def _element(identifier: str, value: str) -> Gs1Element:
    (known, properties), *rest = _IDENTIFIERS.info(identifier)
    if rest or not properties:
        raise ValueError(f"unknown application identifier {identifier!r}")
    title = properties["name"] or properties["description"]
    if not _pattern(properties["format"]).fullmatch(value):
        raise ValueError(f"({known}) {title} has the format {properties['format']}, unlike {value!r}")
    return Gs1Element(identifier, title, value)


@cache
def _pattern(value_format: str) -> re.Pattern[str]:
    """Turn ``N3+X..9`` (three digits, then one to nine characters) into a pattern; [brackets] hold what may lack."""
    pattern = value_format.replace("[", "(?:").replace("]", ")?").replace("+", "")
    return re.compile(re.sub(r"([NXYZ])(\d*)(?:\.\.[NXYZ]?(\d+))?", _characters, pattern))


def _characters(match: re.Match[str]) -> str:
    kind, least, most = match.groups()
    return _CHARACTERS[kind] + (f"{{{least or 1},{most}}}" if most else f"{{{least}}}")
