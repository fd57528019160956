"""What a model folder says of itself: ``model.json``, written by the export, read once here."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr_models.trocr import line_image
from ocr_models.trocr.calibration import Calibration

_FORMAT = 1
_COLUMNS = {
    "height_px": line_image.HEIGHT_PX,
    "column_px": line_image.COLUMN_PX,
    "max_width_px": line_image.MAX_WIDTH_PX,
    "width_factor": line_image.WIDTH_FACTOR,
    "min_padding_px": line_image.MIN_PADDING_PX,
    "channels": 1,
}


@dataclass(frozen=True, slots=True)
class ColumnImage:
    """Gray lines cut into columns, prepared by ``ocr_models.trocr.line_image``."""


@dataclass(frozen=True, slots=True)
class SquareImage:
    """Lines squeezed into one RGB image of a fixed size, as transformers' ViTImageProcessor does."""

    height_px: int
    width_px: int
    interpolation: str


@dataclass(frozen=True, slots=True)
class DecoderShape:
    """Sizes and special tokens of the decoder; ``max_tokens`` counts the end."""

    layers: int
    heads: int
    head_size: int
    start_token: int
    end_token: int
    pad_token: int
    max_tokens: int


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """A model folder's ``model.json``.

    blank_token: what the encoder's dense head says of a column without a character; None if there is no such head.
    calibration: None if confidences are the network's own.
    """

    source: str
    image: ColumnImage | SquareImage
    decoder: DecoderShape
    blank_token: int | None
    calibration: Calibration | None


def read_description(path: Path) -> ModelDescription:
    """Read ``model.json``.

    Raises FileNotFoundError if it is not there, ValueError if it describes a model that this code cannot serve.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no model description at {path}")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if content["format"] != _FORMAT:
        raise ValueError(f"{path} has format {content['format']}; this server reads format {_FORMAT}")
    columns, calibration = content["columns"], content["calibration"]
    return ModelDescription(
        source=content["source"],
        image=_image(dict(content["image"]), path),
        decoder=DecoderShape(**content["decoder"]),
        blank_token=None if columns is None else columns["blank_token"],
        calibration=None if calibration is None else Calibration.from_json(calibration),
    )


def _image(content: dict[str, Any], path: Path) -> ColumnImage | SquareImage:
    kind = content.pop("kind")
    if kind == "columns":
        if content != _COLUMNS:
            raise ValueError(f"{path}: lines are prepared as {_COLUMNS} here, this model wants {content}")
        return ColumnImage()
    if kind == "square" and content.pop("channels") == 3:
        return SquareImage(**content)
    raise ValueError(f"{path}: no images of kind {kind} with these channels are known here")
