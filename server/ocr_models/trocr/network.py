"""The exported graphs of a TrOCR model: one look of the encoder, then steps of the decoder, or one over a draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ocr_models.crop import as_gray
from ocr_models.sessions import CPU, open_session
from ocr_models.trocr.description import DecoderShape, SquareImage, read_description
from ocr_models.trocr.line_image import padded_width_px, to_line
from ocr_models.trocr.square_image import to_square
from ocr_models.trocr.vocabulary import Vocabulary
from ocr_models.types import Image

Gray = NDArray[np.uint8]
Pixels = NDArray[np.uint8]
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """What the encoder saw on B lines.

    cross: what the decoder looks at, by input name; each first axis is the line.
    column_tokens, column_probabilities: ``(B, T)``, the dense head's best token of each column; None without one.
    """

    cross: Arrays
    column_tokens: NDArray[np.int32] | None
    column_probabilities: NDArray[np.float32] | None

    def __len__(self) -> int:
        return len(next(iter(self.cross.values())))

    def lines(self, chosen: Sequence[int]) -> "Encoded":
        """Some of the lines, in this order; a line may be chosen several times."""
        return Encoded(
            cross={name: values[chosen] for name, values in self.cross.items()},
            column_tokens=None if self.column_tokens is None else self.column_tokens[chosen],
            column_probabilities=None if self.column_probabilities is None else self.column_probabilities[chosen],
        )


class Memory(Protocol):
    """What the decoder has written so far in R rows, and what they look at."""

    compacts: bool

    def step(self, tokens: NDArray[np.int64], position: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Write one token in each row, ``(R,)``; return logits ``(R, V)`` and attention ``(R, S)``."""
        ...

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Keep these rows, in this order; a row may be kept several times."""
        ...


class TrocrNetwork:
    """A model folder at one precision. Threads may share it."""

    def __init__(self, folder: Path, *, precision: str = "int8", provider: str = CPU) -> None:
        """Open ``encoder.<precision>.onnx``, ``decoder.<precision>.onnx``, ``model.json`` and ``vocabulary.json``.

        Raises FileNotFoundError if one is missing, ValueError for a description that this code cannot serve.
        """
        self.description = read_description(folder / "model.json")
        self.vocabulary = Vocabulary.read(folder / "vocabulary.json")
        self._encoder = open_session(folder / f"encoder.{precision}.onnx", provider=provider)
        self.decoder_session = open_session(folder / f"decoder.{precision}.onnx", provider=provider)
        self._float = np.dtype(np.float16 if precision == "fp16" else np.float32)
        self._on_gpu = provider != CPU

    def prepare(self, crops: Sequence[Image]) -> Pixels:
        """Make one batch of RGB crops (H, W, 3): uint8 (B, 32, W) of columns, or (B, H, W, 3) of squares."""
        image = self.description.image
        if isinstance(image, SquareImage):
            return np.stack([to_square(crop, image.height_px, image.width_px, image.interpolation) for crop in crops])
        return pad([to_line(as_gray(crop)) for crop in crops])

    def encode(self, pixels: Pixels) -> Encoded:
        """Look at a batch made by ``prepare``."""
        names = [output.name for output in self._encoder.get_outputs()]
        found = dict(zip(names, map(np.asarray, self._encoder.run(names, {"pixels": pixels})), strict=True))
        return Encoded(
            cross={name: found[name] for name in names if name.startswith("cross")},
            column_tokens=found.get("column_tokens"),
            column_probabilities=found.get("column_probabilities"),
        )

    def begin(self, encoded: Encoded) -> Memory:
        """Nothing is written yet in any of the lines."""
        kind = BoundMemory if self._on_gpu else HostMemory
        return kind(self.decoder_session, encoded.cross, self._nothing(len(encoded)))

    def follow(self, encoded: Encoded, tokens: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Tell in one run what would be written after each beginning of the texts ``(B, N)``.

        Returns logits ``(B, N, V)`` and attention ``(B, N, S)``, as N steps over these tokens would.
        """
        position = np.broadcast_to(np.arange(tokens.shape[1]), tokens.shape)
        feed = {"token": tokens, "position": position} | encoded.cross | self._nothing(len(tokens))
        logits, attention = self.decoder_session.run(["logits", "attention"], feed)
        return np.asarray(logits), np.asarray(attention)

    def _nothing(self, count: int) -> Arrays:
        return empty_past(self.description.decoder, count, self._float)


