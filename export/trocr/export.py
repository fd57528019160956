"""From a checkpoint to a folder in the model repository, by way of a gate that lets nothing unproven through."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch

from export.trocr import tensorrt, triton_layout
from export.trocr.checkpoint import Checkpoint
from export.trocr.graphs import DecoderStep, LineEncoder
from export.trocr.lines import Lines
from export.trocr.onnx_export import export_decoder, export_encoder, halved
from export.trocr.parity import Gate
from export.trocr.progress import Progress
from export.trocr.quantize import quantize
from export.trocr.report import Report

PRECISIONS = ("fp32", "int8", "fp16")


class ParityError(Exception):
    """The exported graphs do not write what the checkpoint writes; nothing was installed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to build: some of PRECISIONS, and whether optimum's export is measured beside ours."""

    precisions: tuple[str, ...] = PRECISIONS
    with_optimum: bool = False


def export(checkpoint: Checkpoint, target: Path, lines: Lines, plan: Plan, progress: Progress) -> Report:
    """Export `checkpoint`, prove it on `lines`, and put it whole into the folder `target`, replacing what is there.

    Raises ParityError if the gate stays shut; `target` is then as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as scratch:
        folder = Path(scratch) / "new"
        folder.mkdir()
        write(checkpoint, folder, plan.precisions, progress)
        gate = Gate(checkpoint, folder, lines, progress)
        # float32 is the measure of the others, whether it is kept or not.
        names = ["fp32", *(name for name in plan.precisions if name != "fp32")]
        precisions = [gate.measure(name) for name in names]
        if failures := gate.failures(precisions):
            raise ParityError("; ".join(failures))
        optimum = gate.measure_optimum() if plan.with_optimum else None
        report = gate.report(precisions, optimum, build_engines(checkpoint, folder, progress))
        report.write(folder)
        triton_layout.add_model(folder)
        if "fp32" not in plan.precisions:
            for graph in folder.glob("*.fp32.onnx"):
                graph.unlink()
        if target.exists():
            target.rename(Path(scratch) / "old")
        folder.rename(target)
    triton_layout.add_configuration(target.parent, plan.precisions)
    return report


def write(checkpoint: Checkpoint, folder: Path, precisions: tuple[str, ...], progress: Progress) -> None:
    """Write the graphs in float32 and in `precisions`, the vocabulary and the description; nothing is proven yet."""
    encoder = LineEncoder(checkpoint.model, checkpoint.mean, checkpoint.std, checkpoint.dense)
    step = DecoderStep(checkpoint.model.decoder, checkpoint.guided_heads)
    image = checkpoint.description["image"]
    shape = (image["height_px"], image["width_px"], 3) if image["kind"] == "square" else (image["height_px"], 160)
    pixels = torch.randint(0, 256, (3, *shape), dtype=torch.uint8)
    for name in progress.each("export", ["fp32", "fp16"] if "fp16" in precisions else ["fp32"]):
        networks = (halved(encoder), halved(step)) if name == "fp16" else (encoder, step)
        export_encoder(networks[0], pixels, folder / f"encoder.{name}.onnx")
        export_decoder(networks[1], encoder.layers, encoder.heads, encoder.size, folder / f"decoder.{name}.onnx")
    if "int8" in precisions:
        for graph in progress.each("quantize", ["encoder", "decoder"]):
            quantize(folder / f"{graph}.fp32.onnx", folder / f"{graph}.int8.onnx")
    for file, content in (("vocabulary.json", checkpoint.vocabulary), ("model.json", checkpoint.description)):
        (folder / file).write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")


def build_engines(checkpoint: Checkpoint, folder: Path, progress: Progress) -> dict[str, str]:
    """Build TensorRT's engines where TensorRT is; return what was not built, and why."""
    if reason := tensorrt.missing():
        return {"TensorRT": reason}
    if not (folder / "encoder.fp16.onnx").exists():
        return {"TensorRT": "engines are built from fp16, which was not asked for"}
    tokens = checkpoint.model.encoder.embeddings.position_embeddings.shape[1]
    ranges: dict[str, dict[str, tensorrt.Range]] = {
        "encoder": tensorrt.encoder_ranges(checkpoint.description),
        "decoder": tensorrt.decoder_ranges(checkpoint.description, tokens),
    }
    for graph in progress.each("TensorRT", list(ranges)):
        tensorrt.build(folder / f"{graph}.fp16.onnx", ranges[graph])
    return {}
