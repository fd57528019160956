"""Export any TrOCR checkpoint to quantized ONNX, proven token by token against PyTorch.

MODEL is a folder or a hub id: microsoft/trocr-small-printed, trocr-base-handwritten, trocr-large-stage1, a network
fine-tuned from one of them, or the compact one that `make train` trains (logs/train/compact/average).

What comes out, in TO/NAME/1: encoder and decoder graphs at each precision, vocabulary.json, model.json, and
report.md and report.json, which say how fast each precision is and what it costs. Nothing is written unless float32
writes every token that PyTorch writes, and no lower precision costs more than 0.3 points of CER. That is proven on the
lines of samples/, and on yours.

The server reads with it once OCR_TROCR_MODEL says its name (and OCR_TROCR_PRECISION, if not int8).

Examples:
  python -m export.trocr microsoft/trocr-small-printed --name trocr-small
  python -m export.trocr logs/train/compact/average --precisions int8 --sroie $SROIE
  python -m export.trocr microsoft/trocr-base-handwritten --name handwritten --lines notes/  # notes/a.png, notes/a.txt
"""

import argparse
import os
import sys
from pathlib import Path

import torch
from rich.console import Console
from rich.markdown import Markdown

from export.trocr import lines
from export.trocr.checkpoint import CheckpointError, load
from export.trocr.export import PRECISIONS, ParityError, Plan, export
from export.trocr.progress import Progress

_SAMPLES = Path(__file__).parents[2] / "samples"


def main() -> int:
    """Export as the command line says; 1 if the checkpoint is none or the gate stays shut."""
    parser = argparse.ArgumentParser(
        prog="python -m export.trocr", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("model", metavar="MODEL", help="folder or hub id of a VisionEncoderDecoderModel with TrOCR's decoder")
    add("--name", default="trocr", help="of the model in the repository (%(default)s)")
    add("--to", type=Path, default=Path("model_repository"), metavar="FOLDER", help="model repository (%(default)s)")
    add(
        "--precisions",
        nargs="+",
        choices=PRECISIONS,
        default=list(PRECISIONS),
        metavar="PRECISION",
        help="to keep: fp32, int8 (for CPUs), fp16 (for GPUs, and what TensorRT's engines are built from); all",
    )
    add("--lines", type=Path, metavar="FOLDER", help="prove on these as well: NAME.png or .jpg, its text in NAME.txt")
    add("--sroie", type=Path, metavar="FOLDER", help="and on SROIE's receipts that our training never sees")
    add("--limit", type=int, metavar="N", help="lines of each origin at most; large networks take seconds a line")
    add("--with-optimum", action="store_true", help="measure optimum's export and its generate beside ours")
    arguments = parser.parse_args()
    console = Console(stderr=True)
    torch.set_num_threads(1)  # what is timed beside it has one thread, too
    try:
        checkpoint = load(arguments.model)
        proof = lines.of_pages(_SAMPLES, arguments.limit)
        if arguments.lines:
            proof += lines.of_folder(arguments.lines, arguments.limit)
        if arguments.sroie:
            proof += lines.of_receipts(arguments.sroie, arguments.limit)
        target = arguments.to / arguments.name / "1"
        plan = Plan(tuple(dict.fromkeys(arguments.precisions)), arguments.with_optimum)
        with Progress(console) as progress:
            report = export(checkpoint, target, proof, plan, progress)
    except (CheckpointError, OSError) as error:
        console.print(f"[red]not exported:[/] {error}")
        return 1
    except ParityError as error:
        console.print(f"[red]the gate stays shut, nothing was written:[/] {error}")
        return 1
    console.print(Markdown(report.markdown()))
    console.print(f"written to {target}")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    sys.exit(main())
