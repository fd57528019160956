"""Write a model repository for GPUs, to be served by Triton in NVIDIA's NGC image.

It holds the models of model_repository/ under the same names, with the same inputs and outputs: a server needs nothing
but the OCR_TRITON_URL of the Triton that serves it. The networks compute in half precision, by onnxruntime's CUDA
provider, on the first GPU (KIND_GPU); a machine without one refuses to load them rather than fall back to the CPU.

PP-OCR's networks are converted from the weights that `make setup` fetched, TrOCR is exported anew from its checkpoint.
Nothing is written unless all of them, computed on the CPU, find what float32 finds on the pages of samples/: the same
lines at the same places, the same texts, the same way up; and TrOCR's text within 0.3 points of CER. A GPU rounds in
another way; how it reads is measured there.

Examples:
  python -m export.gpu_repository --to gpu_repository
  python -m export.trocr microsoft/trocr-small-printed --name small --precisions fp16 --to gpu_repository  # one more

CONTRIBUTING.md tells how to serve it.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from export.gpu_repository.halves import COMPARE, Parity, Proof, halve, pages_of
from export.gpu_repository.layout import LAPTOP, NETWORKS, lay_out
from export.trocr import lines
from export.trocr.checkpoint import CheckpointError, load
from export.trocr.export import ParityError, Plan, export
from export.trocr.progress import Progress

_ROOT = Path(__file__).parents[2]
_SAMPLES = _ROOT / "samples"
_CHECKPOINT = _ROOT / "export" / "checkpoints" / "compact-trocr"


def generate(repository: Path, proof: lines.Lines, progress: Progress) -> dict[str, Parity]:
    """Write the models into the folder ``repository``, which is new or empty; return what each was found to change.

    Raises ParityError if that is too much, FileExistsError if the folder holds something, FileNotFoundError if weights
    are missing; nothing is written then.
    """
    if repository.exists() and any(repository.iterdir()):
        raise FileExistsError(f"{repository} is not empty")
    repository.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=repository.parent, prefix=".export-") as scratch:
        new = Path(scratch) / "new"
        found = _networks(new, Proof(pages_of(_SAMPLES), [line.crop for line in proof.lines]), progress)
        found["trocr"] = _trocr(new / "trocr", proof, progress)
        new.replace(repository)
    return found


def _networks(repository: Path, proof: Proof, progress: Progress) -> dict[str, Parity]:
    found = {}
    for model in progress.each("halve and compare", NETWORKS):
        exact, halved = LAPTOP / model / "1" / "model.onnx", lay_out(model, repository)
        halve(exact, halved)
        found[model] = COMPARE[model](exact, halved, proof)
    if failures := [f"{model}: {parity.found}" for model, parity in found.items() if not parity.close]:
        raise ParityError("; ".join(failures))
    return found


def _trocr(model: Path, proof: lines.Lines, progress: Progress) -> Parity:
    report = export(load(str(_CHECKPOINT)), model / "1", proof, Plan(("fp16",)), progress)
    # How sure is how often right was fitted on int8's readings, which are nearly the same.
    description, served = (
        json.loads((folder / "1" / "model.json").read_text(encoding="utf-8")) for folder in (model, LAPTOP / "trocr")
    )
    description["calibration"] = served["calibration"]
    text = json.dumps(description, ensure_ascii=False) + "\n"
    (model / "1" / "model.json").write_text(text, encoding="utf-8")
    parity = next(precision.parity for precision in report.precisions if precision.name == "fp16")
    return Parity(f"{parity.same_lines} of {parity.lines} lines read alike, CER {parity.cer_change:+.2%}", parity.close)


def main() -> int:
    """Generate as the command line says; 1 if it cannot be done."""
    parser = argparse.ArgumentParser(
        prog="python -m export.gpu_repository",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--to", type=Path, required=True, metavar="FOLDER", help="to write; new or empty (takes a minute)"
    )
    arguments = parser.parse_args()
    console = Console(stderr=True)
    torch.set_num_threads(1)  # as the sessions that it is compared with
    try:
        proof = lines.of_pages(_SAMPLES)
        with Progress(console) as progress:
            found = generate(arguments.to, proof, progress)
    except (CheckpointError, OSError) as error:
        console.print(f"[red]not generated:[/] {error}")
        return 1
    except ParityError as error:
        console.print(f"[red]half precision finds something else, nothing was written:[/] {error}")
        return 1
    table = Table("model", "float16 against float32, on a CPU")
    for model, parity in found.items():
        table.add_row(model, parity.found)
    console.print(table)
    console.print(f"written to {arguments.to}; CONTRIBUTING.md tells how to serve it")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    sys.exit(main())
