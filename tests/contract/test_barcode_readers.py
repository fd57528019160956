"""What every barcode reader holds to; each library, at both sizes, against symbols drawn by zxing-cpp's own writer."""

from collections.abc import AsyncIterator
from itertools import pairwise

import cv2
import numpy as np
import pytest
from zxingcpp import BarcodeFormat

from ocr_models.types import Image
from ocr_server.adapters.embedded.barcodes import open_barcode_readers
from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.domain.barcode import Symbology
from ocr_server.ports import BarcodeReader
from tests.symbols import EAN_13, blank_page, draw_symbol, on_page, overlap

READERS = ["zxing-cpp", "zbar", "zxing-cpp enlarged", "zbar enlarged", "opencv"]

# What each symbology encodes here, as the reader should tell it.
SYMBOLS = {
    Symbology.EAN_13: (BarcodeFormat.EAN13, EAN_13),
    Symbology.EAN_8: (BarcodeFormat.EAN8, "96385074"),
    Symbology.UPC_A: (BarcodeFormat.UPCA, "012345678905"),
    Symbology.UPC_E: (BarcodeFormat.UPCE, "01234565"),
    Symbology.CODE_128: (BarcodeFormat.Code128, "Invoice 2024-117"),
    Symbology.CODE_39: (BarcodeFormat.Code39, "AB-12"),
    Symbology.CODE_93: (BarcodeFormat.Code93, "AB-12"),
    Symbology.CODABAR: (BarcodeFormat.Codabar, "A12345B"),
    Symbology.ITF: (BarcodeFormat.ITF, "10012345678902"),
    Symbology.DATABAR: (BarcodeFormat.DataBarOmni, "0104412345678909"),
    Symbology.DATABAR_LIMITED: (BarcodeFormat.DataBarLtd, "0104412345678909"),
    Symbology.DATABAR_EXPANDED: (BarcodeFormat.DataBarExp, "0190012345678908310300175010AB"),
    Symbology.QR_CODE: (BarcodeFormat.QRCode, "Zürich £5"),
    Symbology.MICRO_QR_CODE: (BarcodeFormat.MicroQRCode, "12345"),
    Symbology.RMQR_CODE: (BarcodeFormat.RMQRCode, "label 7"),
    Symbology.DATA_MATRIX: (BarcodeFormat.DataMatrix, "label 7"),
    Symbology.AZTEC: (BarcodeFormat.Aztec, "ticket 7"),
    Symbology.PDF_417: (BarcodeFormat.PDF417, "parcel 7"),
    Symbology.MICRO_PDF_417: (BarcodeFormat.MicroPDF417, "parcel 7"),
    Symbology.MAXICODE: (BarcodeFormat.MaxiCode, "parcel 7"),
    Symbology.TELEPEN: (BarcodeFormat.Telepen, "BOOK 7"),
}
READ_BY = {
    "zxing-cpp": set(SYMBOLS),
    "zbar": {
        Symbology.EAN_13,
        Symbology.EAN_8,
        Symbology.UPC_A,
        Symbology.CODE_128,
        Symbology.CODE_39,
        Symbology.CODE_93,
        Symbology.CODABAR,
        Symbology.ITF,
        Symbology.QR_CODE,
    },
    "opencv": {Symbology.EAN_13, Symbology.UPC_A},
}


@pytest.fixture
async def compute() -> AsyncIterator[CpuPool]:
    pool = CpuPool(1)
    yield pool
    await pool.close()


def open_reader(name: str, compute: CpuPool) -> BarcodeReader:
    library, *enlarged = name.split()
    same_library = [reader for reader in open_barcode_readers(compute) if reader.name == library]
    if not same_library:
        pytest.skip(f"{library} is not installed")
    return same_library[len(enlarged)]


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest, compute: CpuPool) -> BarcodeReader:
    return open_reader(request.param, compute)


@pytest.mark.parametrize(
    ("reader", "symbology"),
    [(name, symbology) for name in READERS for symbology in READ_BY[name.split()[0]]],
    indirect=["reader"],
    ids=lambda value: value.value if isinstance(value, Symbology) else value,
)
async def test_a_symbol_is_read_with_its_symbology_text_and_bytes(reader: BarcodeReader, symbology: Symbology) -> None:
    written_as, text = SYMBOLS[symbology]
    content = text if symbology is not Symbology.DATABAR_EXPANDED else "(01)90012345678908(3103)001750(10)AB"
    page, place = on_page(draw_symbol(content, written_as, module_px=4), page=blank_page(1600, 1000))
    (reading,) = await reader.read_barcodes(page)
    assert (reading.symbology, reading.text) == (symbology, text)
    if symbology is not Symbology.QR_CODE:  # whose bytes are in the encoding it declares
        assert reading.raw_value == text.encode()
    assert reading.reader == reader.name
    assert overlap(reading.polygon, place) > 0.4  # zxing-cpp scans only the lower half of a DataBar


