from ocr_server._pb.ocr.v1 import barcode_pb2 as _barcode_pb2
from ocr_server._pb.ocr.v1 import geometry_pb2 as _geometry_pb2
from ocr_server._pb.ocr.v1 import invoice_pb2 as _invoice_pb2
from ocr_server._pb.ocr.v1 import product_pb2 as _product_pb2
from ocr_server._pb.ocr.v1 import receipt_pb2 as _receipt_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Engine(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENGINE_UNSPECIFIED: _ClassVar[Engine]
    ENGINE_FAST: _ClassVar[Engine]
    ENGINE_BALANCED: _ClassVar[Engine]
    ENGINE_ACCURATE: _ClassVar[Engine]
    ENGINE_TROCR: _ClassVar[Engine]
    ENGINE_PPOCR: _ClassVar[Engine]
    ENGINE_TESSERACT: _ClassVar[Engine]
    ENGINE_PDF_TEXT: _ClassVar[Engine]

class DocumentType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DOCUMENT_TYPE_UNSPECIFIED: _ClassVar[DocumentType]
    DOCUMENT_TYPE_RECEIPT: _ClassVar[DocumentType]
    DOCUMENT_TYPE_INVOICE: _ClassVar[DocumentType]
    DOCUMENT_TYPE_PRODUCT_LABEL: _ClassVar[DocumentType]
ENGINE_UNSPECIFIED: Engine
ENGINE_FAST: Engine
ENGINE_BALANCED: Engine
ENGINE_ACCURATE: Engine
ENGINE_TROCR: Engine
ENGINE_PPOCR: Engine
ENGINE_TESSERACT: Engine
ENGINE_PDF_TEXT: Engine
DOCUMENT_TYPE_UNSPECIFIED: DocumentType
DOCUMENT_TYPE_RECEIPT: DocumentType
DOCUMENT_TYPE_INVOICE: DocumentType
DOCUMENT_TYPE_PRODUCT_LABEL: DocumentType

class Document(_message.Message):
    __slots__ = ("document_id", "document_type", "pages", "barcodes", "receipt", "invoice", "product", "checks", "quality")
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    PAGES_FIELD_NUMBER: _ClassVar[int]
    BARCODES_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    INVOICE_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    document_id: str
    document_type: DocumentType
    pages: _containers.RepeatedCompositeFieldContainer[Page]
    barcodes: _containers.RepeatedCompositeFieldContainer[_barcode_pb2.Barcode]
    receipt: _receipt_pb2.Receipt
    invoice: _invoice_pb2.Invoice
    product: _product_pb2.Product
    checks: _containers.RepeatedCompositeFieldContainer[Check]
    quality: ImageQuality
    def __init__(self, document_id: _Optional[str] = ..., document_type: _Optional[_Union[DocumentType, str]] = ..., pages: _Optional[_Iterable[_Union[Page, _Mapping]]] = ..., barcodes: _Optional[_Iterable[_Union[_barcode_pb2.Barcode, _Mapping]]] = ..., receipt: _Optional[_Union[_receipt_pb2.Receipt, _Mapping]] = ..., invoice: _Optional[_Union[_invoice_pb2.Invoice, _Mapping]] = ..., product: _Optional[_Union[_product_pb2.Product, _Mapping]] = ..., checks: _Optional[_Iterable[_Union[Check, _Mapping]]] = ..., quality: _Optional[_Union[ImageQuality, _Mapping]] = ...) -> None: ...

class Page(_message.Message):
    __slots__ = ("page_number", "width_px", "height_px", "rotation_degrees", "lines", "render_dpi")
    PAGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    WIDTH_PX_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_PX_FIELD_NUMBER: _ClassVar[int]
    ROTATION_DEGREES_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    RENDER_DPI_FIELD_NUMBER: _ClassVar[int]
    page_number: int
    width_px: int
    height_px: int
    rotation_degrees: float
    lines: _containers.RepeatedCompositeFieldContainer[Line]
    render_dpi: int
    def __init__(self, page_number: _Optional[int] = ..., width_px: _Optional[int] = ..., height_px: _Optional[int] = ..., rotation_degrees: _Optional[float] = ..., lines: _Optional[_Iterable[_Union[Line, _Mapping]]] = ..., render_dpi: _Optional[int] = ...) -> None: ...

class Line(_message.Message):
    __slots__ = ("text", "confidence", "detection_score", "polygon", "words", "engine")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    DETECTION_SCORE_FIELD_NUMBER: _ClassVar[int]
    POLYGON_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    text: str
    confidence: float
    detection_score: float
    polygon: _geometry_pb2.Polygon
    words: _containers.RepeatedCompositeFieldContainer[Word]
    engine: Engine
    def __init__(self, text: _Optional[str] = ..., confidence: _Optional[float] = ..., detection_score: _Optional[float] = ..., polygon: _Optional[_Union[_geometry_pb2.Polygon, _Mapping]] = ..., words: _Optional[_Iterable[_Union[Word, _Mapping]]] = ..., engine: _Optional[_Union[Engine, str]] = ...) -> None: ...

class Word(_message.Message):
    __slots__ = ("text", "confidence", "polygon")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    POLYGON_FIELD_NUMBER: _ClassVar[int]
    text: str
    confidence: float
    polygon: _geometry_pb2.Polygon
    def __init__(self, text: _Optional[str] = ..., confidence: _Optional[float] = ..., polygon: _Optional[_Union[_geometry_pb2.Polygon, _Mapping]] = ...) -> None: ...

class Check(_message.Message):
    __slots__ = ("id", "state", "message")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Check.State]
        PASSED: _ClassVar[Check.State]
        FAILED: _ClassVar[Check.State]
        NOT_APPLICABLE: _ClassVar[Check.State]
    STATE_UNSPECIFIED: Check.State
    PASSED: Check.State
    FAILED: Check.State
    NOT_APPLICABLE: Check.State
    ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    id: str
    state: Check.State
    message: str
    def __init__(self, id: _Optional[str] = ..., state: _Optional[_Union[Check.State, str]] = ..., message: _Optional[str] = ...) -> None: ...

class ImageQuality(_message.Message):
    __slots__ = ("sharpness", "contrast", "text_height_px")
    SHARPNESS_FIELD_NUMBER: _ClassVar[int]
    CONTRAST_FIELD_NUMBER: _ClassVar[int]
    TEXT_HEIGHT_PX_FIELD_NUMBER: _ClassVar[int]
    sharpness: float
    contrast: float
    text_height_px: float
    def __init__(self, sharpness: _Optional[float] = ..., contrast: _Optional[float] = ..., text_height_px: _Optional[float] = ...) -> None: ...
