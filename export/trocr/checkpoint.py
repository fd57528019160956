"""A TrOCR checkpoint, from a folder or the hub, with what serving it takes: image, tokens, vocabulary, heads."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from safetensors.torch import load_file
from torch import nn
from transformers import AutoImageProcessor, AutoTokenizer, VisionEncoderDecoderModel
from transformers.utils import logging

from export.trocr.vocabulary import Vocabulary, of_charset, of_tokenizer
from ocr_models.trocr.line_image import MIN_PADDING_PX, WIDTH_FACTOR

# A network of ours: its heads and its alphabet lie beside it.
_HEADS, _CHARSET = "auxiliary_heads.safetensors", "charset.json"
# What transformers assumes where a checkpoint says nothing: too short for a line, and nobody's choice.
_UNSAID_LENGTH = 20
_MAX_TOKENS = 128
_INTERPOLATIONS = {2: "bilinear", 3: "bicubic"}
_NEEDED = ["*.json", "*.txt", "*.model", "*.safetensors", "*.bin"]


class CheckpointError(Exception):
    """This is not a TrOCR checkpoint that can be exported; the message says what is in the way."""


@dataclass(frozen=True, slots=True)
class ColumnImage:
    """Gray lines of one height and any width: a patch is a column. `width_factor` narrows a line before it is cut."""

    height_px: int
    column_px: int
    max_width_px: int
    width_factor: float
    min_padding_px: int
    channels: int = 1
    kind: str = "columns"


@dataclass(frozen=True, slots=True)
class SquareImage:
    """A line is squeezed into one size, as the official checkpoints have it."""

    height_px: int
    width_px: int
    interpolation: str
    channels: int = 3
    kind: str = "square"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Ids that mean something to decoding, and how many tokens a line has at most, the end among them."""

    start: int
    end: int
    pad: int
    most: int


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """`folder` is local, `source` is what was asked for. `mean` and `std` are those of pixels from 0 to 1.

    Networks of columns have a charset and prepare lines in their own way: no `tokenizer` and no `processor`.
    """

    source: str
    folder: Path
    model: Any
    image: ColumnImage | SquareImage
    mean: list[float]
    std: list[float]
    tokens: Tokens
    vocabulary: Vocabulary
    tokenizer: Any | None = None
    processor: Any | None = None
    dense: nn.Linear | None = None
    blank: int | None = None

    @property
    def guided_heads(self) -> int:
        """Heads of the last layer that say where the line is read: ours trains half of them to."""
        heads: int = self.model.config.decoder.decoder_attention_heads
        return heads if self.dense is None else heads // 2

    @property
    def description(self) -> dict[str, Any]:
        """`model.json`: all that the runtime must know, but for the weights and the vocabulary."""
        decoder = self.model.config.decoder
        heads = decoder.decoder_attention_heads
        return {
            "format": 1,
            "source": self.source,
            "image": asdict(self.image),
            "decoder": {
                "layers": decoder.decoder_layers,
                "heads": heads,
                "head_size": decoder.d_model // heads,
                "start_token": self.tokens.start,
                "end_token": self.tokens.end,
                "pad_token": self.tokens.pad,
                "max_tokens": self.tokens.most,
            },
            "columns": None if self.dense is None else {"blank_token": self.blank},
            "calibration": None,
        }


