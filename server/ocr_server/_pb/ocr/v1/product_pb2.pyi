from ocr_server._pb.ocr.v1 import field_pb2 as _field_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Product(_message.Message):
    __slots__ = ("name", "brand", "gtin", "net_content", "ingredients", "allergens", "expiry_date", "batch", "origin", "price", "nutrition")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    GTIN_FIELD_NUMBER: _ClassVar[int]
    NET_CONTENT_FIELD_NUMBER: _ClassVar[int]
    INGREDIENTS_FIELD_NUMBER: _ClassVar[int]
    ALLERGENS_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_DATE_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    NUTRITION_FIELD_NUMBER: _ClassVar[int]
    name: _field_pb2.Field
    brand: _field_pb2.Field
    gtin: _field_pb2.Field
    net_content: _field_pb2.Field
    ingredients: _field_pb2.Field
    allergens: _field_pb2.Field
    expiry_date: _field_pb2.Field
    batch: _field_pb2.Field
    origin: _field_pb2.Field
    price: _field_pb2.Field
    nutrition: Nutrition
    def __init__(self, name: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., brand: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., gtin: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., net_content: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., ingredients: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., allergens: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., expiry_date: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., batch: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., origin: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., price: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., nutrition: _Optional[_Union[Nutrition, _Mapping]] = ...) -> None: ...

class Nutrition(_message.Message):
    __slots__ = ("per_100", "per_serving", "serving_size")
    PER_100_FIELD_NUMBER: _ClassVar[int]
    PER_SERVING_FIELD_NUMBER: _ClassVar[int]
    SERVING_SIZE_FIELD_NUMBER: _ClassVar[int]
    per_100: NutritionFacts
    per_serving: NutritionFacts
    serving_size: _field_pb2.Field
    def __init__(self, per_100: _Optional[_Union[NutritionFacts, _Mapping]] = ..., per_serving: _Optional[_Union[NutritionFacts, _Mapping]] = ..., serving_size: _Optional[_Union[_field_pb2.Field, _Mapping]] = ...) -> None: ...

class NutritionFacts(_message.Message):
    __slots__ = ("energy_kj", "energy_kcal", "fat_g", "saturated_fat_g", "carbohydrate_g", "sugars_g", "fibre_g", "protein_g", "salt_g")
    ENERGY_KJ_FIELD_NUMBER: _ClassVar[int]
    ENERGY_KCAL_FIELD_NUMBER: _ClassVar[int]
    FAT_G_FIELD_NUMBER: _ClassVar[int]
    SATURATED_FAT_G_FIELD_NUMBER: _ClassVar[int]
    CARBOHYDRATE_G_FIELD_NUMBER: _ClassVar[int]
    SUGARS_G_FIELD_NUMBER: _ClassVar[int]
    FIBRE_G_FIELD_NUMBER: _ClassVar[int]
    PROTEIN_G_FIELD_NUMBER: _ClassVar[int]
    SALT_G_FIELD_NUMBER: _ClassVar[int]
    energy_kj: _field_pb2.Field
    energy_kcal: _field_pb2.Field
    fat_g: _field_pb2.Field
    saturated_fat_g: _field_pb2.Field
    carbohydrate_g: _field_pb2.Field
    sugars_g: _field_pb2.Field
    fibre_g: _field_pb2.Field
    protein_g: _field_pb2.Field
    salt_g: _field_pb2.Field
    def __init__(self, energy_kj: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., energy_kcal: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., fat_g: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., saturated_fat_g: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., carbohydrate_g: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., sugars_g: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., fibre_g: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., protein_g: _Optional[_Union[_field_pb2.Field, _Mapping]] = ..., salt_g: _Optional[_Union[_field_pb2.Field, _Mapping]] = ...) -> None: ...
