"""Where a field stands in a document: ``receipt.total``, ``receipt.line_items[2].quantity``.

All is derived from the dataclasses themselves, so a field that is added to one of them has its path at once.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, get_args, get_origin, get_type_hints

from ocr_server.domain.receipt import Field, Receipt

# The member of Document's oneof ``fields`` that carries what was extracted, as the contract names it.
FIELDS_MEMBERS: Mapping[type, str] = {Receipt: "receipt"}
_INDEX = re.compile(r"\[(?:0|[1-9][0-9]{0,2})\]")


def _value_types(record: type, path: str) -> Iterator[tuple[str, type]]:
    """Each field's path with ``[]`` for any index, and the type of its value."""
    for name, hint in get_type_hints(record).items():
        if get_origin(hint) is tuple:
            yield from _value_types(get_args(hint)[0], f"{path}.{name}[]")
        else:
            field = next(choice for choice in get_args(hint) if get_origin(choice) is Field)
            yield f"{path}.{name}", get_args(field)[0]


_TYPES_BY_SHAPE = {shape: kind for record, root in FIELDS_MEMBERS.items() for shape, kind in _value_types(record, root)}

# The type of each field's value by its name: its path without indexes, such as ``receipt.line_items.quantity``.
VALUE_TYPES: Mapping[str, type] = {shape.replace("[]", ""): kind for shape, kind in _TYPES_BY_SHAPE.items()}


def field_name(path: str) -> str | None:
    """Return the path without its indexes, 0 to 999; None if documents have no such field."""
    shape = _INDEX.sub("[]", path)
    return shape.replace("[]", "") if shape in _TYPES_BY_SHAPE and "[]" not in path else None


def found_fields(record: Receipt | None) -> dict[str, Field[Any]]:
    """Return the fields that are there, by their paths, in the order of the document."""
    return dict(_found(record, FIELDS_MEMBERS[type(record)])) if record is not None else {}


def _found(record: Any, path: str) -> Iterator[tuple[str, Field[Any]]]:
    for name in (slot.name for slot in fields(record)):
        value = getattr(record, name)
        if isinstance(value, tuple):
            for index, item in enumerate(value):
                yield from _found(item, f"{path}.{name}[{index}]")
        elif value is not None:
            yield f"{path}.{name}", value
