from ocr_server._pb.ocr.v1 import barcode_pb2 as _barcode_pb2
from ocr_server._pb.ocr.v1 import document_pb2 as _document_pb2
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

class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAGE_UNSPECIFIED: _ClassVar[Stage]
    STAGE_VALIDATE: _ClassVar[Stage]
    STAGE_DECODE: _ClassVar[Stage]
    STAGE_PREPROCESS: _ClassVar[Stage]
    STAGE_DETECT: _ClassVar[Stage]
    STAGE_RECOGNIZE: _ClassVar[Stage]
    STAGE_BARCODES: _ClassVar[Stage]
    STAGE_STRUCTURE: _ClassVar[Stage]
    STAGE_CHECK: _ClassVar[Stage]
STAGE_UNSPECIFIED: Stage
STAGE_VALIDATE: Stage
STAGE_DECODE: Stage
STAGE_PREPROCESS: Stage
STAGE_DETECT: Stage
STAGE_RECOGNIZE: Stage
STAGE_BARCODES: Stage
STAGE_STRUCTURE: Stage
STAGE_CHECK: Stage

class StageProgress(_message.Message):
    __slots__ = ("stage", "fraction", "page_number", "page_count", "lines_done", "lines_total")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    PAGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    LINES_DONE_FIELD_NUMBER: _ClassVar[int]
    LINES_TOTAL_FIELD_NUMBER: _ClassVar[int]
    stage: Stage
    fraction: float
    page_number: int
    page_count: int
    lines_done: int
    lines_total: int
    def __init__(self, stage: _Optional[_Union[Stage, str]] = ..., fraction: _Optional[float] = ..., page_number: _Optional[int] = ..., page_count: _Optional[int] = ..., lines_done: _Optional[int] = ..., lines_total: _Optional[int] = ...) -> None: ...

class LinesRead(_message.Message):
    __slots__ = ("page_number", "lines")
    PAGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    page_number: int
    lines: _containers.RepeatedCompositeFieldContainer[_document_pb2.Line]
    def __init__(self, page_number: _Optional[int] = ..., lines: _Optional[_Iterable[_Union[_document_pb2.Line, _Mapping]]] = ...) -> None: ...

class BarcodesRead(_message.Message):
    __slots__ = ("page_number", "barcodes")
    PAGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    BARCODES_FIELD_NUMBER: _ClassVar[int]
    page_number: int
    barcodes: _containers.RepeatedCompositeFieldContainer[_barcode_pb2.Barcode]
    def __init__(self, page_number: _Optional[int] = ..., barcodes: _Optional[_Iterable[_Union[_barcode_pb2.Barcode, _Mapping]]] = ...) -> None: ...

class FieldsFound(_message.Message):
    __slots__ = ("receipt", "invoice", "product")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    INVOICE_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    receipt: _receipt_pb2.Receipt
    invoice: _invoice_pb2.Invoice
    product: _product_pb2.Product
    def __init__(self, receipt: _Optional[_Union[_receipt_pb2.Receipt, _Mapping]] = ..., invoice: _Optional[_Union[_invoice_pb2.Invoice, _Mapping]] = ..., product: _Optional[_Union[_product_pb2.Product, _Mapping]] = ...) -> None: ...
