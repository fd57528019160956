from ocr_server._pb.ocr.v1 import geometry_pb2 as _geometry_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Symbology(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SYMBOLOGY_UNSPECIFIED: _ClassVar[Symbology]
    SYMBOLOGY_EAN_13: _ClassVar[Symbology]
    SYMBOLOGY_EAN_8: _ClassVar[Symbology]
    SYMBOLOGY_UPC_A: _ClassVar[Symbology]
    SYMBOLOGY_UPC_E: _ClassVar[Symbology]
    SYMBOLOGY_CODE_128: _ClassVar[Symbology]
    SYMBOLOGY_CODE_39: _ClassVar[Symbology]
    SYMBOLOGY_CODE_93: _ClassVar[Symbology]
    SYMBOLOGY_CODABAR: _ClassVar[Symbology]
    SYMBOLOGY_ITF: _ClassVar[Symbology]
    SYMBOLOGY_DATABAR: _ClassVar[Symbology]
    SYMBOLOGY_DATABAR_EXPANDED: _ClassVar[Symbology]
    SYMBOLOGY_DATABAR_LIMITED: _ClassVar[Symbology]
    SYMBOLOGY_QR_CODE: _ClassVar[Symbology]
    SYMBOLOGY_MICRO_QR_CODE: _ClassVar[Symbology]
    SYMBOLOGY_RMQR_CODE: _ClassVar[Symbology]
    SYMBOLOGY_DATA_MATRIX: _ClassVar[Symbology]
    SYMBOLOGY_AZTEC: _ClassVar[Symbology]
    SYMBOLOGY_PDF_417: _ClassVar[Symbology]
    SYMBOLOGY_MICRO_PDF_417: _ClassVar[Symbology]
    SYMBOLOGY_MAXICODE: _ClassVar[Symbology]
    SYMBOLOGY_TELEPEN: _ClassVar[Symbology]
    SYMBOLOGY_OTHER: _ClassVar[Symbology]
SYMBOLOGY_UNSPECIFIED: Symbology
SYMBOLOGY_EAN_13: Symbology
SYMBOLOGY_EAN_8: Symbology
SYMBOLOGY_UPC_A: Symbology
SYMBOLOGY_UPC_E: Symbology
SYMBOLOGY_CODE_128: Symbology
SYMBOLOGY_CODE_39: Symbology
SYMBOLOGY_CODE_93: Symbology
SYMBOLOGY_CODABAR: Symbology
SYMBOLOGY_ITF: Symbology
SYMBOLOGY_DATABAR: Symbology
SYMBOLOGY_DATABAR_EXPANDED: Symbology
SYMBOLOGY_DATABAR_LIMITED: Symbology
SYMBOLOGY_QR_CODE: Symbology
SYMBOLOGY_MICRO_QR_CODE: Symbology
SYMBOLOGY_RMQR_CODE: Symbology
SYMBOLOGY_DATA_MATRIX: Symbology
SYMBOLOGY_AZTEC: Symbology
SYMBOLOGY_PDF_417: Symbology
SYMBOLOGY_MICRO_PDF_417: Symbology
SYMBOLOGY_MAXICODE: Symbology
SYMBOLOGY_TELEPEN: Symbology
SYMBOLOGY_OTHER: Symbology

class Gs1Element(_message.Message):
    __slots__ = ("application_identifier", "title", "value")
    APPLICATION_IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    application_identifier: str
    title: str
    value: str
    def __init__(self, application_identifier: _Optional[str] = ..., title: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class Barcode(_message.Message):
    __slots__ = ("symbology", "text", "raw_value", "gtin", "gs1_elements", "polygon", "page_number", "readers")
    SYMBOLOGY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    RAW_VALUE_FIELD_NUMBER: _ClassVar[int]
    GTIN_FIELD_NUMBER: _ClassVar[int]
    GS1_ELEMENTS_FIELD_NUMBER: _ClassVar[int]
    POLYGON_FIELD_NUMBER: _ClassVar[int]
    PAGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    READERS_FIELD_NUMBER: _ClassVar[int]
    symbology: Symbology
    text: str
    raw_value: bytes
    gtin: str
    gs1_elements: _containers.RepeatedCompositeFieldContainer[Gs1Element]
    polygon: _geometry_pb2.Polygon
    page_number: int
    readers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, symbology: _Optional[_Union[Symbology, str]] = ..., text: _Optional[str] = ..., raw_value: _Optional[bytes] = ..., gtin: _Optional[str] = ..., gs1_elements: _Optional[_Iterable[_Union[Gs1Element, _Mapping]]] = ..., polygon: _Optional[_Union[_geometry_pb2.Polygon, _Mapping]] = ..., page_number: _Optional[int] = ..., readers: _Optional[_Iterable[str]] = ...) -> None: ...
