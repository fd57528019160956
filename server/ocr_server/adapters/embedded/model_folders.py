"""The model repository: ``<model>/<version>/`` folders, as Triton loads them."""

import hashlib
from collections.abc import Sequence
from pathlib import Path


def newest_version(repository: Path, model: str) -> Path:
    """The folder of the newest version of ``model``, as Triton's version policy would choose; 1 if there is none."""
    versions = [int(folder.name) for folder in (repository / model).glob("[0-9]*") if folder.name.isdigit()]
    return repository / model / str(max(versions, default=1))


def version_of(files: Sequence[Path]) -> str:
    """Name, version folder and the first digits of the files' SHA-256: what a result can be traced to.

    files: of one version of one model, all that decide about its results.
    """
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    folder = files[0].parent
    return f"{folder.parent.name}:{folder.name}-{digest.hexdigest()[:8]}"
