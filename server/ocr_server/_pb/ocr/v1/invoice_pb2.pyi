from ocr_server._pb.ocr.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Invoice(_message.Message):
    __slots__ = ("invoice_id", "invoice_date", "due_date", "purchase_order", "vendor_name", "vendor_address", "vendor_vat_id", "vendor_tax_id", "vendor_email", "vendor_phone", "vendor_website", "customer_name", "customer_address", "customer_vat_id", "customer_id", "subtotal", "total_discount", "total_tax", "invoice_total", "amount_due", "iban", "bic", "currency", "payment_terms", "payment_reference", "delivery_date", "tax_lines", "line_items")
    INVOICE_ID_FIELD_NUMBER: _ClassVar[int]
    INVOICE_DATE_FIELD_NUMBER: _ClassVar[int]
    DUE_DATE_FIELD_NUMBER: _ClassVar[int]
    PURCHASE_ORDER_FIELD_NUMBER: _ClassVar[int]
    VENDOR_NAME_FIELD_NUMBER: _ClassVar[int]
    VENDOR_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    VENDOR_VAT_ID_FIELD_NUMBER: _ClassVar[int]
    VENDOR_TAX_ID_FIELD_NUMBER: _ClassVar[int]
    VENDOR_EMAIL_FIELD_NUMBER: _ClassVar[int]
    VENDOR_PHONE_FIELD_NUMBER: _ClassVar[int]
    VENDOR_WEBSITE_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_NAME_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_VAT_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    SUBTOTAL_FIELD_NUMBER: _ClassVar[int]
    TOTAL_DISCOUNT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_TAX_FIELD_NUMBER: _ClassVar[int]
    INVOICE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_DUE_FIELD_NUMBER: _ClassVar[int]
    IBAN_FIELD_NUMBER: _ClassVar[int]
    BIC_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_TERMS_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_DATE_FIELD_NUMBER: _ClassVar[int]
    TAX_LINES_FIELD_NUMBER: _ClassVar[int]
    LINE_ITEMS_FIELD_NUMBER: _ClassVar[int]
    invoice_id: _field_pb2.Field
    invoice_date: _field_pb2.Field
    due_date: _field_pb2.Field
    purchase_order: _field_pb2.Field
    vendor_name: _field_pb2.Field
    vendor_address: _field_pb2.Field
    vendor_vat_id: _field_pb2.Field
    vendor_tax_id: _field_pb2.Field
    vendor_email: _field_pb2.Field
    vendor_phone: _field_pb2.Field
    vendor_website: _field_pb2.Field
    customer_name: _field_pb2.Field
    customer_address: _field_pb2.Field
    customer_vat_id: _field_pb2.Field
    customer_id: _field_pb2.Field
    subtotal: _field_pb2.Field
    total_discount: _field_pb2.Field
    total_tax: _field_pb2.Field
    invoice_total: _field_pb2.Field
    amount_due: _field_pb2.Field
    iban: _field_pb2.Field
    bic: _field_pb2.Field
    currency: _field_pb2.Field
    payment_terms: _field_pb2.Field
    payment_reference: _field_pb2.Field
    delivery_date: _field_pb2.Field
    tax_lines: _containers.RepeatedCompositeFieldContainer[_field_pb2.TaxLine]
    line_items: _containers.RepeatedCompositeFieldContainer[_field_pb2.LineItem]
    def __init__(self, invoice_id: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., invoice_date: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., due_date: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., purchase_order: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., vendor_name: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., vendor_address: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., vendor_vat_id: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., vendor_tax_id: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., vendor_email: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., vendor_phone: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., vendor_website: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., customer_name: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., customer_address: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., customer_vat_id: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., customer_id: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., subtotal: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., total_discount: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., total_tax: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., invoice_total: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., amount_due: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., iban: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., bic: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., currency: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., payment_terms: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., payment_reference: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., delivery_date: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., tax_lines: _Optional[_Iterable[_Union[_field_pb2.TaxLine, _Mapping]]] = ..., line_items: _Optional[_Iterable[_Union[_field_pb2.LineItem, _Mapping]]] = ...) -> None: ...
