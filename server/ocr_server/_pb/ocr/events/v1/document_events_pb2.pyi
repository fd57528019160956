import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ocr_server._pb.ocr.v1 import barcode_pb2 as _barcode_pb2
from ocr_server._pb.ocr.v1 import document_pb2 as _document_pb2
from ocr_server._pb.ocr.v1 import invoice_pb2 as _invoice_pb2
from ocr_server._pb.ocr.v1 import product_pb2 as _product_pb2
from ocr_server._pb.ocr.v1 import receipt_pb2 as _receipt_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DocumentCompleted(_message.Message):
    __slots__ = ("tenant", "job_id", "document_id", "request_id", "image_sha256", "complete_time", "document_type", "page_count", "receipt", "invoice", "product", "barcodes", "checks", "model_versions")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    IMAGE_SHA256_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TIME_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    INVOICE_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    BARCODES_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    job_id: str
    document_id: str
    request_id: str
    image_sha256: str
    complete_time: _timestamp_pb2.Timestamp
    document_type: _document_pb2.DocumentType
    page_count: int
    receipt: _receipt_pb2.Receipt
    invoice: _invoice_pb2.Invoice
    product: _product_pb2.Product
    barcodes: _containers.RepeatedCompositeFieldContainer[_barcode_pb2.Barcode]
    checks: _containers.RepeatedCompositeFieldContainer[_document_pb2.Check]
    model_versions: str
    def __init__(self, tenant: _Optional[str] = ..., job_id: _Optional[str] = ..., document_id: _Optional[str] = ..., request_id: _Optional[str] = ..., image_sha256: _Optional[str] = ..., complete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., document_type: _Optional[_Union[_document_pb2.DocumentType, str]] = ..., page_count: _Optional[int] = ..., receipt: _Optional[_Union[_receipt_pb2.Receipt, _Mapping]] = ..., invoice: _Optional[_Union[_invoice_pb2.Invoice, _Mapping]] = ..., product: _Optional[_Union[_product_pb2.Product, _Mapping]] = ..., barcodes: _Optional[_Iterable[_Union[_barcode_pb2.Barcode, _Mapping]]] = ..., checks: _Optional[_Iterable[_Union[_document_pb2.Check, _Mapping]]] = ..., model_versions: _Optional[str] = ...) -> None: ...

class DocumentFailed(_message.Message):
    __slots__ = ("tenant", "job_id", "request_id", "image_sha256", "fail_time", "reason", "message", "attempt")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    IMAGE_SHA256_FIELD_NUMBER: _ClassVar[int]
    FAIL_TIME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    job_id: str
    request_id: str
    image_sha256: str
    fail_time: _timestamp_pb2.Timestamp
    reason: str
    message: str
    attempt: int
    def __init__(self, tenant: _Optional[str] = ..., job_id: _Optional[str] = ..., request_id: _Optional[str] = ..., image_sha256: _Optional[str] = ..., fail_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., attempt: _Optional[int] = ...) -> None: ...
