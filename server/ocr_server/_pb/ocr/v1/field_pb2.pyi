from google.type import date_pb2 as _date_pb2
from google.type import timeofday_pb2 as _timeofday_pb2
from ocr_server._pb.ocr.v1 import geometry_pb2 as _geometry_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Money(_message.Message):
    __slots__ = ("amount", "currency_code")
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    amount: str
    currency_code: str
    def __init__(self, amount: _Optional[str] = ..., currency_code: _Optional[str] = ...) -> None: ...

class Field(_message.Message):
    __slots__ = ("mention_text", "money", "date", "time", "text", "number", "confidence", "polygon", "page_number", "check_ids")
    MENTION_TEXT_FIELD_NUMBER: _ClassVar[int]
    MONEY_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    POLYGON_FIELD_NUMBER: _ClassVar[int]
    PAGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    CHECK_IDS_FIELD_NUMBER: _ClassVar[int]
    mention_text: str
    money: Money
    date: _date_pb2.Date
    time: _timeofday_pb2.TimeOfDay
    text: str
    number: str
    confidence: float
    polygon: _geometry_pb2.Polygon
    page_number: int
    check_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, mention_text: _Optional[str] = ..., money: _Optional[_Union[Money, _Mapping]] = ..., date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., time: _Optional[_Union[_timeofday_pb2.TimeOfDay, _Mapping]] = ..., text: _Optional[str] = ..., number: _Optional[str] = ..., confidence: _Optional[float] = ..., polygon: _Optional[_Union[_geometry_pb2.Polygon, _Mapping]] = ..., page_number: _Optional[int] = ..., check_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class LineItem(_message.Message):
    __slots__ = ("description", "quantity", "unit_price", "total", "product_code", "unit", "tax_rate", "discount")
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_CODE_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    TAX_RATE_FIELD_NUMBER: _ClassVar[int]
    DISCOUNT_FIELD_NUMBER: _ClassVar[int]
    description: Field
    quantity: Field
    unit_price: Field
    total: Field
    product_code: Field
    unit: Field
    tax_rate: Field
    discount: Field
    def __init__(self, description: _Optional[_Union[Field, _Mapping]] = ..., quantity: _Optional[_Union[Field, _Mapping]] = ..., unit_price: _Optional[_Union[Field, _Mapping]] = ..., total: _Optional[_Union[Field, _Mapping]] = ..., product_code: _Optional[_Union[Field, _Mapping]] = ..., unit: _Optional[_Union[Field, _Mapping]] = ..., tax_rate: _Optional[_Union[Field, _Mapping]] = ..., discount: _Optional[_Union[Field, _Mapping]] = ...) -> None: ...

class TaxLine(_message.Message):
    __slots__ = ("rate", "taxable_amount", "tax_amount", "category")
    RATE_FIELD_NUMBER: _ClassVar[int]
    TAXABLE_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    TAX_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    rate: Field
    taxable_amount: Field
    tax_amount: Field
    category: Field
    def __init__(self, rate: _Optional[_Union[Field, _Mapping]] = ..., taxable_amount: _Optional[_Union[Field, _Mapping]] = ..., tax_amount: _Optional[_Union[Field, _Mapping]] = ..., category: _Optional[_Union[Field, _Mapping]] = ...) -> None: ...
