"""The gate: an export writes, token by token, what PyTorch writes, and lower precisions read as well.

In float32 every token of every line must be the same. Lower precisions may cost CER_TOLERANCE. Lines are prepared
and decoded by the code that serves them, without its guards: those would hide what a graph does wrong.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from export.trocr import reference
from export.trocr.checkpoint import Checkpoint
from export.trocr.lines import Lines
from export.trocr.optimum_reference import OptimumReader, export_with_optimum
from export.trocr.progress import Progress
from export.trocr.report import Precision, Report
from export.trocr.scores import Reading, compare, misspelt
from ocr_models.trocr.network import TrocrNetwork
from ocr_models.trocr.writing import write_greedily

BATCH_LINES = 8

Pixels = NDArray[np.uint8]
Tokens = list[list[int]]
Write = Callable[[Pixels], Tokens]


class Gate:
    """Reads the same lines, in the same batches, in every way there is; PyTorch's is the reference."""

    def __init__(self, checkpoint: Checkpoint, folder: Path, lines: Lines, progress: Progress) -> None:
        """`folder` holds the export in float32 and what else is to be proven."""
        self._checkpoint, self._folder, self._lines, self._progress = checkpoint, folder, lines, progress
        self._exact = TrocrNetwork(folder, precision="fp32")
        shapes = [line.crop.shape for line in lines.lines]
        order = sorted(range(len(shapes)), key=lambda index: shapes[index][1] / shapes[index][0])
        self._batches = [order[start : start + BATCH_LINES] for start in range(0, len(order), BATCH_LINES)]
        self._pytorch = self._read("PyTorch", lambda pixels: reference.generate(checkpoint, pixels))

    def failures(self, precisions: list[Precision]) -> list[str]:
        """What keeps the gate shut; nothing if it opens."""
        found = []
        if wrong := misspelt(self._checkpoint, self._pytorch, self._exact.vocabulary):
            found.append(f"vocabulary.json spells {wrong}")
        for name, parity in ((each.name, each.parity) for each in precisions):
            if name == "fp32" and not parity.exact:
                differing = parity.lines - parity.same_lines
                found.append(f"fp32: {differing} of {parity.lines} lines differ: {parity.first_difference}")
            if not parity.close:
                found.append(f"{name}: CER {parity.cer:.2%}, {parity.cer_change:+.2%} against PyTorch")
        return found

    def measure(self, precision: str) -> Precision:
        """Read with the graphs of `precision`."""
        network = self._exact if precision == "fp32" else TrocrNetwork(self._folder, precision=precision)
        sizes = [(self._folder / f"{graph}.{precision}.onnx").stat().st_size for graph in ("encoder", "decoder")]
        return self._compared(
            precision, sizes, self._read(precision, lambda pixels: _greedy(network, pixels)), self._pytorch
        )

    def measure_optimum(self) -> Precision:
        """Read with optimum's export, whose encoder of columns takes the full window only; so does PyTorch then."""
        checkpoint = self._checkpoint

        def full(pixels: Pixels) -> Pixels:
            return reference.full_window(checkpoint, pixels)

        with tempfile.TemporaryDirectory() as scratch:
            export_with_optimum(checkpoint.folder, Path(scratch))
            reader = OptimumReader(checkpoint, Path(scratch))
            sizes = [
                sum(path.stat().st_size for path in Path(scratch).glob(f"{graph}*.onnx"))
                for graph in ("encoder", "decoder")
            ]
            found = self._read("optimum", lambda pixels: reader.generate(full(pixels)))
        stock = self._read("PyTorch, full window", lambda pixels: reference.generate(checkpoint, full(pixels)))
        return self._compared("optimum fp32", sizes, found, stock)

    def report(self, precisions: list[Precision], optimum: Precision | None, not_built: dict[str, str]) -> Report:
        """All that was found."""
        checkpoint, lines = self._checkpoint, self._lines
        crops = [line.crop for line in lines.lines[:BATCH_LINES]]
        return Report(
            source=checkpoint.source,
            parameters=sum(weight.numel() for weight in checkpoint.model.parameters()),
            image=checkpoint.description["image"],
            lines=f"{len(lines.lines)} lines ({lines.origin})",
            image_difference=reference.image_difference(checkpoint, crops, self._exact.prepare(crops)),
            pytorch_cer=compare(self._pytorch, self._pytorch, lines, self._exact.vocabulary).cer,
            pytorch_cpu_ms_per_line=self._pytorch.cpu_ms_per_line,
            precisions=precisions,
            optimum=optimum,
            not_built=not_built,
        )

    def _compared(self, name: str, sizes: list[int], reading: Reading, stock: Reading) -> Precision:
        parity = compare(reading, stock, self._lines, self._exact.vocabulary)
        return Precision(name, sizes[0], sizes[1], parity, reading.cpu_ms_per_line)

    def _read(self, name: str, decode: Write) -> Reading:
        tokens: Tokens = [[]] * len(self._lines.lines)
        times = []
        for indices in self._progress.each(f"read: {name}", self._batches):
            pixels = self._exact.prepare([self._lines.lines[index].crop for index in indices])
            started = time.process_time()
            written = decode(pixels)
            times.append((time.process_time() - started) / len(indices))
            for index, row in zip(indices, written, strict=True):
                tokens[index] = row
        return Reading(tokens, 1000 * median(times))


def _greedy(network: TrocrNetwork, pixels: Pixels) -> list[list[int]]:
    """Token ids of lines, each list with its end, as PyTorch's."""
    decoder = network.description.decoder
    writings = write_greedily(network.begin(network.encode(pixels)), decoder, [decoder.max_tokens] * len(pixels))
    return [writing.tokens.tolist() + [decoder.end_token] * writing.ended for writing in writings]
