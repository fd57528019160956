"""What zxing-cpp, ZBar and OpenCV see on a gray page, told in one way."""

import importlib
from collections.abc import Callable
from typing import Any, cast

import cv2
import numpy as np
import zxingcpp
from numpy.typing import ArrayLike, NDArray

from ocr_server.domain.barcode import Symbology
from ocr_server.domain.errors import EngineUnavailable
from ocr_server.domain.geometry import Polygon, clockwise_from_top_left
from ocr_server.ports import BarcodeReading

GrayImage = NDArray[np.uint8]
Read = Callable[[GrayImage], list[BarcodeReading]]

# By format where a family has members we tell apart, else by the family, which zxing-cpp calls symbology.
_ZXING_SYMBOLOGIES = {
    zxingcpp.BarcodeFormat.EAN8: Symbology.EAN_8,
    zxingcpp.BarcodeFormat.UPCA: Symbology.UPC_A,
    zxingcpp.BarcodeFormat.UPCE: Symbology.UPC_E,
    zxingcpp.BarcodeFormat.EANUPC: Symbology.EAN_13,
    zxingcpp.BarcodeFormat.Code128: Symbology.CODE_128,
    zxingcpp.BarcodeFormat.Code39: Symbology.CODE_39,
    zxingcpp.BarcodeFormat.Code93: Symbology.CODE_93,
    zxingcpp.BarcodeFormat.Codabar: Symbology.CODABAR,
    zxingcpp.BarcodeFormat.ITF: Symbology.ITF,
    zxingcpp.BarcodeFormat.DataBarLtd: Symbology.DATABAR_LIMITED,
    zxingcpp.BarcodeFormat.DataBarExp: Symbology.DATABAR_EXPANDED,
    zxingcpp.BarcodeFormat.DataBarExpStk: Symbology.DATABAR_EXPANDED,
    zxingcpp.BarcodeFormat.DataBar: Symbology.DATABAR,
    zxingcpp.BarcodeFormat.MicroQRCode: Symbology.MICRO_QR_CODE,
    zxingcpp.BarcodeFormat.RMQRCode: Symbology.RMQR_CODE,
    zxingcpp.BarcodeFormat.QRCode: Symbology.QR_CODE,
    zxingcpp.BarcodeFormat.DataMatrix: Symbology.DATA_MATRIX,
    zxingcpp.BarcodeFormat.Aztec: Symbology.AZTEC,
    zxingcpp.BarcodeFormat.MicroPDF417: Symbology.MICRO_PDF_417,
    zxingcpp.BarcodeFormat.PDF417: Symbology.PDF_417,
    zxingcpp.BarcodeFormat.MaxiCode: Symbology.MAXICODE,
    zxingcpp.BarcodeFormat.Telepen: Symbology.TELEPEN,
}

# Without what it does badly: DataBar writes warnings to stderr, PDF417 reads nothing, UPC-E sees digits that are not
# there.
_ZBAR_SYMBOLOGIES = {
    "EAN13": Symbology.EAN_13,
    "EAN8": Symbology.EAN_8,
    "UPCA": Symbology.UPC_A,
    "CODE128": Symbology.CODE_128,
    "CODE39": Symbology.CODE_39,
    "CODE93": Symbology.CODE_93,
    "CODABAR": Symbology.CODABAR,
    "I25": Symbology.ITF,
    "QRCODE": Symbology.QR_CODE,
}
_ZBAR_QUARTER_TURNS = {"UP": 0, "RIGHT": 1, "DOWN": 2, "LEFT": 3}

# Its EAN-8 and UPC-E are left out: on other symbologies they see digits that are not there.
_OPENCV_SYMBOLOGIES = {"EAN_13": Symbology.EAN_13, "UPC_A": Symbology.UPC_A}


def read_with_zxing(gray: GrayImage) -> list[BarcodeReading]:
    """All symbologies; the most accurate of the three."""
    # Plain: the human-readable default brackets GS1 identifiers and spells out control characters.
    return [_of_zxing(barcode) for barcode in zxingcpp.read_barcodes(gray, text_mode=zxingcpp.TextMode.Plain)]


