from ocr_server._pb.ocr.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Receipt(_message.Message):
    __slots__ = ("merchant_name", "merchant_address", "transaction_date", "transaction_time", "subtotal", "tax", "tip", "total", "currency", "payment_method", "receipt_number", "line_items", "tax_lines")
    MERCHANT_NAME_FIELD_NUMBER: _ClassVar[int]
    MERCHANT_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_DATE_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_TIME_FIELD_NUMBER: _ClassVar[int]
    SUBTOTAL_FIELD_NUMBER: _ClassVar[int]
    TAX_FIELD_NUMBER: _ClassVar[int]
    TIP_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_METHOD_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    LINE_ITEMS_FIELD_NUMBER: _ClassVar[int]
    TAX_LINES_FIELD_NUMBER: _ClassVar[int]
    merchant_name: _field_pb2.Field
    merchant_address: _field_pb2.Field
    transaction_date: _field_pb2.Field
    transaction_time: _field_pb2.Field
    subtotal: _field_pb2.Field
    tax: _field_pb2.Field
    tip: _field_pb2.Field
    total: _field_pb2.Field
    currency: _field_pb2.Field
    payment_method: _field_pb2.Field
    receipt_number: _field_pb2.Field
    line_items: _containers.RepeatedCompositeFieldContainer[_field_pb2.LineItem]
    tax_lines: _containers.RepeatedCompositeFieldContainer[_field_pb2.TaxLine]
    def __init__(self, merchant_name: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., merchant_address: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., transaction_date: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., transaction_time: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., subtotal: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., tax: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., tip: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., total: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., currency: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., payment_method: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., receipt_number: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., line_items: _Optional[_Iterable[_Union[_field_pb2.LineItem, _Mapping]]] = ..., tax_lines: _Optional[_Iterable[_Union[_field_pb2.TaxLine, _Mapping]]] = ...) -> None: ...
