"""Barcode readers: zxing-cpp, ZBar and OpenCV, three independent decoders (adapters of BarcodeReader)."""

import importlib.metadata
from collections.abc import Callable
from types import ModuleType
from typing import Any, cast

import cv2
import numpy as np
import structlog
import zxingcpp
from numpy.typing import ArrayLike, NDArray

from ocr_models.types import Image
from ocr_server.domain.barcode import Symbology
from ocr_server.domain.errors import EngineUnavailable
from ocr_server.domain.geometry import Homography, Polygon
from ocr_server.ports import BarcodeReader, BarcodeReading, Compute

log = structlog.get_logger()

# Above this, a symbol too small for its reader is rarer than the time that four times the pixels cost.
_MAX_PIXELS_TO_ENLARGE = 2_000_000

_ZXING_SYMBOLOGIES = {
    zxingcpp.BarcodeFormat.EAN13: Symbology.EAN_13,
    zxingcpp.BarcodeFormat.ISBN: Symbology.EAN_13,
    zxingcpp.BarcodeFormat.EAN8: Symbology.EAN_8,
    zxingcpp.BarcodeFormat.UPCA: Symbology.UPC_A,
    zxingcpp.BarcodeFormat.UPCE: Symbology.UPC_E,
    zxingcpp.BarcodeFormat.Code128: Symbology.CODE_128,
    zxingcpp.BarcodeFormat.Code39: Symbology.CODE_39,
    zxingcpp.BarcodeFormat.Code39Std: Symbology.CODE_39,
    zxingcpp.BarcodeFormat.Code39Ext: Symbology.CODE_39,
    zxingcpp.BarcodeFormat.Code32: Symbology.CODE_39,
    zxingcpp.BarcodeFormat.PZN: Symbology.CODE_39,
    zxingcpp.BarcodeFormat.Code93: Symbology.CODE_93,
    zxingcpp.BarcodeFormat.Codabar: Symbology.CODABAR,
    zxingcpp.BarcodeFormat.ITF: Symbology.ITF,
    zxingcpp.BarcodeFormat.ITF14: Symbology.ITF,
    zxingcpp.BarcodeFormat.DataBar: Symbology.DATABAR,
    zxingcpp.BarcodeFormat.DataBarOmni: Symbology.DATABAR,
    zxingcpp.BarcodeFormat.DataBarStk: Symbology.DATABAR,
    zxingcpp.BarcodeFormat.DataBarStkOmni: Symbology.DATABAR,
    zxingcpp.BarcodeFormat.DataBarExp: Symbology.DATABAR_EXPANDED,
    zxingcpp.BarcodeFormat.DataBarExpStk: Symbology.DATABAR_EXPANDED,
    zxingcpp.BarcodeFormat.DataBarLtd: Symbology.DATABAR_LIMITED,
    zxingcpp.BarcodeFormat.QRCode: Symbology.QR_CODE,
    zxingcpp.BarcodeFormat.QRCodeModel1: Symbology.QR_CODE,
    zxingcpp.BarcodeFormat.QRCodeModel2: Symbology.QR_CODE,
    zxingcpp.BarcodeFormat.MicroQRCode: Symbology.MICRO_QR_CODE,
    zxingcpp.BarcodeFormat.RMQRCode: Symbology.RMQR_CODE,
    zxingcpp.BarcodeFormat.DataMatrix: Symbology.DATA_MATRIX,
    zxingcpp.BarcodeFormat.Aztec: Symbology.AZTEC,
    zxingcpp.BarcodeFormat.AztecCode: Symbology.AZTEC,
    zxingcpp.BarcodeFormat.AztecRune: Symbology.AZTEC,
    zxingcpp.BarcodeFormat.PDF417: Symbology.PDF_417,
    zxingcpp.BarcodeFormat.CompactPDF417: Symbology.PDF_417,
    zxingcpp.BarcodeFormat.MicroPDF417: Symbology.MICRO_PDF_417,
    zxingcpp.BarcodeFormat.MaxiCode: Symbology.MAXICODE,
    zxingcpp.BarcodeFormat.Telepen: Symbology.TELEPEN,
    zxingcpp.BarcodeFormat.TelepenAlpha: Symbology.TELEPEN,
    zxingcpp.BarcodeFormat.TelepenNumeric: Symbology.TELEPEN,
}

