import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ocr_server._pb.ocr.v1 import document_pb2 as _document_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UsageRecorded(_message.Message):
    __slots__ = ("tenant", "job_id", "end_time", "engine", "document_type", "page_count", "line_count", "barcode_count", "processing_duration")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    LINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    BARCODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    PROCESSING_DURATION_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    job_id: str
    end_time: _timestamp_pb2.Timestamp
    engine: _document_pb2.Engine
    document_type: _document_pb2.DocumentType
    page_count: int
    line_count: int
    barcode_count: int
    processing_duration: _duration_pb2.Duration
    def __init__(self, tenant: _Optional[str] = ..., job_id: _Optional[str] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., engine: _Optional[_Union[_document_pb2.Engine, str]] = ..., document_type: _Optional[_Union[_document_pb2.DocumentType, str]] = ..., page_count: _Optional[int] = ..., line_count: _Optional[int] = ..., barcode_count: _Optional[int] = ..., processing_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
