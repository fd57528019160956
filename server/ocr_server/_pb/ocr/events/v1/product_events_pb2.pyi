import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ocr_server._pb.ocr.v1 import product_pb2 as _product_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ProductUpserted(_message.Message):
    __slots__ = ("tenant", "gtin", "product", "job_id", "document_id", "image_sha256", "update_time")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    GTIN_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    IMAGE_SHA256_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    gtin: str
    product: _product_pb2.Product
    job_id: str
    document_id: str
    image_sha256: str
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, tenant: _Optional[str] = ..., gtin: _Optional[str] = ..., product: _Optional[_Union[_product_pb2.Product, _Mapping]] = ..., job_id: _Optional[str] = ..., document_id: _Optional[str] = ..., image_sha256: _Optional[str] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