@pytest.mark.parametrize("degrees_clockwise", [0, 90, 180, 270])
@pytest.mark.parametrize("written_as", [BarcodeFormat.EAN13, BarcodeFormat.QRCode])
async def test_the_polygon_runs_clockwise_from_the_symbols_own_top_left(
    reader: BarcodeReader, written_as: BarcodeFormat, degrees_clockwise: int
) -> None:
    if reader.name == "opencv" and (degrees_clockwise or written_as is BarcodeFormat.QRCode):
        pytest.skip("OpenCV reads no QR codes here and does not tell which way up a symbol stands")
    page, place = on_page(draw_symbol(EAN_13, written_as), degrees_clockwise)
    (reading,) = await reader.read_barcodes(page)
    # A hull of scan lines misses the guard bars' ends, and OpenCV takes the quiet zone in.
    for vertex, expected in zip(reading.polygon.vertices, place.vertices, strict=True):
        assert np.hypot(*np.subtract(vertex, expected)) < 50


@pytest.mark.parametrize("degrees_clockwise", [5, -12, 20])
async def test_a_tilted_symbol_is_read_where_it_stands(reader: BarcodeReader, degrees_clockwise: float) -> None:
    page, place = on_page(draw_symbol(EAN_13), degrees_clockwise)
    (reading,) = await reader.read_barcodes(page)
    assert reading.text == EAN_13
    assert np.hypot(*np.subtract(reading.polygon.center, place.center)) < 25


async def test_all_symbols_of_a_page_are_read_each_at_its_place(reader: BarcodeReader) -> None:
    if reader.name == "opencv":
        pytest.skip("OpenCV misses one of three")
    texts = ["4006381333931", "9780804816632", "5901234123457"]
    pages = [on_page(draw_symbol(text), page=blank_page(640, 260)) for text in texts]
    readings = await reader.read_barcodes(np.vstack([page for page, _ in pages]))
    readings.sort(key=lambda reading: reading.polygon.center.y)
    assert [reading.text for reading in readings] == texts
    distances_px = [b.polygon.center.y - a.polygon.center.y for a, b in pairwise(readings)]
    assert distances_px == pytest.approx([260, 260], abs=10)


def printed_text() -> Image:
    page = blank_page()
    for y in range(30, 470, 22):
        cv2.putText(
            page, "Total 1,234.56 EUR incl. VAT |||| 1111", (20, y), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1
        )
    return page


@pytest.mark.parametrize(
    "page",
    [
        blank_page(),
        blank_page(1, 1),
        blank_page(1, 1000),
        np.zeros((480, 640, 3), np.uint8),
        np.random.default_rng(1).integers(0, 256, (480, 640, 3), dtype=np.uint8),
        printed_text(),
    ],
    ids=["blank", "one pixel", "one column", "black", "noise", "text"],
)
async def test_nothing_is_read_where_there_is_no_symbol(reader: BarcodeReader, page: Image) -> None:
    assert await reader.read_barcodes(page) == []


@pytest.mark.parametrize("written_as", [BarcodeFormat.Code128, BarcodeFormat.QRCode, BarcodeFormat.DataMatrix])
async def test_zxing_tells_gs1_content_and_keeps_its_separators(compute: CpuPool, written_as: BarcodeFormat) -> None:
    reader = open_reader("zxing-cpp", compute)
    page, _ = on_page(draw_symbol("(01)09506000134352(10)AB1(21)X", written_as, module_px=2, gs1=True))
    (reading,) = await reader.read_barcodes(page)
    assert reading.is_gs1
    assert reading.text == "010950600013435210AB1\x1d21X"


async def test_zbar_reads_the_same_gs1_content_as_zxing(compute: CpuPool) -> None:
    page, _ = on_page(draw_symbol("(01)09506000134352(10)AB1(21)X", BarcodeFormat.Code128, module_px=2, gs1=True))
    texts = {(await open_reader(name, compute).read_barcodes(page))[0].text for name in ("zxing-cpp", "zbar")}
    assert texts == {"010950600013435210AB1\x1d21X"}
