import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from ocr_server._pb.ocr.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InventoryBulkUpdated(_message.Message):
    __slots__ = ("tenant", "job_id", "document_id", "image_sha256", "update_time", "vendor_name", "vendor_vat_id", "invoice_id", "delivery_date", "changes")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    IMAGE_SHA256_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    VENDOR_NAME_FIELD_NUMBER: _ClassVar[int]
    VENDOR_VAT_ID_FIELD_NUMBER: _ClassVar[int]
    INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_DATE_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    job_id: str
    document_id: str
    image_sha256: str
    update_time: _timestamp_pb2.Timestamp
    vendor_name: str
    vendor_vat_id: str
    invoice_id: str
    delivery_date: _date_pb2.Date
    changes: _containers.RepeatedCompositeFieldContainer[InventoryChange]
    def __init__(self, tenant: _Optional[str] = ..., job_id: _Optional[str] = ..., document_id: _Optional[str] = ..., image_sha256: _Optional[str] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., vendor_name: _Optional[str] = ..., vendor_vat_id: _Optional[str] = ..., invoice_id: _Optional[str] = ..., delivery_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., changes: _Optional[_Iterable[_Union[InventoryChange, _Mapping]]] = ...) -> None: ...

class InventoryChange(_message.Message):
    __slots__ = ("product_code", "gtin", "description", "quantity", "unit", "unit_price", "confidence")
    PRODUCT_CODE_FIELD_NUMBER: _ClassVar[int]
    GTIN_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    product_code: str
    gtin: str
    description: str
    quantity: str
    unit: str
    unit_price: _field_pb2.Money
    confidence: float
    def __init__(self, product_code: _Optional[str] = ..., gtin: _Optional[str] = ..., description: _Optional[str] = ..., quantity: _Optional[str] = ..., unit: _Optional[str] = ..., unit_price: _Optional[_Union[_field_pb2.Money, _Mapping]] = ..., confidence: _Optional[float] = ...) -> None: ...
