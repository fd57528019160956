"""What PyTorch writes: stock transformers, stock `generate`, greedy and nothing else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import GenerationConfig

from export.trocr.checkpoint import Checkpoint, ColumnImage
from ocr_models.types import Image


def settings(checkpoint: Checkpoint) -> GenerationConfig:
    """Greedy decoding for `generate`, whatever a checkpoint's own habits are (beams, forbidden repetitions)."""
    tokens = checkpoint.tokens
    return GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=tokens.most,
        num_beams=1,
        do_sample=False,
        decoder_start_token_id=tokens.start,
        eos_token_id=tokens.end,
        pad_token_id=tokens.pad,
    )


def generate(checkpoint: Checkpoint, pixels: NDArray[np.uint8]) -> list[list[int]]:
    """Token ids of lines, pixels (B, H, W) or (B, H, W, 3) of uint8; each list ends with the end, or is full."""
    with torch.inference_mode(), _window(checkpoint, pixels.shape[2]):
        written = checkpoint.model.generate(
            pixel_values=pixel_values(checkpoint, pixels),
            generation_config=settings(checkpoint),
            use_model_defaults=False,
        )
    return [up_to_end(row, checkpoint.tokens.end) for row in written[:, 1:].tolist()]


def pixel_values(checkpoint: Checkpoint, pixels: NDArray[np.uint8]) -> torch.Tensor:
    """Normalised images (B, channels, H, W), as transformers takes them."""
    images = pixels[:, None] if pixels.ndim == 3 else pixels.transpose(0, 3, 1, 2)
    mean, std = (torch.tensor(values)[:, None, None] for values in (checkpoint.mean, checkpoint.std))
    return (torch.from_numpy(np.ascontiguousarray(images)).float() / 255 - mean) / std


def image_difference(checkpoint: Checkpoint, crops: Sequence[Image], pixels: NDArray[np.uint8]) -> int | None:
    """How far `pixels` of `crops` are, at most, from those of the checkpoint's own image processor, if it has one."""
    if checkpoint.processor is None:
        return None
    theirs = checkpoint.processor(list(crops), do_rescale=False, do_normalize=False, return_tensors="np").pixel_values
    return int(np.abs(theirs.transpose(0, 2, 3, 1).astype(int) - pixels).max())


def full_window(checkpoint: Checkpoint, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lines of columns padded with white to the encoder's full width; others as they are."""
    if not isinstance(checkpoint.image, ColumnImage):
        return pixels
    missing_px = checkpoint.image.max_width_px - pixels.shape[2]
    return np.pad(pixels, ((0, 0), (0, 0), (0, missing_px)), constant_values=255)


def up_to_end(tokens: list[int], end: int) -> list[int]:
    """`tokens` without what follows the first end, where padding stands."""
    return tokens[: tokens.index(end) + 1] if end in tokens else tokens


@contextmanager
def _window(checkpoint: Checkpoint, width_px: int) -> Iterator[None]:
    """Make an encoder of columns one of `width_px` for a while: `ViTModel` accepts its full window only."""
    if not isinstance(checkpoint.image, ColumnImage):
        yield
        return
    embeddings: Any = checkpoint.model.encoder.embeddings
    patches, positions = embeddings.patch_embeddings, embeddings.position_embeddings
    window = patches.image_size
    try:
        patches.image_size = (checkpoint.image.height_px, width_px)
        sliced = positions[:, : 1 + width_px // checkpoint.image.column_px]
        embeddings.position_embeddings = torch.nn.Parameter(sliced, requires_grad=False)
        yield
    finally:
        patches.image_size, embeddings.position_embeddings = window, positions
