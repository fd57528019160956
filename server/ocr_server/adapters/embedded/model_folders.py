"""The model repository: ``<model>/<version>/`` folders, as Triton loads them."""

from pathlib import Path


def newest_version(repository: Path, model: str) -> Path:
    """The folder of the newest version of ``model``, as Triton's version policy would choose; 1 if there is none."""
    versions = [int(folder.name) for folder in (repository / model).glob("[0-9]*") if folder.name.isdigit()]
    return repository / model / str(max(versions, default=1))
