import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.rpc import status_pb2 as _status_pb2
from ocr_server._pb.ocr.v1 import barcode_pb2 as _barcode_pb2
from ocr_server._pb.ocr.v1 import geometry_pb2 as _geometry_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ScanFrame(_message.Message):
    __slots__ = ("image", "frame_number", "capture_offset", "rotation_degrees", "options")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    FRAME_NUMBER_FIELD_NUMBER: _ClassVar[int]
    CAPTURE_OFFSET_FIELD_NUMBER: _ClassVar[int]
    ROTATION_DEGREES_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    image: bytes
    frame_number: int
    capture_offset: _duration_pb2.Duration
    rotation_degrees: int
    options: ScanOptions
    def __init__(self, image: _Optional[bytes] = ..., frame_number: _Optional[int] = ..., capture_offset: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., rotation_degrees: _Optional[int] = ..., options: _Optional[_Union[ScanOptions, _Mapping]] = ...) -> None: ...

class ScanOptions(_message.Message):
    __slots__ = ("skip_outline", "skip_barcodes", "symbologies")
    SKIP_OUTLINE_FIELD_NUMBER: _ClassVar[int]
    SKIP_BARCODES_FIELD_NUMBER: _ClassVar[int]
    SYMBOLOGIES_FIELD_NUMBER: _ClassVar[int]
    skip_outline: bool
    skip_barcodes: bool
    symbologies: _containers.RepeatedScalarFieldContainer[_barcode_pb2.Symbology]
    def __init__(self, skip_outline: _Optional[bool] = ..., skip_barcodes: _Optional[bool] = ..., symbologies: _Optional[_Iterable[_Union[_barcode_pb2.Symbology, str]]] = ...) -> None: ...

class ScanResult(_message.Message):
    __slots__ = ("frame_number", "document_outline", "outline_confidence", "sharpness", "brightness", "barcodes", "advice", "processing_duration", "skipped_frames", "error")
    class Advice(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ADVICE_UNSPECIFIED: _ClassVar[ScanResult.Advice]
        ADVICE_READY: _ClassVar[ScanResult.Advice]
        ADVICE_FIND_DOCUMENT: _ClassVar[ScanResult.Advice]
        ADVICE_MOVE_CLOSER: _ClassVar[ScanResult.Advice]
        ADVICE_MOVE_BACK: _ClassVar[ScanResult.Advice]
        ADVICE_HOLD_STILL: _ClassVar[ScanResult.Advice]
        ADVICE_MORE_LIGHT: _ClassVar[ScanResult.Advice]
        ADVICE_AVOID_GLARE: _ClassVar[ScanResult.Advice]
    ADVICE_UNSPECIFIED: ScanResult.Advice
    ADVICE_READY: ScanResult.Advice
    ADVICE_FIND_DOCUMENT: ScanResult.Advice
    ADVICE_MOVE_CLOSER: ScanResult.Advice
    ADVICE_MOVE_BACK: ScanResult.Advice
    ADVICE_HOLD_STILL: ScanResult.Advice
    ADVICE_MORE_LIGHT: ScanResult.Advice
    ADVICE_AVOID_GLARE: ScanResult.Advice
    FRAME_NUMBER_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_OUTLINE_FIELD_NUMBER: _ClassVar[int]
    OUTLINE_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    SHARPNESS_FIELD_NUMBER: _ClassVar[int]
    BRIGHTNESS_FIELD_NUMBER: _ClassVar[int]
    BARCODES_FIELD_NUMBER: _ClassVar[int]
    ADVICE_FIELD_NUMBER: _ClassVar[int]
    PROCESSING_DURATION_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_FRAMES_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    frame_number: int
    document_outline: _geometry_pb2.Polygon
    outline_confidence: float
    sharpness: float
    brightness: float
    barcodes: _containers.RepeatedCompositeFieldContainer[_barcode_pb2.Barcode]
    advice: ScanResult.Advice
    processing_duration: _duration_pb2.Duration
    skipped_frames: int
    error: _status_pb2.Status
    def __init__(self, frame_number: _Optional[int] = ..., document_outline: _Optional[_Union[_geometry_pb2.Polygon, _Mapping]] = ..., outline_confidence: _Optional[float] = ..., sharpness: _Optional[float] = ..., brightness: _Optional[float] = ..., barcodes: _Optional[_Iterable[_Union[_barcode_pb2.Barcode, _Mapping]]] = ..., advice: _Optional[_Union[ScanResult.Advice, str]] = ..., processing_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., skipped_frames: _Optional[int] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...
