"""The domain as JSON, for stores that keep whole objects in one column."""

from typing import Generic, TypeVar

from pydantic import ConfigDict, TypeAdapter

from ocr_server.domain.correction import Review
from ocr_server.domain.document import Recognition, RecognizeOptions
from ocr_server.domain.progress import StageProgress

T = TypeVar("T")


class JsonCodec(Generic[T]):
    """One dataclass of the domain as JSON text and back, equal to what it was.

    Decimals and dates travel as strings, bytes as base64, enums as their values. ``kind`` is the dataclass in a
    list, because pydantic takes a configuration for built-in types but not for dataclasses.
    """

    def __init__(self, kind: type[list[T]]) -> None:
        self._adapter = TypeAdapter(
            kind,
            config=ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", ser_json_inf_nan="strings"),
        )

    def dump(self, value: T) -> str:
        """Write as JSON. Raises ValueError for text that is not Unicode (lone surrogates)."""
        return self._adapter.dump_json([value]).decode()

    def load(self, text: str) -> T:
        """Read what ``dump`` wrote. Raises ValueError if it is something else."""
        return self._adapter.validate_json(text)[0]


RECOGNITION = JsonCodec(list[Recognition])
OPTIONS = JsonCodec(list[RecognizeOptions])
STAGE_PROGRESS = JsonCodec(list[StageProgress])
REVIEW = JsonCodec(list[Review])
