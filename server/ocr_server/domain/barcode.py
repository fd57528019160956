"""Barcodes as read, and what their digits mean."""

from dataclasses import dataclass
from enum import Enum

from ocr_server.domain.geometry import Polygon


class Symbology(Enum):
    """The kinds of barcode the readers know; values are lower-case standard names."""

    EAN_13 = "ean-13"
    EAN_8 = "ean-8"
    UPC_A = "upc-a"
    UPC_E = "upc-e"
    CODE_128 = "code-128"
    CODE_39 = "code-39"
    CODE_93 = "code-93"
    CODABAR = "codabar"
    ITF = "itf"
    DATABAR = "databar"
    DATABAR_EXPANDED = "databar-expanded"
    DATABAR_LIMITED = "databar-limited"
    QR_CODE = "qr-code"
    MICRO_QR_CODE = "micro-qr-code"
    RMQR_CODE = "rmqr-code"
    DATA_MATRIX = "data-matrix"
    AZTEC = "aztec"
    PDF_417 = "pdf-417"
    MICRO_PDF_417 = "micro-pdf-417"
    MAXICODE = "maxicode"
    TELEPEN = "telepen"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Gs1Element:
    """One element string of a GS1 barcode (GS1 General Specifications, section 3).

    application_identifier: two to four digits, such as ``01`` (GTIN) or ``17`` (expiry date).
    title: the data title, such as ``GTIN`` or ``USE BY or EXPIRY``.
    value: the data as encoded, without the identifier and without a separator.
    """

    application_identifier: str
    title: str
    value: str


@dataclass(frozen=True, slots=True)
class Barcode:
    """One barcode.

    text: the decoded content as text; for UPC-A its 12 digits, for EAN-13 its 13.
    raw_value: the decoded bytes.
    gtin: the 14-digit GTIN (left-padded with zeros) if there is one and its check digit holds, else empty.
    polygon: pixels of the original image, clockwise from the symbol's own top-left.
    page_number: 1-based.
    readers: names of the readers that agreed on this text, such as ``zxing-cpp`` and ``zbar``.
    """

    symbology: Symbology
    text: str
    raw_value: bytes
    polygon: Polygon
    page_number: int
    gtin: str = ""
    gs1_elements: tuple[Gs1Element, ...] = ()
    readers: tuple[str, ...] = ()
