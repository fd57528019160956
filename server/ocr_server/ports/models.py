"""The sockets for models: who finds, turns and reads text, and who reads barcodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ocr_models.page_orientation import Orientation
from ocr_models.types import DetectedLines, Image, ReadText
from ocr_server.domain.barcode import Symbology
from ocr_server.domain.document import Engine
from ocr_server.domain.geometry import Polygon


class LineDetector(Protocol):
    """Finds text lines on a page."""

    @property
    def version(self) -> str:
        """What a result can be traced to: names and versions of models, separated by spaces; may change over time."""
        ...

    async def find_lines(self, image: Image) -> DetectedLines:
        """Return the lines of one RGB page, coordinates in its pixels; empty if there are none."""
        ...


class AdjustableLineDetector(LineDetector, Protocol):
    """A LineDetector that can look more or less closely; see ocr_models.line_detector for what the numbers mean."""

    def adjusted(self, *, letter_px: float = ..., unclip_ratio: float = ...) -> LineDetector:
        """The same model at these settings; the original does not change."""
        ...


@dataclass(frozen=True, slots=True)
class ReadLine:
    """What was read on one crop, and who read it: TROCR, PPOCR or TESSERACT."""

    text: ReadText
    engine: Engine


class LineRecognizer(Protocol):
    """Reads upright line crops."""

    @property
    def version(self) -> str:
        """What a result can be traced to: names and versions of models, separated by spaces; may change over time."""
        ...

    def plan_batches(self, crops: Sequence[Image]) -> list[list[int]]:
        """Split crops into batches worth one call of read_lines each: every index exactly once."""
        ...

    async def read_lines(self, crops: Sequence[Image], languages: Sequence[str] = ()) -> list[ReadLine]:
        """Read one batch of RGB crops of any sizes; one result each, in order; blank crops give empty text."""
        ...


@dataclass(frozen=True, slots=True)
class Trial:
    """One request that both versions were asked: what they read on its lines, and how long each took."""

    model: str
    version: int
    serving: Sequence[ReadText]
    shadow: Sequence[ReadText]
    serving_s: float
    shadow_s: float

    @property
    def agreeing(self) -> int:
        """On how many of the lines both read the same."""
        return sum(one.text == other.text for one, other in zip(self.serving, self.shadow, strict=True))


@dataclass(frozen=True, slots=True)
class ReadingEngine:
    """What a caller chooses by an Engine: who finds the lines of a page, and who reads them."""

    detector: LineDetector
    recognizer: LineRecognizer


class OrientationJudge(Protocol):
    """Tells how far a page must be turned to stand upright."""

    @property
    def version(self) -> str:
        """What a result can be traced to: names and versions of models, separated by spaces; may change over time."""
        ...

    async def judge(self, image: Image, lines: DetectedLines) -> Orientation:
        """Judge one RGB page by the lines found on it."""
        ...


@dataclass(frozen=True, slots=True)
class BarcodeReading:
    """What one reader saw: text as printed for the symbology, bytes as encoded, polygon in page pixels."""

    reader: str
    symbology: Symbology
    text: str
    raw_value: bytes
    polygon: Polygon
    is_gs1: bool = False


class BarcodeReader(Protocol):
    """Reads the barcodes on a page."""

    name: str
    version: str

    async def read_barcodes(self, image: Image) -> list[BarcodeReading]:
        """Return every barcode of one RGB page; empty if there is none, also where the reader itself fails."""
        ...
