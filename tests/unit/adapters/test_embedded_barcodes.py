import sys
from collections.abc import AsyncIterator

import numpy as np
import pytest
from structlog.testing import capture_logs

from ocr_server.adapters.embedded.barcodes import LibraryReader, open_barcode_readers
from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.ports import BarcodeReading
from tests.symbols import EAN_13, blank_page, draw_symbol, on_page


@pytest.fixture
async def compute() -> AsyncIterator[CpuPool]:
    pool = CpuPool(1)
    yield pool
    await pool.close()


async def test_without_libzbar_the_others_read_and_the_log_names_what_to_install(
    compute: CpuPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyzbar.pyzbar", None)  # importing it fails, as it does without libzbar
    with capture_logs() as logged:
        readers = open_barcode_readers(compute)
    assert {reader.name for reader in readers} == {"zxing-cpp", "opencv"}
    (event,) = logged
    assert (event["event"], event["reader"]) == ("barcode_reader.disabled", "zbar")
    assert "apt-get install libzbar0" in event["why"]
    page, _ = on_page(draw_symbol(EAN_13))
    for reader in readers:
        assert [reading.text for reading in await reader.read_barcodes(page)] == [EAN_13]


async def test_a_library_that_fails_sees_nothing_and_is_logged(compute: CpuPool) -> None:
    def fail(gray: np.ndarray) -> list[BarcodeReading]:
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "as pyzbar does on some QR codes")

    reader = LibraryReader("failing", "1", fail, compute)
    with capture_logs() as logged:
        assert await reader.read_barcodes(blank_page()) == []
    assert [(event["event"], event["reader"]) for event in logged] == [("barcode_reader.failed", "failing")]


async def test_pages_of_many_pixels_are_not_enlarged(compute: CpuPool) -> None:
    zxing, *others = open_barcode_readers(compute)
    enlarged = next(reader for reader in others if reader.name == zxing.name)
    small, large = (on_page(draw_symbol(EAN_13), page=blank_page(w, h))[0] for w, h in ((640, 480), (2000, 1001)))
    assert len(await enlarged.read_barcodes(small)) == 1
    assert await enlarged.read_barcodes(large) == []
