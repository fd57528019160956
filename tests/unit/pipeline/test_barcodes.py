"""The stage with the real readers."""

import numpy as np
import pytest
from zxingcpp import BarcodeFormat

from ocr_models.types import Image
from ocr_server.adapters.embedded.barcodes import open_barcode_readers
from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.domain.barcode import Barcode, Symbology
from ocr_server.domain.geometry import Homography
from ocr_server.pipeline.barcodes import read_barcodes
from ocr_server.ports import BarcodeReader, BarcodeReading
from tests.symbols import EAN_13, blank_page, draw_symbol, on_page, overlap


class Counted:
    """A reader that counts how often it is asked."""

    def __init__(self, reader: BarcodeReader) -> None:
        self.name, self.version, self._reader, self.looks = reader.name, reader.version, reader, 0

    async def read_barcodes(self, image: Image) -> list[BarcodeReading]:
        self.looks += 1
        return await self._reader.read_barcodes(image)


async def read(
    page: Image, *, thorough: bool = False, to_original: Homography | None = None
) -> tuple[tuple[Barcode, ...], int]:
    """Return the barcodes and how many looks they took."""
    compute = CpuPool(1)
    readers = [Counted(reader) for reader in open_barcode_readers(compute)]
    try:
        found = await read_barcodes(page, to_original or Homography.identity(), 7, readers, compute, thorough=thorough)
    finally:
        await compute.close()
    return found, sum(reader.looks for reader in readers)


@pytest.mark.parametrize("degrees_clockwise", [0, 90, 180, 270, 10, -20, 200])
async def test_the_polygon_lies_around_the_symbol_in_the_original_image(degrees_clockwise: float) -> None:
    page, place = on_page(draw_symbol(EAN_13), degrees_clockwise)
    to_original = Homography.quarter_turns(90, 640, 480).then(Homography.scaling(2, 2))
    (barcode,), _ = await read(page, to_original=to_original)
    assert overlap(barcode.polygon, to_original.map(place)) > 0.75
    assert np.hypot(*np.subtract(barcode.polygon.vertices[0], to_original.map(place).vertices[0])) < 40


async def test_a_symbol_tells_its_gtin_page_and_who_read_it() -> None:
    (barcode,), looks = await read(on_page(draw_symbol(EAN_13))[0])
    assert (barcode.symbology, barcode.text, barcode.gtin) == (Symbology.EAN_13, EAN_13, "0" + EAN_13)
    assert barcode.page_number == 7
    assert barcode.readers[0] == "zxing-cpp"
    assert len(barcode.readers) == 2
    assert looks == 2


async def test_gs1_elements_and_gtin_come_from_element_strings() -> None:
    page, _ = on_page(draw_symbol("(01)09506000134352(10)AB1(17)251231", BarcodeFormat.DataMatrix, gs1=True))
    (barcode,), looks = await read(page)
    assert [(e.application_identifier, e.value) for e in barcode.gs1_elements] == [
        ("01", "09506000134352"),
        ("10", "AB1"),
        ("17", "251231"),
    ]
    assert barcode.gtin == "09506000134352"
    assert looks == 1  # error correction leaves nothing to confirm


async def test_a_digital_link_in_a_qr_code_gives_its_gtin() -> None:
    page, _ = on_page(draw_symbol("https://id.gs1.org/01/09506000134352", BarcodeFormat.QRCode))
    (barcode,), _ = await read(page)
    assert barcode.gtin == "09506000134352"


async def test_barcodes_come_from_top_to_bottom() -> None:
    texts = ["9780804816632", "4006381333931", "5901234123457"]
    page = np.vstack([on_page(draw_symbol(text), page=blank_page(640, 260))[0] for text in texts])
    found, _ = await read(page)
    assert [barcode.text for barcode in found] == texts


async def test_on_a_page_without_bars_only_the_first_reader_looks_unless_asked_to_be_thorough() -> None:
    assert await read(blank_page()) == ((), 1)
    found, looks = await read(blank_page(), thorough=True)
    assert found == ()
    assert looks > 1


async def test_bars_that_the_first_reader_cannot_read_are_shown_to_the_others() -> None:
    (barcode,), looks = await read(on_page(draw_symbol(EAN_13), 35)[0])  # too tilted for zxing-cpp's scan lines
    assert barcode.text == EAN_13
    assert "zxing-cpp" not in barcode.readers
    assert looks > 1