def load_zbar() -> Read:
    """ZBar through pyzbar: independent of zxing-cpp, and often better at blurred EAN and UPC.

    Raises EngineUnavailable, saying what to install, if there is no libzbar.
    """
    try:
        pyzbar: Any = importlib.import_module("pyzbar.pyzbar")  # loads libzbar
    except ImportError as error:
        raise EngineUnavailable("ZBar is not installed: apt-get install libzbar0") from error
    names = (*_ZBAR_SYMBOLOGIES, "UPCE")  # which it would tell as the UPC-A it stands for if not asked for it
    symbols = [pyzbar.ZBarSymbol[name] for name in names]

    def read_with_zbar(gray: GrayImage) -> list[BarcodeReading]:
        found = pyzbar.decode(gray, symbols=symbols)
        return [_of_zbar(symbol) for symbol in found if symbol.type in _ZBAR_SYMBOLOGIES]

    return read_with_zbar


def read_with_opencv(gray: GrayImage) -> list[BarcodeReading]:
    """EAN-13 and UPC-A only: a third opinion where the other two differ.

    It does not tell which way up a symbol stands: the polygon of a turned one may start at the lower right.
    """
    _, texts, kinds, quads = cv2.barcode.BarcodeDetector().detectAndDecodeWithType(gray)
    if quads is None:
        return []
    return [
        _reading("opencv", _OPENCV_SYMBOLOGIES[kind], text, text.encode(), np.roll(quad, -1, axis=0))  # from top left
        for text, kind, quad in zip(texts, kinds, quads, strict=True)
        if text and kind in _OPENCV_SYMBOLOGIES
    ]


def _of_zxing(barcode: zxingcpp.Barcode) -> BarcodeReading:
    corners = barcode.position
    quad = [
        (corner.x + 0.5, corner.y + 0.5)  # it counts pixels, we count from the outer corner of the first
        for corner in (corners.top_left, corners.top_right, corners.bottom_right, corners.bottom_left)
    ]
    known = _ZXING_SYMBOLOGIES
    symbology = known.get(barcode.format) or known.get(barcode.symbology, Symbology.OTHER)
    # The text of a UPC-E is the 13 digits that its 8 stand for.
    text = cast(dict[str, str], barcode.extra)["UPCE"] if symbology is Symbology.UPC_E else barcode.text
    is_gs1 = barcode.content_type == zxingcpp.ContentType.GS1
    return _reading("zxing-cpp", symbology, text, barcode.bytes, quad, is_gs1=is_gs1)


def _of_zbar(symbol: Any) -> BarcodeReading:
    # ZBar gives the hull of the scan lines that met the symbol and how often it is turned clockwise.
    box = cv2.boxPoints(cv2.minAreaRect(np.asarray(symbol.polygon, dtype=np.float32)))
    quad = np.roll(clockwise_from_top_left(box), -_ZBAR_QUARTER_TURNS.get(symbol.orientation, 0), axis=0)
    text = symbol.data.decode("utf-8", errors="replace")
    return _reading("zbar", _ZBAR_SYMBOLOGIES[symbol.type], text, symbol.data, quad)


def _reading(
    reader: str, symbology: Symbology, text: str, raw_value: bytes, quad: ArrayLike, *, is_gs1: bool = False
) -> BarcodeReading:
    """Settle what readers tell differently: a UPC-A is an EAN-13 that starts with 0, printed without it."""
    if symbology is Symbology.EAN_13 and text.startswith("0"):
        symbology, text = Symbology.UPC_A, text[1:]
    if symbology in {Symbology.UPC_A, Symbology.UPC_E}:
        raw_value = text.encode()
    return BarcodeReading(reader, symbology, text, raw_value, _clockwise(quad), is_gs1)


def _clockwise(quad: ArrayLike) -> Polygon:
    """Keep the direction of the text, but swap top and bottom where a scan from below has put them so."""
    corners = np.asarray(quad, dtype=np.float32)
    if cv2.contourArea(corners, oriented=True) < 0:  # image coordinates: clockwise is positive
        corners = corners[::-1]
    return Polygon.from_array(corners)