def pad(lines: Sequence[Gray]) -> Pixels:
    """Lines (32, W) side by side in one batch, white to their right."""
    batch = np.full(
        (len(lines), lines[0].shape[0], padded_width_px(max(line.shape[1] for line in lines))), 255, np.uint8
    )
    for row, line in zip(batch, lines, strict=True):
        row[:, : line.shape[1]] = line
    return batch


def empty_past(decoder: DecoderShape, count: int, dtype: np.dtype[Any]) -> Arrays:
    """Keys and values of nothing."""
    past = {}
    for layer in range(decoder.layers):
        past[f"past_key_{layer}"] = np.zeros((count, decoder.heads, decoder.head_size, 0), dtype)
        past[f"past_value_{layer}"] = np.zeros((count, decoder.heads, 0, decoder.head_size), dtype)
    return past


class HostMemory:
    """Keys and values as arrays: on a CPU a plain run costs less than binding its inputs."""

    compacts = True

    def __init__(self, session: onnxruntime.InferenceSession, cross: Arrays, past: Arrays) -> None:
        self._session, self._cross, self._past = session, cross, past
        self._outputs = ["logits", "attention", *(name.removeprefix("past_") for name in past)]

    def step(self, tokens: NDArray[np.int64], position: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """See Memory."""
        feed = {"token": tokens[:, None], "position": np.full((len(tokens), 1), position, np.int64)}
        found = self._session.run(self._outputs, feed | self._cross | self._past)
        logits, attention, *grown = map(np.asarray, found)
        self._past = dict(zip(self._past, grown, strict=True))
        return logits[:, 0], attention[:, 0]

    def keep(self, rows: NDArray[np.intp]) -> None:
        """See Memory."""
        self._cross = {name: values[rows] for name, values in self._cross.items()}
        self._past = {name: values[rows] for name, values in self._past.items()}


class BoundMemory:
    """Keys and values that stay on the device between steps; only logits and attention come back."""

    compacts = False  # rows would travel to the host and back

    def __init__(
        self, session: onnxruntime.InferenceSession, cross: Arrays, past: Arrays, device: str = "cuda"
    ) -> None:
        self._session, self._device = session, device
        self._cross = {name: self._put(values) for name, values in cross.items()}
        self._past = {name: self._put(values) for name, values in past.items()}

    def step(self, tokens: NDArray[np.int64], position: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """See Memory."""
        binding: Any = self._session.io_binding()
        binding.bind_cpu_input("token", np.ascontiguousarray(tokens[:, None]))
        binding.bind_cpu_input("position", np.full((len(tokens), 1), position, np.int64))
        for name, value in (self._cross | self._past).items():
            binding.bind_ortvalue_input(name, value)
        for name in ("logits", "attention"):
            binding.bind_output(name, "cpu")
        for name in self._past:
            binding.bind_output(name.removeprefix("past_"), self._device)
        run: Any = self._session.run_with_iobinding
        run(binding)
        logits, attention, *grown = binding.get_outputs()
        self._past = dict(zip(self._past, grown, strict=True))
        return logits.numpy()[:, 0], attention.numpy()[:, 0]

    def keep(self, rows: NDArray[np.intp]) -> None:
        """See Memory."""
        self._cross = {name: self._put(value.numpy()[rows]) for name, value in self._cross.items()}
        self._past = {name: self._put(value.numpy()[rows]) for name, value in self._past.items()}

    def _put(self, values: NDArray[Any]) -> Any:
        return onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(values), self._device, 0)
