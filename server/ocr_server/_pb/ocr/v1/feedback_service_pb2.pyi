import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ocr_server._pb.ocr.v1 import document_pb2 as _document_pb2
from ocr_server._pb.ocr.v1 import geometry_pb2 as _geometry_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SubmitCorrectionRequest(_message.Message):
    __slots__ = ("document_id", "fields", "lines", "remaining_fields_confirmed", "document_type", "request_id")
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELDS_CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    document_id: str
    fields: _containers.RepeatedCompositeFieldContainer[FieldCorrection]
    lines: _containers.RepeatedCompositeFieldContainer[LineCorrection]
    remaining_fields_confirmed: bool
    document_type: _document_pb2.DocumentType
    request_id: str
    def __init__(self, document_id: _Optional[str] = ..., fields: _Optional[_Iterable[_Union[FieldCorrection, _Mapping]]] = ..., lines: _Optional[_Iterable[_Union[LineCorrection, _Mapping]]] = ..., remaining_fields_confirmed: _Optional[bool] = ..., document_type: _Optional[_Union[_document_pb2.DocumentType, str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class FieldCorrection(_message.Message):
    __slots__ = ("field_path", "verdict", "corrected_text")
    class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        VERDICT_UNSPECIFIED: _ClassVar[FieldCorrection.Verdict]
        VERDICT_CONFIRMED: _ClassVar[FieldCorrection.Verdict]
        VERDICT_CORRECTED: _ClassVar[FieldCorrection.Verdict]
        VERDICT_ADDED: _ClassVar[FieldCorrection.Verdict]
        VERDICT_REMOVED: _ClassVar[FieldCorrection.Verdict]
    VERDICT_UNSPECIFIED: FieldCorrection.Verdict
    VERDICT_CONFIRMED: FieldCorrection.Verdict
    VERDICT_CORRECTED: FieldCorrection.Verdict
    VERDICT_ADDED: FieldCorrection.Verdict
    VERDICT_REMOVED: FieldCorrection.Verdict
    FIELD_PATH_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_TEXT_FIELD_NUMBER: _ClassVar[int]
    field_path: str
    verdict: FieldCorrection.Verdict
    corrected_text: str
    def __init__(self, field_path: _Optional[str] = ..., verdict: _Optional[_Union[FieldCorrection.Verdict, str]] = ..., corrected_text: _Optional[str] = ...) -> None: ...

class LineCorrection(_message.Message):
    __slots__ = ("page_number", "polygon", "corrected_text")
    PAGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    POLYGON_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_TEXT_FIELD_NUMBER: _ClassVar[int]
    page_number: int
    polygon: _geometry_pb2.Polygon
    corrected_text: str
    def __init__(self, page_number: _Optional[int] = ..., polygon: _Optional[_Union[_geometry_pb2.Polygon, _Mapping]] = ..., corrected_text: _Optional[str] = ...) -> None: ...

class Correction(_message.Message):
    __slots__ = ("correction_id", "document_id", "create_time")
    CORRECTION_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    correction_id: str
    document_id: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, correction_id: _Optional[str] = ..., document_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetAccuracyRequest(_message.Message):
    __slots__ = ("start_time", "end_time", "document_type", "engine", "interval")
    class Interval(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        INTERVAL_UNSPECIFIED: _ClassVar[GetAccuracyRequest.Interval]
        INTERVAL_WEEK: _ClassVar[GetAccuracyRequest.Interval]
    INTERVAL_UNSPECIFIED: GetAccuracyRequest.Interval
    INTERVAL_WEEK: GetAccuracyRequest.Interval
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    document_type: _document_pb2.DocumentType
    engine: _document_pb2.Engine
    interval: GetAccuracyRequest.Interval
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., document_type: _Optional[_Union[_document_pb2.DocumentType, str]] = ..., engine: _Optional[_Union[_document_pb2.Engine, str]] = ..., interval: _Optional[_Union[GetAccuracyRequest.Interval, str]] = ...) -> None: ...

class GetAccuracyResponse(_message.Message):
    __slots__ = ("start_time", "end_time", "fields", "texts")
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    fields: _containers.RepeatedCompositeFieldContainer[FieldAccuracy]
    texts: _containers.RepeatedCompositeFieldContainer[TextAccuracy]
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., fields: _Optional[_Iterable[_Union[FieldAccuracy, _Mapping]]] = ..., texts: _Optional[_Iterable[_Union[TextAccuracy, _Mapping]]] = ...) -> None: ...

class FieldAccuracy(_message.Message):
    __slots__ = ("field_path", "document_type", "model_versions", "confirmed_count", "corrected_count", "added_count", "removed_count", "precision", "recall", "interval_start_time")
    FIELD_PATH_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_COUNT_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    ADDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REMOVED_COUNT_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    RECALL_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_START_TIME_FIELD_NUMBER: _ClassVar[int]
    field_path: str
    document_type: _document_pb2.DocumentType
    model_versions: str
    confirmed_count: int
    corrected_count: int
    added_count: int
    removed_count: int
    precision: float
    recall: float
    interval_start_time: _timestamp_pb2.Timestamp
    def __init__(self, field_path: _Optional[str] = ..., document_type: _Optional[_Union[_document_pb2.DocumentType, str]] = ..., model_versions: _Optional[str] = ..., confirmed_count: _Optional[int] = ..., corrected_count: _Optional[int] = ..., added_count: _Optional[int] = ..., removed_count: _Optional[int] = ..., precision: _Optional[float] = ..., recall: _Optional[float] = ..., interval_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TextAccuracy(_message.Message):
    __slots__ = ("engine", "line_count", "character_error_rate", "interval_start_time")
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    LINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    CHARACTER_ERROR_RATE_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_START_TIME_FIELD_NUMBER: _ClassVar[int]
    engine: _document_pb2.Engine
    line_count: int
    character_error_rate: float
    interval_start_time: _timestamp_pb2.Timestamp
    def __init__(self, engine: _Optional[_Union[_document_pb2.Engine, str]] = ..., line_count: _Optional[int] = ..., character_error_rate: _Optional[float] = ..., interval_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
