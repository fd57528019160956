"""The two networks as ONNX files, with the names and the free dimensions that `ocr_models.trocr` reads by."""

import copy
import logging
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.export import Dim

from export.trocr.graphs import DecoderStep, LineEncoder

# GELU is one operator from 20 on.
_OPSET = 20


def export_encoder(encoder: LineEncoder, pixels: Tensor, path: Path) -> None:
    """Write `encoder`; `pixels` (B, H, W[, 3]) is an example. Without a fixed square, the width is free."""
    lines = Dim("lines", max=1024)
    shape: dict[int, Any] = {0: lines}
    patches = encoder.vision.patches
    if pixels.ndim == 3:
        most = encoder.vision.positions.shape[1] - encoder.vision.first.shape[1]
        shape[2] = patches.width * Dim("columns", min=2, max=most)
    names = [f"cross_{kind}_{layer}" for layer in range(encoder.layers) for kind in ("key", "value")]
    if encoder.dense is not None:
        names += ["column_tokens", "column_probabilities"]
    _write(encoder, (pixels,), ({**shape},), ["pixels"], names, path)


def export_decoder(step: DecoderStep, layers: int, heads: int, size: int, path: Path) -> None:
    """Write `step`: lines, new tokens, encoder tokens and tokens written so far are free, the last from nothing on."""
    lines, seen, written = Dim("lines", max=1024), Dim("encoder_tokens", max=4096), Dim("written", max=2048)
    new = Dim("new", max=2048)
    kind = step.head.weight.dtype
    count, columns, past, following = 3, 7, 5, 4
    inputs: list[Tensor] = [torch.full((count, following), 4), past + torch.arange(following).repeat(count, 1)]
    shapes: list[dict[int, Any]] = [{0: lines, 1: new}, {0: lines, 1: new}]
    names = ["token", "position"]
    for prefix, length, dimension in (("cross", columns, seen), ("past", past, written)):
        for layer in range(layers):
            inputs += [
                torch.randn(count, heads, size, length).to(kind),
                torch.randn(count, heads, length, size).to(kind),
            ]
            shapes += [{0: lines, 3: dimension}, {0: lines, 2: dimension}]
            names += [f"{prefix}_key_{layer}", f"{prefix}_value_{layer}"]
    grown = [f"{kind}_{layer}" for layer in range(layers) for kind in ("key", "value")]
    _write(step, tuple(inputs), (*shapes[:2], tuple(shapes[2:])), names, ["logits", "attention", *grown], path)


def halved(network: LineEncoder | DecoderStep) -> Any:
    """A copy in float16; the original stays as it is."""
    return copy.deepcopy(network).half()


def _write(
    network: torch.nn.Module, inputs: tuple[Tensor, ...], shapes: Any, names: list[str], outputs: list[str], path: Path
) -> None:
    # It tells of operators of torchvision, which is not needed.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            inputs,
            path,
            input_names=names,
            output_names=outputs,
            dynamic_shapes=shapes,
            opset_version=_OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
