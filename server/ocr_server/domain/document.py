"""What leaves the server: a document of pages, lines and words, with its fields, barcodes and checks."""

from dataclasses import dataclass
from enum import Enum

from ocr_server.domain.barcode import Barcode
from ocr_server.domain.geometry import Polygon
from ocr_server.domain.receipt import Receipt


class Engine(Enum):
    """Who reads the lines. As a request: which to use. On a line: which one did."""

    AUTO = "auto"
    FAST = "fast"
    BALANCED = "balanced"
    ACCURATE = "accurate"
    TROCR = "trocr"
    PPOCR = "ppocr"
    TESSERACT = "tesseract"
    PDF_TEXT = "pdf-text"


class DocumentType(Enum):
    """What kind of document the picture shows."""

    UNKNOWN = "unknown"
    RECEIPT = "receipt"
    INVOICE = "invoice"
    PRODUCT_LABEL = "product-label"


class CheckState(Enum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Check:
    """One rule held against the document.

    check_id: stable name such as ``TOTAL-SUM`` or ``GTIN-CHECK-DIGIT``; unique within a document, an index
        such as ``GTIN-CHECK-DIGIT/2`` is appended from the second on.
    message: one sentence for people, with the numbers compared.
    """

    check_id: str
    state: CheckState
    message: str


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters between spaces; confidence 0 to 1; polygon in pixels of the original image."""

    text: str
    confidence: float
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text.

    confidence: 0 to 1, the reader's.
    detection_score: 0 to 1, the detector's certainty that text stands here; 1 for a PDF's text layer.
    polygon: pixels of the original image, clockwise from the text's own top-left.
    engine: who read it: PPOCR, TROCR, TESSERACT or PDF_TEXT.
    """

    text: str
    confidence: float
    detection_score: float
    polygon: Polygon
    words: tuple[Word, ...]
    engine: Engine


@dataclass(frozen=True, slots=True)
class Page:
    """A page, its lines in reading order.

    page_number: 1-based.
    width_px, height_px: size of the original image that all polygons refer to: as viewers show it, so after
        its EXIF orientation; for a PDF, of the page rendered at ``render_dpi``.
    rotation_degrees: how far the page was turned clockwise to set its text upright: quarter turns plus skew,
        0 up to 360.
    render_dpi: 0 for images.
    """

    page_number: int
    width_px: int
    height_px: int
    rotation_degrees: float
    lines: tuple[Line, ...]
    render_dpi: int = 0


@dataclass(frozen=True, slots=True)
class ImageQuality:
    """How good the first page's picture is, for advice to whoever took it.

    sharpness: 0 (blurred) to 1 (crisp). contrast: 0 to 1, spread between paper and ink.
    text_height_px: median height of the text lines, 0 if there are none.
    """

    sharpness: float
    contrast: float
    text_height_px: float


@dataclass(frozen=True, slots=True)
class Document:
    """Everything found in one image or file. ``fields`` is None for types without extraction."""

    document_id: str
    document_type: DocumentType
    pages: tuple[Page, ...]
    barcodes: tuple[Barcode, ...] = ()
    fields: Receipt | None = None
    checks: tuple[Check, ...] = ()
    quality: ImageQuality | None = None


@dataclass(frozen=True, slots=True)
class StageTiming:
    """Wall time of one stage; stages that run beside each other overlap."""

    stage: str
    wall_s: float


@dataclass(frozen=True, slots=True)
class Timing:
    """Where the time of one request went. queue_s: waiting for admission, before the first stage."""

    total_s: float
    queue_s: float
    stages: tuple[StageTiming, ...]


@dataclass(frozen=True, slots=True)
class Recognition:
    """The answer to one request. model_versions: ``name:version`` separated by spaces, sorted by name."""

    document: Document
    timing: Timing
    model_versions: str


@dataclass(frozen=True, slots=True)
class RecognizeOptions:
    """What the caller wants.

    document_type: a hint; UNKNOWN lets the server decide.
    languages: BCP 47 tags in order of preference, for engines that choose by language; may be empty.
    barcodes_only: skip text; pages come without lines.
    """

    engine: Engine = Engine.AUTO
    document_type: DocumentType = DocumentType.UNKNOWN
    languages: tuple[str, ...] = ()
    barcodes_only: bool = False
