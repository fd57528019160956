"""What can be told while a document is being read."""

from dataclasses import dataclass
from enum import Enum

from ocr_server.domain.barcode import Barcode
from ocr_server.domain.document import Line
from ocr_server.domain.receipt import Receipt


class Stage(Enum):
    """The stages of the pipeline in their order; text and barcodes run beside each other."""

    VALIDATE = "validate"
    DECODE = "decode"
    PREPROCESS = "preprocess"
    DETECT = "detect"
    RECOGNIZE = "recognize"
    BARCODES = "barcodes"
    STRUCTURE = "structure"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class StageProgress:
    """How far a stage has come.

    page_number: 1-based, 0 if the stage is not about one page. page_count: 0 until the pages are known.
    lines_done, lines_total: for RECOGNIZE on this page, else 0.
    fraction: 0 to 1 of the whole document's work; never decreases within one document.
    """

    stage: Stage
    fraction: float
    page_number: int = 0
    page_count: int = 0
    lines_done: int = 0
    lines_total: int = 0


@dataclass(frozen=True, slots=True)
class LinesRead:
    """Lines of one page as they are read, not yet in reading order; Document.pages is the final word."""

    page_number: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class BarcodesRead:
    """Barcodes of one page."""

    page_number: int
    barcodes: tuple[Barcode, ...]


@dataclass(frozen=True, slots=True)
class FieldsFound:
    """Fields as extracted."""

    fields: Receipt


Progress = StageProgress | LinesRead | BarcodesRead | FieldsFound