def load(source: str) -> Checkpoint:
    """Read a checkpoint from a folder, or from the hub if no folder has this name. Raises CheckpointError."""
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    folder = Path(source) if Path(source).is_dir() else _fetch(source)
    try:
        model: Any = VisionEncoderDecoderModel.from_pretrained(folder)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise CheckpointError(f"{source}: not a VisionEncoderDecoderModel: {error}") from error
    model.eval()
    _require_trocr(source, model.config)
    encoder = model.config.encoder
    name = "/".join(folder.resolve().parts[-2:]) if Path(source).is_dir() else source
    tokens = _tokens(model)
    size, patch = _pair(encoder.image_size), _pair(encoder.patch_size)
    if encoder.num_channels == 1 and patch[0] == size[0]:
        charset = json.loads((folder / _CHARSET).read_text(encoding="utf-8"))
        image = ColumnImage(size[0], patch[1], size[1], WIDTH_FACTOR, MIN_PADDING_PX)
        dense = _dense_head(folder)
        vocabulary = of_charset(charset, model.config.decoder.vocab_size)
        of_columns = Checkpoint(name, folder, model, image, [0.5], [0.5], tokens, vocabulary)
        return of_columns if dense is None else replace(of_columns, dense=dense, blank=charset["pad"])
    try:
        processor: Any = AutoImageProcessor.from_pretrained(folder, use_fast=False)  # type: ignore[no-untyped-call]
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, use_fast=True)  # type: ignore[no-untyped-call]
        vocabulary = of_tokenizer(tokenizer, model.config.decoder.vocab_size)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{source}: its image processor or tokenizer cannot be used: {error}") from error
    square = _square(source, processor, size)
    mean, std = (processor.image_mean, processor.image_std) if processor.do_normalize else ([0.0] * 3, [1.0] * 3)
    return Checkpoint(name, folder, model, square, list(mean), list(std), tokens, vocabulary, tokenizer, processor)


def _fetch(name: str) -> Path:
    try:
        return Path(snapshot_download(name, allow_patterns=_NEEDED))
    except Exception as error:  # the hub's client raises what its transports raise
        raise CheckpointError(f"{name}: neither a folder nor to be had from the hub: {error}") from error


def _require_trocr(source: str, config: Any) -> None:
    if config.decoder.model_type != "trocr":
        raise CheckpointError(f"{source}: the decoder is {config.decoder.model_type!r}, not TrOCR's")
    if config.encoder.model_type not in ("vit", "deit"):
        raise CheckpointError(f"{source}: the encoder is {config.encoder.model_type!r}; ViT and DeiT are known")


def _tokens(model: Any) -> Tokens:
    """The ids that `generate` would use, and a length that fits the table of positions."""
    said, decoder = model.generation_config, model.config.decoder
    start, end, pad = (
        next(value for value in found if value is not None)
        for found in (
            (said.decoder_start_token_id, decoder.decoder_start_token_id, said.bos_token_id, decoder.bos_token_id),
            (said.eos_token_id, decoder.eos_token_id),
            (said.pad_token_id, decoder.pad_token_id),
        )
    )
    end = end[0] if isinstance(end, list) else end
    length = said.max_length - 1 if said.max_length and said.max_length > _UNSAID_LENGTH else _MAX_TOKENS
    return Tokens(start, end, pad, min(length, decoder.max_position_embeddings))


def _square(source: str, processor: Any, size: tuple[int, int]) -> SquareImage:
    resized = processor.size
    if (resized.get("height"), resized.get("width")) != size or not processor.do_resize:
        raise CheckpointError(f"{source}: its processor makes images of {resized}, its encoder wants {size}")
    if getattr(processor, "do_center_crop", False) and _pair_of(processor.crop_size) != size:
        raise CheckpointError(f"{source}: its processor crops lines, which would lose text")
    interpolation = _INTERPOLATIONS.get(int(processor.resample))
    if interpolation is None:
        raise CheckpointError(f"{source}: resampling {processor.resample} is not known")
    return SquareImage(*size, interpolation)


def _dense_head(folder: Path) -> nn.Linear | None:
    if not (folder / _HEADS).is_file():
        return None
    heads = load_file(folder / _HEADS)
    dense = nn.Linear(heads["dense.weight"].shape[1], heads["dense.weight"].shape[0])
    dense.load_state_dict({"weight": heads["dense.weight"], "bias": heads["dense.bias"]})
    return dense.requires_grad_(False)


def _pair(size: Any) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else (size[0], size[1])


def _pair_of(size: dict[str, int]) -> tuple[int | None, int | None]:
    return size.get("height"), size.get("width")
