"""The barcode readers of this process (adapters of BarcodeReader): three libraries, each at one and two sizes."""

import importlib.metadata
from dataclasses import dataclass, replace

import cv2
import numpy as np
import structlog

from ocr_models.types import Image
from ocr_server.adapters.embedded.barcode_libraries import GrayImage, Read, load_zbar, read_with_opencv, read_with_zxing
from ocr_server.domain.errors import EngineUnavailable
from ocr_server.domain.geometry import Homography
from ocr_server.ports import BarcodeReader, BarcodeReading, Compute

log = structlog.get_logger()

# Above this, a symbol too small for its reader is rarer than the time that four times the pixels cost.
_MAX_PIXELS_TO_ENLARGE = 2_000_000


def open_barcode_readers(compute: Compute) -> list[BarcodeReader]:
    """Return the readers in the order in which they are worth asking; the log names one that does not run here."""
    zxing = LibraryReader("zxing-cpp", importlib.metadata.version("zxing-cpp"), read_with_zxing, compute)
    opencv = LibraryReader("opencv", cv2.__version__, read_with_opencv, compute)
    try:
        version = f"pyzbar-{importlib.metadata.version('pyzbar')}"
        with_zbar = [zxing, LibraryReader("zbar", version, load_zbar(), compute)]
    except EngineUnavailable as error:
        log.warning("barcode_reader.disabled", reader="zbar", why=str(error))
        with_zbar = [zxing]
    return [*with_zbar, *(EnlargedReader(reader, compute) for reader in with_zbar), opencv]


@dataclass(slots=True)
class LibraryReader:
    """A library looking at the page as it is."""

    name: str
    version: str
    read: Read
    compute: Compute

    async def read_barcodes(self, image: Image) -> list[BarcodeReading]:
        """See the port."""
        return await self.compute.run(self._read_quietly, image)

    def _read_quietly(self, image: Image) -> list[BarcodeReading]:
        """Let a library that fails see nothing: they raise on some damaged symbols, and others read on."""
        try:
            return self.read(_gray(image))
        except Exception:  # each library has its own errors, cv2.error and pyzbar's UnicodeDecodeError among them
            log.warning("barcode_reader.failed", reader=self.name, image_shape=image.shape, exc_info=True)
            return []


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
        readings = await self._reader.read_barcodes(await self._compute.run(_enlarge, image))
        to_page = Homography.scaling(0.5, 0.5)
        return [replace(reading, polygon=to_page.map(reading.polygon)) for reading in readings]


def _gray(image: Image) -> GrayImage:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _enlarge(image: Image) -> Image:
    return np.asarray(cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
