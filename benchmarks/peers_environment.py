"""A virtual environment of the peers' own, so that what they need never mixes with what we need."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv-peers"
REQUIREMENTS = HERE / "requirements-peers.txt"


def prepare_peers() -> Path:
    """Make the environment where it is missing or out of date; return its Python.

    Raises RuntimeError, saying why, if it cannot be made.
    """
    python, installed = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "installed.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if installed.is_file() and installed.read_text(encoding="utf-8") == wanted:
        return python
    _uv("venv", "--clear", "--python", sys.executable, str(ENVIRONMENT))
    _uv("pip", "install", "--python", str(python), "--no-deps", "--requirement", str(REQUIREMENTS))
    installed.write_text(wanted, encoding="utf-8")
    return python


def _uv(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "uv", "--quiet", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
