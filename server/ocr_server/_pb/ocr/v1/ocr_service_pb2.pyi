from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.rpc import status_pb2 as _status_pb2
from ocr_server._pb.ocr.v1 import document_pb2 as _document_pb2
from ocr_server._pb.ocr.v1 import progress_pb2 as _progress_pb2
from ocr_server._pb.ocr.v1 import recognition_pb2 as _recognition_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecognizeRequest(_message.Message):
    __slots__ = ("image", "image_uri", "options", "request_id")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_URI_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    image: bytes
    image_uri: str
    options: _recognition_pb2.RecognizeOptions
    request_id: str
    def __init__(self, image: _Optional[bytes] = ..., image_uri: _Optional[str] = ..., options: _Optional[_Union[_recognition_pb2.RecognizeOptions, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RecognizeRawRequest(_message.Message):
    __slots__ = ("image", "engine", "document_type", "languages", "barcodes_only", "request_id")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    BARCODES_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    image: _httpbody_pb2.HttpBody
    engine: _document_pb2.Engine
    document_type: _document_pb2.DocumentType
    languages: _containers.RepeatedScalarFieldContainer[str]
    barcodes_only: bool
    request_id: str
    def __init__(self, image: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ..., engine: _Optional[_Union[_document_pb2.Engine, str]] = ..., document_type: _Optional[_Union[_document_pb2.DocumentType, str]] = ..., languages: _Optional[_Iterable[str]] = ..., barcodes_only: _Optional[bool] = ..., request_id: _Optional[str] = ...) -> None: ...

class RecognizeEvent(_message.Message):
    __slots__ = ("progress", "lines", "barcodes", "fields", "terminal")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    BARCODES_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    TERMINAL_FIELD_NUMBER: _ClassVar[int]
    progress: _progress_pb2.StageProgress
    lines: _progress_pb2.LinesRead
    barcodes: _progress_pb2.BarcodesRead
    fields: _progress_pb2.FieldsFound
    terminal: RecognizeTerminal
    def __init__(self, progress: _Optional[_Union[_progress_pb2.StageProgress, _Mapping]] = ..., lines: _Optional[_Union[_progress_pb2.LinesRead, _Mapping]] = ..., barcodes: _Optional[_Union[_progress_pb2.BarcodesRead, _Mapping]] = ..., fields: _Optional[_Union[_progress_pb2.FieldsFound, _Mapping]] = ..., terminal: _Optional[_Union[RecognizeTerminal, _Mapping]] = ...) -> None: ...

class RecognizeTerminal(_message.Message):
    __slots__ = ("state", "response", "error")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[RecognizeTerminal.State]
        SUCCEEDED: _ClassVar[RecognizeTerminal.State]
        FAILED: _ClassVar[RecognizeTerminal.State]
    STATE_UNSPECIFIED: RecognizeTerminal.State
    SUCCEEDED: RecognizeTerminal.State
    FAILED: RecognizeTerminal.State
    STATE_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    state: RecognizeTerminal.State
    response: _recognition_pb2.RecognizeResponse
    error: _status_pb2.Status
    def __init__(self, state: _Optional[_Union[RecognizeTerminal.State, str]] = ..., response: _Optional[_Union[_recognition_pb2.RecognizeResponse, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...
