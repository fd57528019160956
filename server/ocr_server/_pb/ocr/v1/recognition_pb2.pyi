import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from ocr_server._pb.ocr.v1 import document_pb2 as _document_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecognizeOptions(_message.Message):
    __slots__ = ("engine", "document_type", "languages", "barcodes_only")
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    BARCODES_ONLY_FIELD_NUMBER: _ClassVar[int]
    engine: _document_pb2.Engine
    document_type: _document_pb2.DocumentType
    languages: _containers.RepeatedScalarFieldContainer[str]
    barcodes_only: bool
    def __init__(self, engine: _Optional[_Union[_document_pb2.Engine, str]] = ..., document_type: _Optional[_Union[_document_pb2.DocumentType, str]] = ..., languages: _Optional[_Iterable[str]] = ..., barcodes_only: _Optional[bool] = ...) -> None: ...

class RecognizeResponse(_message.Message):
    __slots__ = ("document", "timing", "model_versions")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    TIMING_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    document: _document_pb2.Document
    timing: Timing
    model_versions: str
    def __init__(self, document: _Optional[_Union[_document_pb2.Document, _Mapping]] = ..., timing: _Optional[_Union[Timing, _Mapping]] = ..., model_versions: _Optional[str] = ...) -> None: ...

class Timing(_message.Message):
    __slots__ = ("total_duration", "queue_duration", "stages")
    TOTAL_DURATION_FIELD_NUMBER: _ClassVar[int]
    QUEUE_DURATION_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    total_duration: _duration_pb2.Duration
    queue_duration: _duration_pb2.Duration
    stages: _containers.RepeatedCompositeFieldContainer[StageTiming]
    def __init__(self, total_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., queue_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., stages: _Optional[_Iterable[_Union[StageTiming, _Mapping]]] = ...) -> None: ...

class StageTiming(_message.Message):
    __slots__ = ("stage", "wall_duration")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    WALL_DURATION_FIELD_NUMBER: _ClassVar[int]
    stage: str
    wall_duration: _duration_pb2.Duration
    def __init__(self, stage: _Optional[str] = ..., wall_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