# Without ZBar's DataBar and PDF417, which are unfinished: the one writes warnings to stderr, the other reads nothing.
_ZBAR_SYMBOLOGIES = {
    "EAN13": Symbology.EAN_13,
    "EAN8": Symbology.EAN_8,
    "UPCA": Symbology.UPC_A,
    "UPCE": Symbology.UPC_E,
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


class ZxingReader:
    """zxing-cpp: all symbologies, the most accurate of the three."""

    name = "zxing-cpp"

    def __init__(self, compute: Compute) -> None:
        self.version = importlib.metadata.version("zxing-cpp")
        self._compute = compute

    async def read_barcodes(self, image: Image) -> list[BarcodeReading]:
        """See the port."""
        return await self._compute.run(_read_quietly, self.name, self._read, image)

    def _read(self, image: Image) -> list[BarcodeReading]:
        # Plain: the human-readable default brackets GS1 identifiers and spells out control characters.
        found = zxingcpp.read_barcodes(_gray(image), text_mode=zxingcpp.TextMode.Plain)
        return [self._as_reading(barcode) for barcode in found]

    def _as_reading(self, barcode: zxingcpp.Barcode) -> BarcodeReading:
        corners = barcode.position
        polygon = [
            (corner.x + 0.5, corner.y + 0.5)  # it counts pixels, we count from the outer corner of the first
            for corner in (corners.top_left, corners.top_right, corners.bottom_right, corners.bottom_left)
        ]
        symbology = _ZXING_SYMBOLOGIES.get(barcode.format, Symbology.OTHER)
        text, extra = barcode.text, cast(dict[str, Any] | None, barcode.extra)
        if symbology is Symbology.UPC_E and extra:
            text = extra["UPCE"]  # beside it, the text is the 13 digits it stands for
        is_gs1 = barcode.content_type == zxingcpp.ContentType.GS1
        return _reading(self.name, symbology, text, barcode.bytes, polygon, is_gs1=is_gs1)


class ZbarReader:
    """ZBar through pyzbar: independent of zxing-cpp, and often better at blurred EAN and UPC."""

    name = "zbar"

    def __init__(self, compute: Compute) -> None:
        """Raises EngineUnavailable, saying what to install, if there is no libzbar."""
        self._pyzbar = _import_pyzbar()
        self._symbols = [self._pyzbar.ZBarSymbol[name] for name in _ZBAR_SYMBOLOGIES]
        self.version = f"pyzbar-{importlib.metadata.version('pyzbar')}"
        self._compute = compute

    async def read_barcodes(self, image: Image) -> list[BarcodeReading]:
        """See the port."""
        return await self._compute.run(_read_quietly, self.name, self._read, image)

    def _read(self, image: Image) -> list[BarcodeReading]:
        return [self._as_reading(symbol) for symbol in self._pyzbar.decode(_gray(image), symbols=self._symbols)]

    def _as_reading(self, symbol: Any) -> BarcodeReading:
        # ZBar gives the hull of the scan lines that met the symbol and how often it is turned clockwise.
        box = _box(symbol.polygon)
        polygon = np.roll(box, -_ZBAR_QUARTER_TURNS.get(symbol.orientation, 0), axis=0)
        text = symbol.data.decode("utf-8", errors="replace")
        return _reading(self.name, _ZBAR_SYMBOLOGIES[symbol.type], text, symbol.data, polygon)


class OpenCvReader:
    """OpenCV's detector of EAN-13 and UPC-A: a third opinion where the other two differ."""

    name = "opencv"

    def __init__(self, compute: Compute) -> None:
        self.version = cv2.__version__
        self._compute = compute

    async def read_barcodes(self, image: Image) -> list[BarcodeReading]:
        """See the port."""
        return await self._compute.run(_read_quietly, self.name, self._read, image)

    def _read(self, image: Image) -> list[BarcodeReading]:
        _, texts, kinds, quads = cv2.barcode.BarcodeDetector().detectAndDecodeWithType(_gray(image))
        if quads is None:
            return []
        return [
            # Its corners start at the bottom left.
            _reading(self.name, _OPENCV_SYMBOLOGIES[kind], text, text.encode(), np.roll(quad, -1, axis=0))
            for text, kind, quad in zip(texts, kinds, quads, strict=True)
            if text and kind in _OPENCV_SYMBOLOGIES
        ]


class EnlargedReader:
    """Another reader looking at the page at twice its size, where bars one or two pixels wide become readable."""

    def __init__(self, reader: BarcodeReader, compute: Compute) -> None:
        self.name = reader.name
        self.version = reader.version
        self._reader = reader
        self._compute = compute

    async def read_barcodes(self, image: Image) -> list[BarcodeReading]:
        """See the port; empty for pages of more than two megapixels."""
        height_px, width_px = image.shape[:2]
        if height_px * width_px > _MAX_PIXELS_TO_ENLARGE:
            return []
        enlarged = await self._compute.run(_enlarge, image)
        to_page = Homography.scaling(0.5, 0.5)
        return [
            BarcodeReading(
                reader=reading.reader,
                symbology=reading.symbology,
                text=reading.text,
                raw_value=reading.raw_value,
                polygon=to_page.map(reading.polygon),
                is_gs1=reading.is_gs1,
            )
            for reading in await self._reader.read_barcodes(enlarged)
        ]


def open_barcode_readers(compute: Compute) -> list[BarcodeReader]:
    """Return the readers in the order in which they are worth asking; the log names one that does not run here."""
    zxing = ZxingReader(compute)
    try:
        zbar = [ZbarReader(compute)]
    except EngineUnavailable as error:
        log.warning("barcode_reader.disabled", reader=ZbarReader.name, why=str(error))
        zbar = []
    return [
        zxing,
        *zbar,
        EnlargedReader(zxing, compute),
        *(EnlargedReader(z, compute) for z in zbar),
        OpenCvReader(compute),
    ]


def _reading(
    reader: str, symbology: Symbology, text: str, raw_value: bytes, polygon: ArrayLike, *, is_gs1: bool = False
) -> BarcodeReading:
    """Settle what readers tell differently: a UPC-A is an EAN-13 that starts with 0, printed without it."""
    if symbology is Symbology.EAN_13 and text.startswith("0"):
        symbology, text = Symbology.UPC_A, text[1:]
    if symbology in {Symbology.UPC_A, Symbology.UPC_E}:
        raw_value = text.encode()
    return BarcodeReading(reader, symbology, text, raw_value, Polygon.from_array(polygon), is_gs1)


def _read_quietly(name: str, read: Callable[[Image], list[BarcodeReading]], image: Image) -> list[BarcodeReading]:
    """Let a reader that fails see nothing: the libraries raise on some damaged symbols, and others read on."""
    try:
        return read(image)
    except Exception:  # each library has its own errors, cv2.error and pyzbar's UnicodeDecodeError among them
        log.warning("barcode_reader.failed", reader=name, image_shape=image.shape, exc_info=True)
        return []


def _import_pyzbar() -> ModuleType:
    try:
        from pyzbar import pyzbar  # loads libzbar
    except ImportError as error:
        raise EngineUnavailable("ZBar is not installed: apt-get install libzbar0") from error
    module: ModuleType = pyzbar
    return module


def _gray(image: Image) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _enlarge(image: Image) -> Image:
    return np.asarray(cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _box(points: ArrayLike) -> NDArray[np.float32]:
    """Return the smallest rectangle around the points, ``(4, 2)``, clockwise from its top-left corner."""
    corners = np.asarray(cv2.boxPoints(cv2.minAreaRect(np.asarray(points, dtype=np.float32))), dtype=np.float32)
    dx, dy = (corners - corners.mean(axis=0)).T
    clockwise = corners[np.argsort(np.arctan2(dy, dx))]
    first = int(np.argmin(clockwise.sum(axis=1)))
    return np.roll(clockwise, -first, axis=0)
