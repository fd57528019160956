"""Engines for NVIDIA's TensorRT, built by onnxruntime's provider into a cache beside the weights.

An engine belongs to one kind of GPU and one TensorRT: it is built where it will serve, and never travels.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

PROVIDER = "TensorrtExecutionProvider"
FOLDER = "tensorrt"
_KINDS = {"tensor(uint8)": np.uint8, "tensor(int64)": np.int64, "tensor(float16)": np.float16}

# Smallest, usual and largest shape of an input.
Range = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
_LINES, _COLUMNS, _WRITTEN = (1, 8, 32), (16, 96, 1024), (0, 24, 1024)


def missing() -> str | None:
    """Why no engine can be built on this machine; None if one can."""
    if PROVIDER in onnxruntime.get_available_providers():
        return None
    return f"onnxruntime has no {PROVIDER} here; it comes with onnxruntime-gpu, TensorRT and an NVIDIA GPU"


def build(graph: Path, ranges: dict[str, Range]) -> None:
    """Build the engine of `graph` by running it once; it stays in the folder `tensorrt` beside the graph."""
    (graph.parent / FOLDER).mkdir(exist_ok=True)
    providers: list[str | tuple[str, dict[Any, Any]]] = [
        (PROVIDER, provider_options(graph, ranges)),
        "CUDAExecutionProvider",
        "CPUExecutionProvider",
    ]
    session = onnxruntime.InferenceSession(graph, providers=providers)
    usual = {
        each.name: np.zeros(ranges[each.name][1], _KINDS.get(each.type, np.float32)) for each in session.get_inputs()
    }
    session.run(None, usual)


def provider_options(graph: Path, ranges: dict[str, Range]) -> dict[str, Any]:
    """Options of a session over `graph`: half precision, engines cached, and the shapes that they must bear."""
    smallest, usual, largest = (
        ",".join(f"{name}:{'x'.join(map(str, shapes[which]))}" for name, shapes in ranges.items()) for which in range(3)
    )
    cache = str(graph.parent / FOLDER)
    return {
        "trt_fp16_enable": True,
        "trt_engine_cache_enable": True,
        "trt_engine_cache_path": cache,
        "trt_timing_cache_enable": True,
        "trt_timing_cache_path": cache,
        "trt_profile_min_shapes": smallest,
        "trt_profile_opt_shapes": usual,
        "trt_profile_max_shapes": largest,
    }


def encoder_ranges(description: dict[str, Any]) -> dict[str, Range]:
    """Shapes of the encoder's input; `description` is what `model.json` holds."""
    image = description["image"]
    if image["kind"] == "square":
        size = (image["height_px"], image["width_px"], image["channels"])
        return {"pixels": _range(*((lines, *size) for lines in _LINES))}
    return {
        "pixels": _range(
            *(
                (lines, image["height_px"], min(columns * image["column_px"], image["max_width_px"]))
                for lines, columns in zip(_LINES, _COLUMNS, strict=True)
            )
        )
    }


def decoder_ranges(description: dict[str, Any], encoder_tokens: int) -> dict[str, Range]:
    """Shapes of the inputs of the decoder's step, after an encoder of at most `encoder_tokens`."""
    decoder, free = description["decoder"], description["image"]["kind"] == "columns"
    heads, size = decoder["heads"], decoder["head_size"]
    seen = [min(1 + columns, encoder_tokens) if free else encoder_tokens for columns in _COLUMNS]
    written = [min(tokens, decoder["max_tokens"]) for tokens in _WRITTEN]
    new = (1, min(_WRITTEN[1], decoder["max_tokens"]), decoder["max_tokens"])
    ranges = dict.fromkeys(("token", "position"), _range(*zip(_LINES, new, strict=True)))
    for prefix, lengths in (("cross", seen), ("past", written)):
        sides = list(zip(_LINES, lengths, strict=True))
        for layer in range(decoder["layers"]):
            ranges[f"{prefix}_key_{layer}"] = _range(*((lines, heads, size, length) for lines, length in sides))
            ranges[f"{prefix}_value_{layer}"] = _range(*((lines, heads, length, size) for lines, length in sides))
    return ranges


def _range(*shapes: tuple[int, ...]) -> Range:
    smallest, usual, largest = shapes
    return smallest, usual, largest
