"""What a result can be traced to: which version of which model has made it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path


def version_of(files: Sequence[Path]) -> str:
    """Name, version folder and the first digits of the files' SHA-256, such as ``trocr:1-0fbf5cc8``.

    files: of one version of one model in a model repository, all that decide about its results.
    """
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    folder = files[0].parent
    return f"{folder.parent.name}:{folder.name}-{digest.hexdigest()[:8]}"


def trocr_files(folder: Path, precision: str) -> list[Path]:
    """What decides about a TrOCR model's results."""
    names = (f"encoder.{precision}.onnx", f"decoder.{precision}.onnx", "model.json", "vocabulary.json")
    return [folder / name for name in names]
