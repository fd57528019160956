"""Put the PP-OCR weights into model_repository/: taken from their own wheel, checked, never committed.

The wheel ``rapidocr`` (Apache-2.0) carries PP-OCRv6 as ONNX files. The package itself is not needed to serve,
so it is unpacked into a temporary folder and only the weights are kept.

    python export/fetch_weights.py            fetch what is missing
    python export/fetch_weights.py --check    exit with 1 when something is missing or altered
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WHEEL = "rapidocr==3.10.0"
REPOSITORY = Path(__file__).resolve().parent.parent / "model_repository"

# file in the wheel, model it becomes, sha256
WEIGHTS = (
    (
        "PP-OCRv6_det_small.onnx",
        "line_detector",
        "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    ),
    (
        "PP-OCRv6_rec_small.onnx",
        "line_recognizer_ctc",
        "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    ),
    (
        "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
        "page_orientation",
        "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c",
    ),
)


def main() -> int:
    """Fetch the missing weights; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only look, fetch nothing")
    check_only = parser.parse_args().check
    missing = [weight for weight in WEIGHTS if not _is_intact(_destination(weight[1]), weight[2])]
    if not missing:
        return 0
    if check_only:
        for _, model, _ in missing:
            print(f"missing or altered: {_destination(model)}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        print(f"fetching PP-OCRv6 weights ({WHEEL}) ...", flush=True)
        install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--target", folder, WHEEL]
        subprocess.run(install, check=True)
        for name, model, sha256 in missing:
            source = Path(folder) / "rapidocr" / "models" / name
            if not _is_intact(source, sha256):
                print(f"{name} in {WHEEL} is not the file this release was tested with", file=sys.stderr)
                return 1
            _destination(model).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, _destination(model))
    return 0


def _destination(model: str) -> Path:
    return REPOSITORY / model / "1" / "model.onnx"


def _is_intact(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


if __name__ == "__main__":
    sys.exit(main())
